// Where panes stand and points lie. Pure.
import type { Size } from '../lib/geometry';
import { scaleOf, type Judged } from './core';
import type { Compared } from './messages';
import type { Fit } from './options';

export const PANE_GAP = 4;

// As many columns as show the frame largest in each of `count` panes.
export function paneLayout(box: Size, frame: Size, count: number): { columns: number; pane: Size; last: Size } {
  let best = { columns: 1, pane: box, scale: -1 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const pane = { width: (box.width - PANE_GAP * (columns - 1)) / columns, height: (box.height - PANE_GAP * (rows - 1)) / rows };
    const scale = Math.min(pane.width / Math.max(1, frame.width), pane.height / Math.max(1, frame.height));
    if (scale > best.scale) best = { columns, pane, scale };
  }
  // Three in two columns: the last has a row to itself.
  const alone = best.columns > 1 && count % best.columns === 1;
  return { columns: best.columns, pane: best.pane, last: alone ? { width: box.width, height: best.pane.height } : best.pane };
}

type Points = (readonly [number, number])[];

// The points that prove the verdict, of both pictures, in the frame. Aligned, both stand where the first has them.
export function pointsInFrame(judged: Judged | null, compared: Compared | null, fit: Fit): Points[] {
  const all = (compared && judged?.verdict.signals?.points) || [];
  const d = compared?.difference;
  if (!d) return [[], []];
  const first: Points = all.map(([x, y]) => [x! * scaleOf(d), y! * scaleOf(d)]);
  if (d.aligned) return [first, first];
  const [sx, sy] = fit === 'scale' ? [d.canvas.width / d.b.width, d.canvas.height / d.b.height] : [1, 1];
  return [first, all.map(([, , x, y]) => [x! * sx, y! * sy])];
}
