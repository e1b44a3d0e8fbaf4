import { describe, expect, it } from 'vitest';
import type { Quad } from '../api/client';
import { apply, clampQuad, clipPolygon, cssMatrix, fit, invert, isPartialRegion, outsidePath, quadArea, quadPath } from './geometry';

const square: Quad = [[10, 10], [60, 10], [60, 60], [10, 60]];
const size = { width: 100, height: 80 };

describe('quads', () => {
  it('become SVG paths', () => {
    expect(quadPath(square)).toBe('M10 10L60 10L60 60L10 60Z');
    expect(outsidePath(size, square)).toBe('M0 0H100V80H0ZM10 10L60 10L60 60L10 60Z');
    expect(quadPath([[0.123, 1.16], [2, 0], [2, 2], [0, 2]])).toBe('M0.1 1.2L2 0L2 2L0 2Z');
  });
  it('have an area in either direction', () => {
    expect(quadArea(square)).toBe(2500);
    expect(quadArea([...square].reverse())).toBe(2500);
  });
  it.each<[string, Quad | undefined, boolean]>([
    ['a part', square, true],
    ['the whole picture', [[0, 0], [100, 0], [100, 80], [0, 80]], false],
    ['more than the whole picture', [[-20, -20], [140, -20], [140, 99], [-20, 99]], false],
    ['nothing', [[0, 0], [0, 0], [0, 0], [0, 0]], false],
    ['no region', undefined, false],
    ['not a number', [[NaN, 0], [1, 0], [1, 1], [0, 1]], false],
  ])('draws %s: %s', (_, quad, drawn) => expect(isPartialRegion(quad, size)).toBe(drawn));
  it('are kept inside the picture', () => {
    expect(clampQuad([[-5, 3], [200, 3], [50, 90], [1, 1]], size)).toEqual([[0, 3], [100, 3], [50, 80], [1, 1]]);
  });
});

describe('cutting to the frame', () => {
  it.each<[string, Quad, number]>([
    ['what lies inside stays', square, 2500],
    ['what lies over the edge is cut', [[50, 40], [150, 40], [150, 120], [50, 120]], 2000],
    ['what lies around becomes the frame', [[-9, -9], [200, -9], [200, 200], [-9, 200]], 8000],
    ['what lies outside is gone', [[200, 0], [300, 0], [300, 10], [200, 10]], 0],
  ])('%s', (_, quad, area) => expect(quadArea(clipPolygon(quad, size))).toBeCloseTo(area));
});

describe('transforms', () => {
  const mirrored = { a: -2, b: 0.5, tx: 30, c: 0.25, d: 2, ty: -7 };
  it('invert', () => {
    const back = invert(mirrored)!;
    const [x, y] = apply(back, ...apply(mirrored, 12, 34));
    expect(x).toBeCloseTo(12);
    expect(y).toBeCloseTo(34);
    expect(invert({ a: 0, b: 0, tx: 1, c: 0, d: 0, ty: 1 })).toBeNull();
  });
  it('become CSS in column order, scaled', () => {
    expect(cssMatrix({ a: 1, b: 2, tx: 5, c: 3, d: 4, ty: 6 }, 0.5)).toBe('matrix(0.500000, 1.500000, 1.000000, 2.000000, 2.500000, 3.000000)');
  });
  it('fit boxes', () => {
    expect(fit({ width: 200, height: 100 }, { width: 100, height: 100 })).toBe(0.5);
    expect(fit({ width: 10, height: 10 }, { width: 100, height: 100 }, 1)).toBe(1);
  });
});
