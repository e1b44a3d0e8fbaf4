import { describe, expect, it } from 'vitest';
import { boxesOf, layoutRows, neighbourRow, rowAt, rowOf, rowShares } from './rows';

// A small generator with a fixed seed: the same shapes in every run.
function shapes(count: number, seed = 7): number[] {
  let state = seed;
  const next = () => (state = (state * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff;
  const usual = [1500, 1333, 1777, 667, 750, 1000, 2400];
  return Array.from({ length: count }, () => usual[Math.floor(next() * usual.length)]!);
}

describe('layoutRows', () => {
  it.each([360, 390, 768, 1440, 2560])('fills a width of %i px exactly, near the target height', (width) => {
    const target = width < 600 ? 120 : 225;
    const ratios = shapes(500);
    const rows = layoutRows(ratios, width, target, 4);
    for (let row = 0; row < rows.rows - 1; row++) {
      const boxes = boxesOf(rows, ratios, row, row);
      expect(boxes[0]!.left).toBe(0);
      expect(boxes.at(-1)!.left + boxes.at(-1)!.width).toBe(width);
      for (let i = 1; i < boxes.length; i++) {
        const gap = boxes[i]!.left - boxes[i - 1]!.left - boxes[i - 1]!.width;
        expect(Math.abs(gap - 4)).toBeLessThanOrEqual(1);
      }
      if (boxes.length > 1) expect(rows.heights[row]!).toBeGreaterThan(target * 0.5);
      expect(rows.heights[row]!).toBeLessThan(target * 1.8);
    }
  });

  it('holds every photo once and in order', () => {
    const ratios = shapes(1234);
    const rows = layoutRows(ratios, 1000, 200, 4);
    expect(boxesOf(rows, ratios, 0, rows.rows).map((box) => box.index)).toEqual(ratios.map((_, i) => i));
  });

  it('does not stretch the last row', () => {
    const rows = layoutRows([1500], 1440, 225, 4);
    expect(rows.heights[0]).toBe(225);
    expect(boxesOf(rows, [1500], 0, 0)[0]!.width).toBe(338);
  });

  it.each([
    ['nothing', [], 800, 0],
    ['no width yet', [1500, 1500], 0, 0],
  ])('is empty for %s', (_, ratios, width, height) => {
    expect(layoutRows(ratios, width, 200, 4).height).toBe(height);
  });

  it('cuts extreme shapes to ones that can be seen', () => {
    const rows = layoutRows([50_000, 10, 0], 800, 200, 4);
    for (const box of boxesOf(rows, [50_000, 10, 0], 0, rows.rows)) {
      expect(box.width).toBeGreaterThan(20);
      expect(box.height).toBeGreaterThan(20);
    }
  });

  it('is better than greedy breaking: no row far from the target', () => {
    const ratios = shapes(2000, 3);
    const rows = layoutRows(ratios, 1440, 225, 4);
    let worst = 0;
    for (let row = 0; row < rows.rows - 1; row++) worst = Math.max(worst, Math.abs(rows.heights[row]! - 225) / 225);
    expect(worst).toBeLessThan(0.3);
  });

  it('lays out 100,000 photos fast enough for each resize', () => {
    const ratios = shapes(100_000);
    const started = performance.now();
    const rows = layoutRows(ratios, 2560, 225, 4);
    expect(performance.now() - started).toBeLessThan(500);  // generous: a loaded test machine; about 15 ms alone
    expect(rows.height).toBeGreaterThan(1_000_000);
  });
});

describe('rows of so many each', () => {
  it.each<[string, number[], number[]]>([
    ['none', [], []],
    ['three alike', [1.5, 1.5, 1.5], [1 / 3, 1 / 3, 1 / 3]],
    ['by shape', [1, 2, 1, 0.5, 0.5, 1], [0.25, 0.5, 0.25, 0.25, 0.25, 0.5]],
    ['the last one alone is not stretched', [1, 1, 1, 1.5], [1 / 3, 1 / 3, 1 / 3, 1 / 3]],
    ['a panorama alone fills its row', [9], [1]],
  ])('%s', (_, ratios, shares) => rowShares(ratios, 3).forEach((share, i) => expect(share).toBeCloseTo(shares[i]!, 9)));
});

describe('finding rows', () => {
  const ratios = shapes(300);
  const rows = layoutRows(ratios, 1200, 200, 4);
  it('finds the row at a height and the row of a photo', () => {
    for (let row = 0; row < rows.rows; row++) {
      expect(rowAt(rows, rows.tops[row]! + 1)).toBe(row);
      expect(rowOf(rows, rows.starts[row]!)).toBe(row);
      expect(rowOf(rows, rows.starts[row + 1]! - 1)).toBe(row);
    }
    expect(rowAt(rows, -50)).toBe(0);
    expect(rowAt(rows, 1e9)).toBe(rows.rows - 1);
  });
  it('steps to the neighbour above and below, and stays at the edges', () => {
    const below = neighbourRow(rows, ratios, 0, 1);
    expect(rowOf(rows, below)).toBe(1);
    expect(neighbourRow(rows, ratios, below, -1)).toBe(0);
    expect(neighbourRow(rows, ratios, 0, -1)).toBe(0);
  });
});
