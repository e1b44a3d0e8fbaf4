// Which rows are on screen, a screen more on either side, and whether the scroll is so fast that pictures should wait.
import { useEffect, useLayoutEffect, useState, type RefObject } from 'react';
import { rowAt, type Rows } from '../../lib/rows';

export interface Windowed {
  first: number;
  last: number;
  calm: boolean;
}

const FAST_PX_PER_MS = 6;
const CALM_AFTER_MS = 90;

export function useWindowed(rows: Rows, container: RefObject<HTMLElement | null>): Windowed {
  const [shown, setShown] = useState<Windowed>({ first: 0, last: -1, calm: true });

  const measure = (calm: boolean) => {
    const top = -(container.current?.getBoundingClientRect().top ?? 0);
    const more = window.innerHeight * (calm ? 0.8 : 0.3);
    const first = rowAt(rows, top - more);
    const last = rowAt(rows, top + window.innerHeight + more);
    setShown((before) => (before.first === first && before.last === last && before.calm === calm ? before : { first, last, calm }));
  };

  useLayoutEffect(() => measure(true), [rows]);
  useEffect(() => {
    let frame = 0;
    let timer = 0;
    let y = window.scrollY;
    let time = performance.now();
    let calm = true;
    const onScroll = () => {
      if (frame) return;
      frame = requestAnimationFrame((now) => {
        frame = 0;
        const speed = Math.abs(window.scrollY - y) / Math.max(8, now - time);
        y = window.scrollY;
        time = now;
        calm = speed < FAST_PX_PER_MS;
        measure(calm);
        clearTimeout(timer);
        timer = window.setTimeout(() => measure(true), CALM_AFTER_MS);
      });
    };
    window.addEventListener('scroll', onScroll, { passive: true });
    window.addEventListener('resize', onScroll, { passive: true });
    return () => {
      window.removeEventListener('scroll', onScroll);
      window.removeEventListener('resize', onScroll);
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [rows]);
  return shown;
}

// The width the rows have to fill; 0 before the first measure.
export function useWidth(container: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = container.current!;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}
