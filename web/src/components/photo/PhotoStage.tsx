// One photo to look at: fitted, zoomed by wheel, pinch, double click or key, moved by drag; a swipe goes on or back.
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { imageUrl, type Image } from '../../api/client';
import { fitView, type View } from '../../lib/align';
import type { Size } from '../../lib/geometry';
import { placeholderUrl } from '../../lib/placeholder';
import { imageAlt } from '../../lib/words';

interface Props {
  image: Image;
  zoomed: boolean;
  onZoom: (zoomed: boolean) => void;
  onStep: (by: 1 | -1) => void;
  onClose: () => void;
}

const ENLARGE_MAX = 2;   // a small picture is not blown up beyond this to fill the window
const SCALE_MAX = 8;
const SWIPE_PX = 60;
const CLOSE_PX = 100;

const between = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

// Keeps the picture over the middle of the pane, with no empty border where it is larger.
function held(view: View, image: Size, box: Size): View {
  const hold = (at: number, length: number, room: number) => (length <= room ? (room - length) / 2 : between(at, room - length, 0));
  return { scale: view.scale, x: hold(view.x, image.width * view.scale, box.width), y: hold(view.y, image.height * view.scale, box.height) };
}

export function PhotoStage({ image, zoomed, onZoom, onStep, onClose }: Props) {
  const stage = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState<Size>({ width: 0, height: 0 });
  const [view, setView] = useState<View | null>(null);  // null: fitted
  const [drag, setDrag] = useState({ x: 0, y: 0 });
  const [sharp, setSharp] = useState(false);
  const [exact, setExact] = useState(false);
  const [noOriginal, setNoOriginal] = useState(false);  // it does not load here, or is kept from visitors
  useLayoutEffect(() => {
    const element = stage.current!;
    const measure = () => setBox({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const fitted = fitView(image, box, ENLARGE_MAX);
  const shown = view ?? fitted;
  const zoomTo = (scale: number, x = box.width / 2, y = box.height / 2) => {
    const from = view ?? fitted;
    const to = between(scale, fitted.scale, Math.max(SCALE_MAX, fitted.scale));
    if (to <= fitted.scale * 1.001) {
      setView(null);
      onZoom(false);
      return;
    }
    const factor = to / from.scale;
    setView(held({ scale: to, x: x - (x - from.x) * factor, y: y - (y - from.y) * factor }, image, box));
    onZoom(true);
  };
  const full = 1 / Math.min(2, devicePixelRatio || 1);  // one pixel of the picture on one of the screen
  const closer = fitted.scale < full * 0.95 ? full : fitted.scale * 2;

  // The key and the picture agree on whether it is zoomed.
  useEffect(() => {
    if (zoomed && !view) zoomTo(closer);
    if (!zoomed && view) setView(null);
  }, [zoomed]);

  useEffect(() => {
    const element = stage.current!;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const rect = element.getBoundingClientRect();
      const strength = event.ctrlKey ? 0.01 : 0.0022;
      zoomTo(shown.scale * Math.exp(-event.deltaY * strength), event.clientX - rect.left, event.clientY - rect.top);
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  });

  const fingers = useRef(new Map<number, { x: number; y: number }>());
  const start = useRef({ x: 0, y: 0, view: fitted, spread: 0, moved: false });
  const begin = () => {
    const points = [...fingers.current.values()];
    const middle = { x: points.reduce((sum, p) => sum + p.x, 0) / points.length, y: points.reduce((sum, p) => sum + p.y, 0) / points.length };
    const spread = points.length > 1 ? Math.hypot(points[0]!.x - points[1]!.x, points[0]!.y - points[1]!.y) : 0;
    start.current = { ...middle, view: shown, spread, moved: false };
  };
  const onPointerDown = (event: React.PointerEvent) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    begin();
  };
  const onPointerMove = (event: React.PointerEvent) => {
    if (!fingers.current.has(event.pointerId)) return;
    fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const points = [...fingers.current.values()];
    const from = start.current;
    const x = points.reduce((sum, p) => sum + p.x, 0) / points.length;
    const y = points.reduce((sum, p) => sum + p.y, 0) / points.length;
    if (Math.hypot(x - from.x, y - from.y) > 5) from.moved = true;
    if (points.length > 1 && from.spread > 0) {
      const rect = stage.current!.getBoundingClientRect();
      const scale = between(from.view.scale * (Math.hypot(points[0]!.x - points[1]!.x, points[0]!.y - points[1]!.y) / from.spread), fitted.scale, SCALE_MAX);
      const factor = scale / from.view.scale;
      const [cx, cy] = [from.x - rect.left, from.y - rect.top];
      setView(held({ scale, x: cx - (cx - from.view.x) * factor + (x - from.x), y: cy - (cy - from.view.y) * factor + (y - from.y) }, image, box));
      onZoom(scale > fitted.scale * 1.01);
    } else if (view) {
      setView(held({ scale: from.view.scale, x: from.view.x + x - from.x, y: from.view.y + y - from.y }, image, box));
    } else if (event.pointerType === 'touch') {
      setDrag({ x: x - from.x, y: Math.max(0, y - from.y) });
    }
  };
  const onPointerUp = (event: React.PointerEvent) => {
    if (!fingers.current.delete(event.pointerId)) return;
    if (fingers.current.size) {
      begin();
      return;
    }
    const { x, y } = drag;
    setDrag({ x: 0, y: 0 });
    if (view || event.pointerType !== 'touch' || event.type === 'pointercancel') return;
    if (y > CLOSE_PX && y > Math.abs(x)) onClose();
    else if (x < -SWIPE_PX) onStep(1);
    else if (x > SWIPE_PX) onStep(-1);
  };

  const moving = (image.frames ?? 1) > 1 && !noOriginal;  // animations play from the original
  const blur = placeholderUrl(image.placeholder);
  const dragged = drag.x !== 0 || drag.y !== 0;
  const transform = `translate(${shown.x + drag.x}px, ${shown.y + drag.y}px) scale(${shown.scale / (fitted.scale || 1)})`;
  return (
    <div
      ref={stage}
      className={`photo-stage${view ? ' zoomed' : ''}`}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={onPointerUp}
      onDoubleClick={(event) => {
        const rect = event.currentTarget.getBoundingClientRect();
        zoomTo(view ? fitted.scale : closer, event.clientX - rect.left, event.clientY - rect.top);
      }}
    >
      {box.width > 0 && (
        <div
          className="photo-frame"
          style={{ width: image.width * fitted.scale, height: image.height * fitted.scale, transform, transition: dragged || fingers.current.size ? 'none' : undefined, backgroundImage: blur ? `url(${blur})` : undefined }}
        >
          <img className="photo-thumb" src={imageUrl(image.id, 'thumb')} alt="" draggable={false} />
          <img className={`photo-preview${sharp ? ' shown' : ''}`} src={imageUrl(image.id, moving ? 'original' : 'preview')} alt={imageAlt(image)} draggable={false} onLoad={() => setSharp(true)} onError={() => moving && setNoOriginal(true)} />
          {view && !moving && !noOriginal && shown.scale > fitted.scale * 1.2 && (
            <img className={`photo-preview${exact ? ' shown' : ''}`} src={imageUrl(image.id, 'original')} alt="" draggable={false} onLoad={() => setExact(true)} onError={() => setNoOriginal(true)} />
          )}
        </div>
      )}
    </div>
  );
}
