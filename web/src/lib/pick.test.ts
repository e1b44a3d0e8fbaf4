import { describe, expect, it } from 'vitest';
import { pickOther } from './pick';

describe('a random other photo', () => {
  it.each<[number[], number, number]>([[[], 0, 0], [[7], 7, 0], [[7], 0, 7], [[7, 9], 7, 9], [[7, 9], 9, 7]])('of %j beside %i is %i', (ids, current, other) =>
    expect(pickOther(ids, current)).toBe(other));
  it('is each of them equally often', () => {
    const ids = [11, 12, 13, 14, 15];
    const counts = new Map<number, number>();
    for (let step = 0; step < 4000; step++) {
      const id = pickOther(ids, 13, () => step / 4000);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    expect(Object.fromEntries(counts)).toEqual({ 11: 1000, 12: 1000, 14: 1000, 15: 1000 });
  });
});
