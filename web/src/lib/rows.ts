// Justified rows for a whole gallery at once: where each row starts, how high it is and where it lies. The breaks are the
// best ones overall, not greedy: the cheapest path over all rows whose height stays near the target, as paragraphs are
// broken into lines (Knuth and Plass, 1981). 100,000 photos take a few milliseconds, so it runs anew for each width.

export interface Rows {
  readonly count: number;          // photos
  readonly rows: number;
  readonly starts: Int32Array;     // rows + 1: first photo of each row
  readonly tops: Float64Array;     // rows + 1: px from the top; the last one is the height with the gap after it
  readonly heights: Float32Array;  // rows
  readonly width: number;
  readonly gap: number;
  readonly height: number;         // px of everything
}

export interface Box {
  index: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

// Panoramas and strips keep a shape that can be seen and hit; the picture is cut to it.
const RATIO_MIN = 0.3;
const RATIO_MAX = 6;
const SMALLEST_SHARE = 0.55;  // of the target height: rows never get lower, except for one wide picture alone

const shape = (thousandths: number): number => Math.min(RATIO_MAX, Math.max(RATIO_MIN, thousandths / 1000 || 1));

export function layoutRows(ratios: ArrayLike<number>, width: number, target: number, gap: number): Rows {
  const count = ratios.length;
  const shapes = new Float32Array(count);
  for (let i = 0; i < count; i++) shapes[i] = shape(ratios[i]!);
  const breaks = width > 0 ? bestBreaks(shapes, width, target, gap) : [];

  const rows = breaks.length;
  const starts = new Int32Array(rows + 1);
  const tops = new Float64Array(rows + 1);
  const heights = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const from = breaks[row]!;
    const to = row + 1 < rows ? breaks[row + 1]! : count;
    let sum = 0;
    for (let i = from; i < to; i++) sum += shapes[i]!;
    const full = (width - gap * (to - from - 1)) / sum;
    const height = row + 1 === rows ? Math.min(full, target) : full;
    starts[row] = from;
    heights[row] = height;
    tops[row + 1] = tops[row]! + height + gap;
  }
  starts[rows] = count;
  return { count, rows, starts, tops, heights, width, gap, height: rows ? tops[rows]! - gap : 0 };
}

function bestBreaks(shapes: Float32Array, width: number, target: number, gap: number): number[] {
  const count = shapes.length;
  const cost = new Float64Array(count + 1).fill(Infinity);
  const from = new Int32Array(count + 1);
  cost[0] = 0;
  for (let i = 0; i < count; i++) {
    const base = cost[i]!;
    let sum = 0;
    for (let j = i; j < count; j++) {
      sum += shapes[j]!;
      const height = (width - gap * (j - i)) / sum;
      if (j > i && height < target * SMALLEST_SHARE) break;
      const off = (height - target) / target;
      const last = j + 1 === count && height > target;  // the last row is not stretched, so it costs nothing
      const total = base + (last ? 0 : off * off * (j - i + 1));
      if (total < cost[j + 1]!) {
        cost[j + 1] = total;
        from[j + 1] = i;
      }
    }
  }
  const breaks: number[] = [];
  for (let at = count; at > 0; at = from[at]!) breaks.push(from[at]!);
  return breaks.reverse();
}

// The shares of the width that photos take in rows of exactly `per` each; in a row that is not full they stay as small as
// photos of 3:2 would make them.
export function rowShares(ratios: readonly number[], per: number): number[] {
  return ratios.map((ratio, i) => {
    const from = i - (i % per);
    const row = ratios.slice(from, from + per);
    const sum = row.reduce((total, one) => total + one, 0);
    return ratio / (row.length < per ? Math.max(sum, 1.5 * per) : sum);
  });
}

// The last row whose top is at or above y; 0 for an empty layout.
export function rowAt(rows: Rows, y: number): number {
  let low = 0;
  let high = Math.max(0, rows.rows - 1);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows.tops[middle]! <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function rowOf(rows: Rows, index: number): number {
  let low = 0;
  let high = Math.max(0, rows.rows - 1);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows.starts[middle]! <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}

// The photos of rows [first, last], placed on whole pixels so that gaps stay even and edges sharp.
export function boxesOf(rows: Rows, ratios: ArrayLike<number>, first: number, last: number): Box[] {
  const boxes: Box[] = [];
  for (let row = Math.max(0, first); row <= Math.min(last, rows.rows - 1); row++) {
    const height = rows.heights[row]!;
    const top = Math.round(rows.tops[row]!);
    const bottom = Math.round(rows.tops[row]! + height);
    const end = rows.starts[row + 1]!;
    const stretched = row + 1 < rows.rows;
    let x = 0;
    for (let index = rows.starts[row]!; index < end; index++) {
      const right = x + shape(ratios[index]!) * height;
      const left = Math.round(x);
      const edge = stretched && index + 1 === end ? Math.round(rows.width) : Math.round(right);
      boxes.push({ index, left, top, width: Math.max(1, edge - left), height: bottom - top });
      x = right + rows.gap;
    }
  }
  return boxes;
}

// The photo above or below: the one of the neighbouring row whose middle is nearest.
export function neighbourRow(rows: Rows, ratios: ArrayLike<number>, index: number, step: 1 | -1): number {
  const row = rowOf(rows, index);
  const other = row + step;
  if (other < 0 || other >= rows.rows) return index;
  const own = boxesOf(rows, ratios, row, row).find((box) => box.index === index);
  if (!own) return index;
  const middle = own.left + own.width / 2;
  let best = index;
  let distance = Infinity;
  for (const box of boxesOf(rows, ratios, other, other)) {
    const away = Math.abs(box.left + box.width / 2 - middle);
    if (away < distance) {
      distance = away;
      best = box.index;
    }
  }
  return best;
}
