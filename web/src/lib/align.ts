// How two pictures lie over each other, for flipping in place and for zooming both to the same detail.
import type { Verdict } from '../api/client';
import { apply, invert, type Size, type Transform } from './geometry';

export interface View {
  scale: number;  // CSS px for one pixel of the picture
  x: number;      // where its left top corner lies in the pane
  y: number;
}

// A's pixels from B's pixels. From the verdict's transform where there is one, else by size, mirrored or turned as the
// structure signal says.
export function aFromB(a: Size, b: Size, verdict: Verdict | undefined, queryIsA: boolean): Transform {
  const transform = verdict?.transform;
  if (transform) {
    const result = queryIsA ? transform : invert(transform);
    if (result) return result;
  }
  const byQuery = fromOrientation(queryIsA ? a : b, queryIsA ? b : a, verdict?.signals?.phash.orientation ?? 'upright');
  return (queryIsA ? byQuery : invert(byQuery)) ?? byQuery;
}

// The turn that makes the match out of the query, undone: the query's pixels from the match's.
function fromOrientation(query: Size, match: Size, orientation: string): Transform {
  const turned = /90|270/.test(orientation);
  const size = turned ? { width: match.height, height: match.width } : match;
  // First the match turned back upright into `size`, then scaled to the query.
  let back: Transform = { a: 1, b: 0, tx: 0, c: 0, d: 1, ty: 0 };
  if (orientation.endsWith('rotated90')) back = { a: 0, b: 1, tx: 0, c: -1, d: 0, ty: match.width };
  if (orientation.endsWith('rotated180')) back = { a: -1, b: 0, tx: match.width, c: 0, d: -1, ty: match.height };
  if (orientation.endsWith('rotated270')) back = { a: 0, b: -1, tx: match.height, c: 1, d: 0, ty: 0 };
  if (orientation.startsWith('mirrored')) back = { ...back, a: -back.a, b: -back.b, tx: size.width - back.tx };
  const [sx, sy] = [query.width / size.width, query.height / size.height];
  return { a: back.a * sx, b: back.b * sx, tx: back.tx * sx, c: back.c * sy, d: back.d * sy, ty: back.ty * sy };
}

// How many pixels of A one pixel of B covers, along a side.
export const pixelRatio = (t: Transform): number => Math.sqrt(Math.abs(t.a * t.d - t.b * t.c)) || 1;

export function fitView(size: Size, pane: Size, most = 1): View {
  const scale = Math.min(most, pane.width / size.width, pane.height / size.height) || 1;
  return { scale, x: (pane.width - size.width * scale) / 2, y: (pane.height - size.height * scale) / 2 };
}

// Both panes around the same detail: the finer picture at `zoom` CSS px a pixel, the other enlarged to match it.
export function pairViews(a: Size, t: Transform, pane: Size, centre: [number, number], zoom: number): { a: View; b: View } {
  const ratio = pixelRatio(t);
  const scaleA = zoom * Math.max(1, 1 / ratio);
  const scaleB = scaleA * ratio;
  const [ax, ay] = [centre[0] * a.width, centre[1] * a.height];
  const back = invert(t);
  const [bx, by] = back ? apply(back, ax, ay) : [0, 0];
  return {
    a: { scale: scaleA, x: pane.width / 2 - ax * scaleA, y: pane.height / 2 - ay * scaleA },
    b: { scale: scaleB, x: pane.width / 2 - bx * scaleB, y: pane.height / 2 - by * scaleB },
  };
}
