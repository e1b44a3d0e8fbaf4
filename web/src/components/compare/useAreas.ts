// Areas that are left out, as they are drawn, moved and sized by pointer and keys. What is dragged is shown at once and
// counts when it is let go.
import { useRef, useState } from 'react';
import { arrowed, boxBetween, canvasOf, dragged, freshBox, type Grip, type Point } from '../../compare/areas';
import type { Box, Difference } from '../../compare/core';
import type { Size } from '../../lib/geometry';
import type { ZoomState } from './useZoom';

const CLICK_PX = 4;
const KEY_STEP = 1, KEY_LEAP = 10;

interface Drag {
  pointer: number;
  grip: Grip | 'draw';
  index: number;
  box: Box | null;  // as it was
  from: Point;      // in pixels of the first picture
  at: Point;        // on the screen, where it began
  last: Point;      // and where it was last
}

export interface Areas {
  on: boolean;      // pointers draw
  boxes: readonly Box[];
  chosen: number;   // -1: none
  setOn: (on: boolean) => void;
  choose: (index: number) => void;
  add: (box: Box) => void;
  addFresh: () => void;
  put: (index: number, box: Box) => void;
  remove: (index: number) => void;
  onKeyDown: (index: number, event: React.KeyboardEvent) => void;
  handlers: (frame: Size, pane: Size) => React.HTMLAttributes<HTMLElement>;
}

export function useAreas(boxes: readonly Box[], difference: Difference | undefined, zoom: ZoomState, onChange: (boxes: Box[]) => void): Areas {
  const [on, draw] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const [draft, setDraft] = useState<{ index: number; box: Box } | null>(null);
  const drag = useRef<Drag | null>(null);
  const canvas = difference ? canvasOf(difference) : { width: 1, height: 1 };

  // What is dragged when drawing ends is let go without counting.
  const letGo = () => {
    drag.current = null;
    setDraft(null);
  };
  const setOn = (next: boolean) => {
    if (!next) letGo();
    draw(next);
  };
  const put = (index: number, box: Box) => onChange(boxes.length === index ? [...boxes, box] : boxes.map((one, i) => (i === index ? box : one)));
  const add = (box: Box) => {
    put(boxes.length, box);
    setChosen(boxes.length);
  };
  const remove = (index: number) => {
    onChange(boxes.filter((_, i) => i !== index));
    setChosen(Math.min(index, boxes.length - 2));
  };
  const addFresh = () => {
    if (!difference) return;
    const { factor, centre } = zoom.zoom;
    add(freshBox([centre[0] * canvas.width, centre[1] * canvas.height], { width: canvas.width / factor, height: canvas.height / factor }, canvas, boxes));
  };
  const onKeyDown = (index: number, event: React.KeyboardEvent) => {
    if (!difference) return;
    const next = arrowed(boxes[index]!, event.key, event.shiftKey, event.ctrlKey || event.metaKey ? KEY_LEAP : KEY_STEP, canvas);
    if (next) put(index, next);
    else if (event.key === 'Delete' || event.key === 'Backspace') remove(index);
    else return;
    event.preventDefault();
  };

  const handlers = (frame: Size, pane: Size): React.HTMLAttributes<HTMLElement> => {
    const looks = zoom.handlers(frame, pane);
    if (!on) return looks;
    const placeOf = (event: React.PointerEvent<HTMLElement>): Point => {
      const [x, y] = zoom.placeOf(event, frame, pane);
      return [x * canvas.width, y * canvas.height];
    };
    const boxFor = (one: Drag, to: Point): Box | null => (one.grip === 'draw' ? boxBetween(one.from, to, canvas) : dragged(one.box!, one.grip, to[0] - one.from[0], to[1] - one.from[1], canvas));
    return {
      ...looks,
      onDoubleClick: undefined,
      onPointerDown: (event) => {
        const one = drag.current;
        if (one) {  // a second finger: both look nearer, nothing is drawn
          zoom.hold(one.pointer, ...one.last);
          letGo();
        }
        if (one || event.button !== 0) return looks.onPointerDown!(event);
        event.currentTarget.setPointerCapture(event.pointerId);
        const mark = (event.target as Element).closest<SVGElement>('[data-grip]');
        const index = mark ? Number(mark.dataset.area) : boxes.length;
        const at: Point = [event.clientX, event.clientY];
        drag.current = { pointer: event.pointerId, grip: (mark?.dataset.grip as Grip | undefined) ?? 'draw', index, box: boxes[index] ?? null, from: placeOf(event), at, last: at };
        setChosen(mark ? index : -1);
      },
      onPointerMove: (event) => {
        const one = drag.current;
        if (!one || one.pointer !== event.pointerId) return looks.onPointerMove!(event);
        one.last = [event.clientX, event.clientY];
        const box = boxFor(one, placeOf(event));
        setDraft(box && { index: one.index, box });
      },
      onPointerUp: (event) => {
        const one = drag.current;
        if (!one || one.pointer !== event.pointerId) return looks.onPointerUp!(event);
        letGo();
        const box = boxFor(one, placeOf(event));
        if (!box || Math.hypot(event.clientX - one.at[0], event.clientY - one.at[1]) < CLICK_PX) return;
        put(one.index, box);
        setChosen(one.index);
      },
      onPointerCancel: (event) => {
        letGo();
        looks.onPointerCancel!(event);
      },
    };
  };

  const shown = draft ? (draft.index === boxes.length ? [...boxes, draft.box] : boxes.map((one, i) => (i === draft.index ? draft.box : one))) : boxes;
  return { on, boxes: shown, chosen: draft ? draft.index : chosen, setOn, choose: setChosen, add, addFresh, put, remove, onKeyDown, handlers };
}
