// One look for all panes: how near, and around which place of the frame.
import { useCallback, useRef, useState } from 'react';
import type { Box } from '../../compare/core';
import type { Size } from '../../lib/geometry';

export interface Zoom {
  factor: number;            // 1: the whole frame fits
  centre: [number, number];  // share of the frame
}
const WHOLE: Zoom = { factor: 1, centre: [0.5, 0.5] };
const FACTOR_MAX = 64;
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

export const fitScale = (frame: Size, pane: Size): number => Math.min(pane.width / frame.width, pane.height / frame.height) || 1;

interface Located {
  clientX: number;
  clientY: number;
  currentTarget: EventTarget & Element;
}

export interface ZoomState {
  zoom: Zoom;
  reset: () => void;
  by: (factor: number, at?: [number, number]) => void;  // at: share of the frame that stays where it is
  show: (box: Box, frame: Size, pane: Size) => void;
  placeOf: (event: Located, frame: Size, pane: Size) => [number, number];  // share of the frame
  hold: (pointer: number, x: number, y: number) => void;  // as if it had been put down here, for two fingers
  handlers: (frame: Size, pane: Size) => React.HTMLAttributes<HTMLElement>;
}

export function useZoom(): ZoomState {
  const [zoom, setZoom] = useState<Zoom>(WHOLE);
  const pointers = useRef(new Map<number, [number, number]>());

  const reset = useCallback(() => setZoom(WHOLE), []);
  const by = useCallback((factor: number, at?: [number, number]) => setZoom((before) => {
    const next = clamp(before.factor * factor, 1, FACTOR_MAX);
    if (next === 1) return WHOLE;
    const kept = at ?? before.centre;
    const share = before.factor / next;
    return { factor: next, centre: [kept[0] + (before.centre[0] - kept[0]) * share, kept[1] + (before.centre[1] - kept[1]) * share] };
  }), []);
  const show = useCallback((box: Box, frame: Size, pane: Size) => {
    const scale = fitScale(frame, pane);
    const near = Math.min(pane.width / (box.width * 2 * scale), pane.height / (box.height * 2 * scale), 8 / scale);
    setZoom({ factor: clamp(near, 1, FACTOR_MAX), centre: [(box.x + box.width / 2) / frame.width, (box.y + box.height / 2) / frame.height] });
  }, []);

  const placeOf = (event: Located, frame: Size, pane: Size): [number, number] => {
    const scale = fitScale(frame, pane) * zoom.factor;
    const box = event.currentTarget.getBoundingClientRect();
    return [
      zoom.centre[0] + (event.clientX - box.left - pane.width / 2) / scale / frame.width,
      zoom.centre[1] + (event.clientY - box.top - pane.height / 2) / scale / frame.height,
    ];
  };
  const hold = useCallback((pointer: number, x: number, y: number) => void pointers.current.set(pointer, [x, y]), []);

  const handlers = (frame: Size, pane: Size): React.HTMLAttributes<HTMLElement> => {
    const scale = fitScale(frame, pane) * zoom.factor;
    const end = (event: React.PointerEvent<HTMLElement>) => void pointers.current.delete(event.pointerId);
    return {
      onWheel: (event) => by(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), placeOf(event, frame, pane)),
      onDoubleClick: (event) => (zoom.factor > 1 ? reset() : by(1 / fitScale(frame, pane), placeOf(event, frame, pane))),
      onPointerDown: (event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        pointers.current.set(event.pointerId, [event.clientX, event.clientY]);
      },
      onPointerMove: (event) => {
        const before = pointers.current.get(event.pointerId);
        if (!before) return;
        const others = [...pointers.current].filter(([id]) => id !== event.pointerId);
        pointers.current.set(event.pointerId, [event.clientX, event.clientY]);
        if (others.length > 0) {
          const [ox, oy] = others[0]![1];
          const was = Math.hypot(before[0] - ox, before[1] - oy), is = Math.hypot(event.clientX - ox, event.clientY - oy);
          if (was > 0) by(is / was, placeOf(event, frame, pane));
          return;
        }
        const [dx, dy] = [event.clientX - before[0], event.clientY - before[1]];
        setZoom((now) => (now.factor === 1 ? now : {
          ...now,
          centre: [clamp(now.centre[0] - dx / scale / frame.width, 0, 1), clamp(now.centre[1] - dy / scale / frame.height, 0, 1)],
        }));
      },
      onPointerUp: end,
      onPointerCancel: end,
    };
  };
  return { zoom, reset, by, show, placeOf, hold, handlers };
}
