import type { ChangedRegion } from '../../compare/core';
import type { Size } from '../../lib/geometry';

// Boxes around what changed, over a pane.
export function RegionMarks({ frame, regions, chosen, matrix, scale }: { frame: Size; regions: readonly ChangedRegion[]; chosen: number; matrix: string; scale: number }) {
  const px = 1 / scale;
  return (
    <svg className="cmp-layer cmp-marks" width={frame.width} height={frame.height} style={{ transform: matrix }} aria-hidden>
      {regions.map(({ box }, i) => {
        const place = { x: box.x - 2 * px, y: box.y - 2 * px, width: box.width + 4 * px, height: box.height + 4 * px };
        return (
          <g key={i} className={i === chosen ? 'chosen' : ''}>
            <rect {...place} className="cmp-mark-halo" strokeWidth={(i === chosen ? 5 : 3.5) * px} />
            <rect {...place} className="cmp-mark" strokeWidth={(i === chosen ? 3 : 1.5) * px} />
          </g>
        );
      })}
    </svg>
  );
}
