// Areas that are left out, in whole pixels of the first picture: drawn, moved, sized, brought along. Pure.
import type { Quad } from '../api/client';
import type { Size } from '../lib/geometry';
import { scaleOf, type Box, type Difference } from './core';
import type { Fit } from './options';

export type Grip = 'move' | 'n' | 'e' | 's' | 'w' | 'ne' | 'nw' | 'se' | 'sw';
export type Point = readonly [number, number];

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

// What can be left out: the frame in pixels of the first picture.
export const canvasOf = (d: Pick<Difference, 'canvas' | 'alignment'>): Size => ({ width: Math.round(d.canvas.width / scaleOf(d)), height: Math.round(d.canvas.height / scaleOf(d)) });

export const toFrame = ({ x, y, width, height }: Box, scale: number): Box => ({ x: x * scale, y: y * scale, width: width * scale, height: height * scale });

// All of a box of the frame.
export function fromFrame({ x, y, width, height }: Box, scale: number): Box {
  const [left, top] = [Math.floor(x / scale), Math.floor(y / scale)];
  return { x: left, y: top, width: Math.ceil((x + width) / scale) - left, height: Math.ceil((y + height) / scale) - top };
}

// Every pixel that the line from one corner to the other goes through, within the canvas; nothing outside of it.
export function boxBetween([x1, y1]: Point, [x2, y2]: Point, { width, height }: Size): Box | null {
  const [left, right] = [clamp(Math.floor(Math.min(x1, x2)), 0, width), clamp(Math.ceil(Math.max(x1, x2)), 0, width)];
  const [top, bottom] = [clamp(Math.floor(Math.min(y1, y2)), 0, height), clamp(Math.ceil(Math.max(y1, y2)), 0, height)];
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : null;
}

export function moved(box: Box, dx: number, dy: number, canvas: Size): Box {
  return { ...box, x: clamp(box.x + Math.round(dx), Math.min(0, box.x), Math.max(box.x, canvas.width - box.width)), y: clamp(box.y + Math.round(dy), Math.min(0, box.y), Math.max(box.y, canvas.height - box.height)) };
}

// One side or corner dragged; at least a pixel stays.
export function dragged(box: Box, grip: Grip, dx: number, dy: number, canvas: Size): Box {
  if (grip === 'move') return moved(box, dx, dy, canvas);
  let [left, top, right, bottom] = [box.x, box.y, box.x + box.width, box.y + box.height];
  if (grip.includes('w')) left = clamp(left + Math.round(dx), Math.min(0, left), right - 1);
  if (grip.includes('e')) right = clamp(right + Math.round(dx), left + 1, Math.max(right, canvas.width));
  if (grip.includes('n')) top = clamp(top + Math.round(dy), Math.min(0, top), bottom - 1);
  if (grip.includes('s')) bottom = clamp(bottom + Math.round(dy), top + 1, Math.max(bottom, canvas.height));
  return { x: left, y: top, width: right - left, height: bottom - top };
}

const ARROWS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// What an arrow key makes of a box: it moves, with Shift its right and lower sides do. Null for other keys.
export function arrowed(box: Box, key: string, sizes: boolean, step: number, canvas: Size): Box | null {
  const way = ARROWS[key];
  if (!way) return null;
  return sizes ? dragged(box, 'se', way[0] * step, way[1] * step, canvas) : moved(box, way[0] * step, way[1] * step, canvas);
}

// A quarter of what is seen, in its middle, or beside it where the middle has one like that.
export function freshBox(centre: Point, shown: Size, canvas: Size, others: readonly Box[] = []): Box {
  const [width, height] = [Math.max(1, Math.round(Math.min(shown.width, canvas.width) / 4)), Math.max(1, Math.round(Math.min(shown.height, canvas.height) / 4))];
  let box = { x: clamp(Math.round(centre[0] - width / 2), 0, canvas.width - width), y: clamp(Math.round(centre[1] - height / 2), 0, canvas.height - height), width, height };
  for (const { x, y } of [...others].sort((one, other) => one.x - other.x)) if (x === box.x && y === box.y) box = moved(box, width / 4, height / 4, canvas);
  return box;
}

// Where a point of a picture lies when its corners lie at `quad` (Heckbert, "Fundamentals of Texture Mapping", 1989).
function through([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]: [Point, Point, Point, Point], u: number, v: number): Point {
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const determinant = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / determinant, h = (dx1 * sy - sx * dy1) / determinant;
  const w = g * u + h * v + 1;
  return [((x1 - x0 + g * x1) * u + (x3 - x0 + h * x3) * v + x0) / w, ((y1 - y0 + g * y1) * u + (y3 - y0 + h * y3) * v + y0) / w];
}

// The areas in another size of the same picture.
export const resized = (boxes: readonly Box[], from: Size, to: Size): Box[] => swapped(boxes, { a: from, b: to }, 'scale');

// The areas where the second picture shows them, for when it becomes the first.
export function swapped(boxes: readonly Box[], d: Pick<Difference, 'a' | 'b' | 'alignment'>, fit: Fit): Box[] {
  const quad = d.alignment?.a_in_b as Quad & [Point, Point, Point, Point] | undefined;
  const place = ([x, y]: Point): Point => (quad ? through(quad, x / d.a.width, y / d.a.height) : fit === 'scale' ? [x * d.b.width / d.a.width, y * d.b.height / d.a.height] : [x, y]);
  return boxes.map(({ x, y, width, height }) => {
    const corners = ([[x, y], [x + width, y], [x + width, y + height], [x, y + height]] as const).map(place);
    const [xs, ys] = [corners.map(([at]) => at), corners.map(([, at]) => at)];
    // A corner of a pixel is not worth a row of them.
    const [left, top] = [Math.floor(Math.min(...xs) + 0.01), Math.floor(Math.min(...ys) + 0.01)];
    return { x: left, y: top, width: Math.max(1, Math.ceil(Math.max(...xs) - 0.01) - left), height: Math.max(1, Math.ceil(Math.max(...ys) - 0.01) - top) };
  });
}
