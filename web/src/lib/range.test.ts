import { expect, it } from 'vitest';
import { addRange, toggle } from './range';

it('takes one in and out again', () => {
  expect([...toggle(new Set([1]), 2)]).toEqual([1, 2]);
  expect([...toggle(new Set([1, 2]), 2)]).toEqual([1]);
});

it.each([
  ['forwards', 1, 3, [9, 20, 30, 40]],
  ['backwards', 3, 1, [9, 20, 30, 40]],
  ['beyond the end', 3, 99, [9, 40, 50]],
])('takes a range %s', (_, from, to, all) => {
  expect([...addRange(new Set([9]), [10, 20, 30, 40, 50], from, to)].sort((a, b) => a - b)).toEqual(all);
});
