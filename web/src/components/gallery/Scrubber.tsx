// The right edge of a long gallery as a ruler of time: shows where one is, and goes where one drags.
import { useEffect, useMemo, useRef, useState, type RefObject } from 'react';
import { monthAt, monthMarks, yearTicks } from '../../lib/months';
import type { Rows } from '../../lib/rows';
import { monthName } from '../../lib/time';
import { t } from '../../lib/texts';

interface Props {
  rows: Rows;
  months: readonly { month: string; count: number }[];
  container: RefObject<HTMLElement | null>;
}

const SCREENS_MIN = 1.3;

export function Scrubber({ rows, months, container }: Props) {
  const track = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(0);  // share of the way, 0..1
  const [awake, setAwake] = useState(false);
  const [dragging, setDragging] = useState(false);
  const [hover, setHover] = useState<number | null>(null);
  const marks = useMemo(() => monthMarks(months, rows), [months, rows]);
  const [height, setHeight] = useState(window.innerHeight);
  const length = Math.max(1, rows.height - height);
  const needed = rows.height > height * SCREENS_MIN;

  useEffect(() => {
    let timer = 0;
    let frame = 0;
    const follow = () => {
      if (frame) return;
      frame = requestAnimationFrame(() => {
        frame = 0;
        const top = -(container.current?.getBoundingClientRect().top ?? 0);
        setHeight(window.innerHeight);
        setAt(Math.min(1, Math.max(0, top / length)));
        setAwake(true);
        clearTimeout(timer);
        timer = window.setTimeout(() => setAwake(false), 1200);
      });
    };
    const onResize = () => setHeight(window.innerHeight);
    window.addEventListener('scroll', follow, { passive: true });
    window.addEventListener('resize', onResize);
    return () => {
      window.removeEventListener('scroll', follow);
      window.removeEventListener('resize', onResize);
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [length, container]);

  if (!needed) return null;
  const trackHeight = track.current?.clientHeight ?? height - 80;
  const shareAt = (y: number) => {
    const box = track.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (y - box.top) / box.height));
  };
  const jump = (share: number) => {
    const top = window.scrollY + (container.current?.getBoundingClientRect().top ?? 0);
    window.scrollTo(0, top + share * length);
    setAt(share);
  };
  const stepMonth = (by: 1 | -1) => {
    const now = monthAt(marks, at * length);
    const next = marks[marks.indexOf(now!) + by];
    if (next) jump(Math.min(1, next.top / length));
  };
  const shown = hover ?? at;
  const month = marks.length ? monthName(monthAt(marks, shown * length + 4)!.month) : '';
  return (
    <div
      ref={track}
      className={`scrubber${awake || dragging ? ' awake' : ''}`}
      role="slider"
      tabIndex={0}
      aria-label={marks.length ? t('Date') : t('Place in the list')}
      aria-orientation="vertical"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(at * 100)}
      aria-valuetext={marks.length ? monthName(monthAt(marks, at * length)!.month) : undefined}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragging(true);
        jump(shareAt(event.clientY));
      }}
      onPointerMove={(event) => {
        setHover(shareAt(event.clientY));
        if (dragging) jump(shareAt(event.clientY));
      }}
      onPointerUp={() => setDragging(false)}
      onPointerLeave={() => setHover(null)}
      onLostPointerCapture={() => { setDragging(false); setHover(null); }}
      onKeyDown={(event) => {
        if (event.key === 'ArrowDown' || event.key === 'PageDown') stepMonth(1);
        else if (event.key === 'ArrowUp' || event.key === 'PageUp') stepMonth(-1);
        else if (event.key === 'Home') jump(0);
        else if (event.key === 'End') jump(1);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {yearTicks(marks, length, trackHeight, 28).map(({ year, at: top }) => (
        <span key={year} className="scrubber-year" style={{ top: Math.min(top, trackHeight) }}>{year}</span>
      ))}
      <span className="scrubber-thumb" style={{ top: `${at * 100}%` }} />
      {month && <span className="scrubber-label" style={{ top: `${shown * 100}%` }}>{month}</span>}
    </div>
  );
}
