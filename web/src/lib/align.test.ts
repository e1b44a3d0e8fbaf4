import { describe, expect, it } from 'vitest';
import type { Verdict } from '../api/client';
import { aFromB, fitView, pairViews, pixelRatio } from './align';
import { apply } from './geometry';

const a = { width: 1000, height: 500 };
const b = { width: 2000, height: 1000 };
const verdict = (orientation: string, transform?: object): Verdict =>
  ({ kind: 'mirrored', rule: '', score: 1, distance: 0, sentence: '', transform, signals: { phash: { distance: 0, upright_distance: 0, orientation } } }) as unknown as Verdict;

describe('laying one picture over the other', () => {
  it('scales when nothing else is known', () => expect(apply(aFromB(a, b, undefined, true), 2000, 1000)).toEqual([1000, 500]));
  it('uses the transform, from either side', () => {
    const crop = { a: 0.5, b: 0, tx: -100, c: 0, d: 0.5, ty: -50 };
    expect(apply(aFromB(a, b, verdict('upright', crop), true), 200, 100)).toEqual([0, 0]);
    expect(apply(aFromB(b, a, verdict('upright', crop), false), 0, 0)).toEqual([200, 100]);
  });
  // The match is the query turned clockwise: the query's top left corner lies at the match's top right.
  it.each([
    ['mirrored', b, [2000, 0]],
    ['rotated180', b, [2000, 1000]],
    ['rotated90', { width: 1000, height: 2000 }, [1000, 0]],
    ['rotated270', { width: 1000, height: 2000 }, [0, 2000]],
  ] as const)('undoes %s', (orientation, match, corner) => {
    const [x, y] = apply(aFromB(a, match, verdict(orientation), true), corner[0], corner[1]);
    expect(x).toBeCloseTo(0);
    expect(y).toBeCloseTo(0);
  });
});

describe('views', () => {
  it('fit without enlarging', () => {
    expect(fitView(b, { width: 500, height: 500 })).toEqual({ scale: 0.25, x: 0, y: 125 });
    expect(fitView({ width: 10, height: 10 }, { width: 100, height: 100 }).scale).toBe(1);
  });
  it('show the same detail at the same size, the finer one at 100 %', () => {
    const t = aFromB(a, b, undefined, true);
    expect(pixelRatio(t)).toBe(0.5);
    const views = pairViews(a, t, { width: 400, height: 400 }, [0.5, 0.5], 1);
    expect(views.b).toEqual({ scale: 1, x: 200 - 1000, y: 200 - 500 });
    expect(views.a).toEqual({ scale: 2, x: 200 - 1000, y: 200 - 500 });
  });
});
