import { useId } from 'react';
import { toFrame, type Grip } from '../../compare/areas';
import type { Size } from '../../lib/geometry';
import type { Areas } from './useAreas';

const GRIPS: [Grip, number, number][] = [['nw', 0, 0], ['n', 0.5, 0], ['ne', 1, 0], ['e', 1, 0.5], ['se', 1, 1], ['s', 0.5, 1], ['sw', 0, 1], ['w', 0, 0.5]];
const GRIP_PX = 10, FINGER_PX = 26;

// Areas that are left out, over a pane; the chosen one has grips while pointers draw.
export function AreaMarks({ areas, frame, frameScale, matrix, scale }: { areas: Areas; frame: Size; frameScale: number; matrix: string; scale: number }) {
  const pattern = useId();
  const px = 1 / scale;
  return (
    <svg className={`cmp-layer cmp-areas${areas.on ? ' on' : ''}`} width={frame.width} height={frame.height} style={{ transform: matrix }} aria-hidden>
      <defs>
        <pattern id={pattern} width={9 * px} height={9 * px} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width={9 * px} height={9 * px} className="cmp-area-ground" />
          <rect width={3 * px} height={9 * px} className="cmp-area-stripe" />
        </pattern>
      </defs>
      {areas.boxes.map((box, i) => {
        const place = toFrame(box, frameScale);
        const isChosen = i === areas.chosen;
        return (
          <g key={i} className={isChosen ? 'chosen' : ''}>
            <rect {...place} data-area={i} data-grip="move" fill={`url(#${CSS.escape(pattern)})`} className="cmp-area" strokeWidth={(isChosen ? 2.5 : 1.5) * px} />
            {isChosen && areas.on && GRIPS.map(([grip, x, y]) => {
              const [cx, cy] = [place.x + x * place.width, place.y + y * place.height];
              return (
                <g key={grip} data-area={i} data-grip={grip} className={`cmp-grip ${grip}`}>
                  <rect x={cx - FINGER_PX / 2 * px} y={cy - FINGER_PX / 2 * px} width={FINGER_PX * px} height={FINGER_PX * px} fill="transparent" />
                  <rect x={cx - GRIP_PX / 2 * px} y={cy - GRIP_PX / 2 * px} width={GRIP_PX * px} height={GRIP_PX * px} rx={2 * px} className="cmp-grip-shown" strokeWidth={1.5 * px} />
                </g>
              );
            })}
          </g>
        );
      })}
    </svg>
  );
}
