import type { Quad } from '../../api/client';
import { clampQuad, isPartialRegion, outsidePath, quadPath, type Size } from '../../lib/geometry';

interface Props extends Size {
  region?: Quad;
  changed?: readonly Quad[];
  points?: readonly (readonly [number, number])[];
  scale?: number;  // CSS px for one pixel, where an outer transform sets it; else strokes keep their width by themselves
}

// The proof drawn on a picture: the matched region in light with the rest stepped back, what was changed, and the points.
export function Overlay({ width, height, region, changed = [], points = [], scale }: Props) {
  const quad = isPartialRegion(region, { width, height }) ? clampQuad(region, { width, height }) : null;
  if (!quad && !changed.length && !points.length) return null;
  const px = scale ? 1 / scale : 1;
  const effect = scale ? undefined : 'non-scaling-stroke';
  return (
    <svg className="overlay" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {quad && <path className="overlay-outside" d={outsidePath({ width, height }, quad)} fillRule="evenodd" />}
      {quad && <path className="overlay-halo" d={quadPath(quad)} strokeWidth={4.5 * px} vectorEffect={effect} />}
      {quad && <path className="overlay-region" d={quadPath(quad)} strokeWidth={2.5 * px} vectorEffect={effect} />}
      {changed.map((one, i) => <path key={i} className="overlay-changed" d={quadPath(one)} strokeWidth={2 * px} strokeDasharray={`${6 * px} ${4 * px}`} vectorEffect={effect} />)}
      {points.map(([x, y], i) => (
        <circle key={i} className="overlay-point" cx={x} cy={y} r={4.5 * px} strokeWidth={1.5 * px} style={{ fill: `hsl(${(i * 137.5) % 360} 90% 60%)` }} />
      ))}
    </svg>
  );
}
