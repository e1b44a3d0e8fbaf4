// Quads and transforms from the server's proof to SVG and CSS. Pixels of the upright originals throughout.
import type { Quad, Schemas } from '../api/client';

export type Transform = Pick<Schemas['Transform'], 'a' | 'b' | 'tx' | 'c' | 'd' | 'ty'>;
export interface Size {
  width: number;
  height: number;
}

const round = (value: number): number => Math.round(value * 10) / 10;

export function quadPath(quad: Quad): string {
  return `M${quad.map(([x, y]) => `${round(x!)} ${round(y!)}`).join('L')}Z`;
}

// Everything but the quad, for fill-rule evenodd: what lies outside the match steps back.
export function outsidePath({ width, height }: Size, quad: Quad): string {
  return `M0 0H${width}V${height}H0Z${quadPath(quad)}`;
}

export function quadArea(quad: Quad): number {
  let twice = 0;
  for (let i = 0; i < quad.length; i++) {
    const [x1, y1] = quad[i]!;
    const [x2, y2] = quad[(i + 1) % quad.length]!;
    twice += x1! * y2! - x2! * y1!;
  }
  return Math.abs(twice) / 2;
}

// A region worth drawing: it is real and is not simply the whole picture.
export function isPartialRegion(quad: Quad | undefined, size: Size): quad is Quad {
  if (!quad || quad.length !== 4 || quad.some((point) => !point.every(Number.isFinite))) return false;
  const share = quadArea(clampQuad(quad, size)) / (size.width * size.height);
  return share > 0.0005 && share < 0.985;
}

export function clampQuad(quad: Quad, { width, height }: Size): Quad {
  return quad.map(([x, y]) => [Math.min(width, Math.max(0, x!)), Math.min(height, Math.max(0, y!))]);
}

// A convex polygon cut to the picture's frame, side by side (Sutherland and Hodgman, 1974).
export function clipPolygon(polygon: Quad, { width, height }: Size): Quad {
  const sides: ((point: Quad[number]) => number)[] = [(p) => p[0]!, (p) => width - p[0]!, (p) => p[1]!, (p) => height - p[1]!];
  let points = polygon;
  for (const inside of sides) {
    const kept: Quad = [];
    points.forEach((point, i) => {
      const before = points[(i + points.length - 1) % points.length]!;
      const [from, to] = [inside(before), inside(point)];
      if ((from >= 0) !== (to >= 0)) {
        const share = from / (from - to);
        kept.push([before[0]! + (point[0]! - before[0]!) * share, before[1]! + (point[1]! - before[1]!) * share]);
      }
      if (to >= 0) kept.push(point);
    });
    points = kept;
  }
  return points;
}

export function invert({ a, b, tx, c, d, ty }: Transform): Transform | null {
  const determinant = a * d - b * c;
  if (!Number.isFinite(determinant) || Math.abs(determinant) < 1e-9) return null;
  const [ia, ib, ic, id] = [d / determinant, -b / determinant, -c / determinant, a / determinant];
  return { a: ia, b: ib, tx: -(ia * tx + ib * ty), c: ic, d: id, ty: -(ic * tx + id * ty) };
}

export const apply = (t: Transform, x: number, y: number): [number, number] => [t.a * x + t.b * y + t.tx, t.c * x + t.d * y + t.ty];

// Lays the match over the query in a box where one pixel of the query is `scale` CSS pixels: a CSS matrix for an element of
// the match's own pixel size with transform-origin 0 0.
export function cssMatrix(queryFromMatch: Transform, scale: number): string {
  const { a, b, tx, c, d, ty } = queryFromMatch;
  return `matrix(${[a, c, b, d, tx, ty].map((value) => (value * scale).toFixed(6)).join(', ')})`;
}

// The scale at which a picture fits into a box without being enlarged beyond `most`.
export function fit(size: Size, box: Size, most = Infinity): number {
  if (!size.width || !size.height) return 1;
  return Math.min(most, box.width / size.width, box.height / size.height);
}
