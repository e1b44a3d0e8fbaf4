// Where each month begins in the gallery, for the date scrubber.
import { rowOf, type Rows } from './rows';

export interface MonthMark {
  month: string;  // "2023-05"
  index: number;  // its first photo
  top: number;    // px
}

export function monthMarks(months: readonly { month: string; count: number }[], rows: Rows): MonthMark[] {
  const marks: MonthMark[] = [];
  let index = 0;
  for (const { month, count } of months) {
    if (count > 0 && index < rows.count) marks.push({ month, index, top: rows.tops[rowOf(rows, index)] ?? 0 });
    index += count;
  }
  return marks;
}

// The month shown at a height; the first one above it.
export function monthAt(marks: readonly MonthMark[], y: number): MonthMark | undefined {
  let found = marks[0];
  for (const mark of marks) {
    if (mark.top > y) break;
    found = mark;
  }
  return found;
}

// Years to write beside the track, leaving out those closer than `apart` px to the one before.
export function yearTicks(marks: readonly MonthMark[], height: number, track: number, apart: number): { year: string; at: number }[] {
  const ticks: { year: string; at: number }[] = [];
  let last = '';
  for (const mark of marks) {
    const year = mark.month.slice(0, 4);
    if (year === last || !/^\d{4}$/.test(year)) continue;
    last = year;
    const at = height > 0 ? (mark.top / height) * track : 0;
    if (!ticks.length || at - ticks.at(-1)!.at >= apart) ticks.push({ year, at });
  }
  return ticks;
}
