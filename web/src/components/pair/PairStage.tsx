// Two pictures to be judged: beside each other, or in one place after each other, or their difference; zoomed together.
import { useLayoutEffect, useRef, useState } from 'react';
import { fitView, pairViews, pixelRatio, type View } from '../../lib/align';
import { apply, clipPolygon, invert, type Size } from '../../lib/geometry';
import { t } from '../../lib/texts';
import type { Quad } from '../../api/client';
import { Overlay } from './Overlay';
import type { PairState, Side } from './usePair';
import './pair.css';

export function PairStage({ pair, labels = [t('Left'), t('Right')] }: { pair: PairState; labels?: [string, string] }) {
  const stage = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = stage.current!;
    const measure = () => setBox({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const side = pair.mode === 'side';
  const tall = box.height > box.width;
  const gap = 4;
  const pane: Size = !side ? box : tall ? { width: box.width, height: (box.height - gap) / 2 } : { width: (box.width - gap) / 2, height: box.height };
  const { a, b, transform } = pair;
  const ready = box.width > 0;
  const zoomed = pairViews(a, transform, pane, pair.centre, 1 / Math.min(2, devicePixelRatio || 1));
  const views = pair.zoom ? zoomed : { a: fitView(a, pane, side ? 1 : Infinity), b: fitView(b, pane, side ? 1 : Infinity) };

  // In one place both lie in A's frame; where A is but a part of B, what B has beyond it is seen around it.
  const overA = (view: View): string => {
    const t = transform;
    return `matrix(${[t.a * view.scale, t.c * view.scale, t.b * view.scale, t.d * view.scale, t.tx * view.scale + view.x, t.ty * view.scale + view.y].join(',')})`;
  };
  const frame = pair.zoom ? views.a : commonView(a, b, pair, pane);
  return (
    <div ref={stage} className={`stage mode-${pair.mode}${tall ? ' tall' : ''}${pair.zoom ? ' zoomed' : ''}`}>
      {ready && side && (
        <>
          <Pane side={a} view={views.a} label={labels[0]} pair={pair} isA region={pair.regionA} changed={pair.changedA} points={pair.pointsA} />
          <Pane side={b} view={views.b} label={labels[1]} pair={pair} region={pair.regionB} changed={pair.changedB} points={pair.pointsB} />
        </>
      )}
      {ready && !side && (
        <figure className="pane" {...dragging(pair, frame, true)}>
          <div className="pane-both" style={pair.mode === 'difference' ? { clipPath: overlapClip(a, b, pair, frame) } : undefined}>
            <PairImage side={a} matrix={cssView(frame)} full={pair.zoom} hidden={pair.mode === 'flip' && pair.shown === 'b'} />
            <PairImage side={b} matrix={overA(frame)} full={pair.zoom} hidden={pair.mode === 'flip' && pair.shown === 'a'} blend={pair.mode === 'difference'} />
          </div>
          <figcaption className="pane-label">{pair.mode === 'difference' ? t('Difference, four times as bright: black where they agree') : pair.shown === 'a' ? labels[0] : labels[1]}</figcaption>
        </figure>
      )}
    </div>
  );
}

// Where both have something to say: the corners of their overlap in the pane.
function overlapClip(a: Side, b: Side, pair: PairState, frame: View): string {
  const corners: Quad = [[0, 0], [b.width, 0], [b.width, b.height], [0, b.height]].map(([x, y]) => apply(pair.transform, x!, y!));
  const inA = clipPolygon(corners, a);
  return `polygon(${inA.map(([x, y]) => `${x! * frame.scale + frame.x}px ${y! * frame.scale + frame.y}px`).join(', ')})`;
}

const cssView = ({ scale, x, y }: View): string => `matrix(${scale},0,0,${scale},${x},${y})`;

// Fits A and the part B covers around it, but never shows A smaller than a third of the pane for it.
function commonView(a: Side, b: Side, pair: PairState, pane: Size): View {
  const t = pair.transform;
  const corners = [[0, 0], [b.width, 0], [b.width, b.height], [0, b.height]].map(([x, y]) => apply(t, x!, y!));
  const left = Math.min(0, ...corners.map(([x]) => x));
  const top = Math.min(0, ...corners.map(([, y]) => y));
  const right = Math.max(a.width, ...corners.map(([x]) => x));
  const bottom = Math.max(a.height, ...corners.map(([, y]) => y));
  const all = { width: right - left, height: bottom - top };
  const view = fitView(all, pane, Infinity);
  if (all.width > a.width * 4 || all.height > a.height * 4) return fitView(a, pane, Infinity);
  return { scale: view.scale, x: view.x - left * view.scale, y: view.y - top * view.scale };
}

interface PaneProps {
  side: Side;
  view: View;
  label: string;
  pair: PairState;
  isA?: boolean;
  region?: Quad;
  changed: readonly Quad[];
  points: [number, number][];
}

function Pane({ side, view, label, pair, isA = false, region, changed, points }: PaneProps) {
  return (
    <figure className="pane" {...dragging(pair, view, isA)}>
      <div className="pane-picture" style={{ width: side.width, height: side.height, transform: cssView(view) }}>
        <Sharpest side={side} full={!!pair.zoom} alt={side.name} />
        <Overlay width={side.width} height={side.height} region={region} changed={changed} points={points} scale={view.scale} />
      </div>
      <figcaption className="pane-label">{label}</figcaption>
    </figure>
  );
}

// The original where it is wanted, the preview where that is refused.
function Sharpest({ side, full, alt }: { side: Side; full: boolean; alt: string }) {
  const [refused, setRefused] = useState('');
  return <img src={full && refused !== side.full ? side.full : side.preview} alt={alt} draggable={false} onError={() => full && setRefused(side.full)} />;
}

function PairImage({ side, matrix, full, hidden, blend = false }: { side: Side; matrix: string; full: boolean; hidden: boolean; blend?: boolean }) {
  return (
    <div className={`pane-picture${blend ? ' blend' : ''}`} style={{ width: side.width, height: side.height, transform: matrix, visibility: hidden ? 'hidden' : undefined }}>
      <Sharpest side={side} full={full} alt={hidden ? '' : side.name} />
    </div>
  );
}

// A click zooms to where it was; a drag moves both.
function dragging(pair: PairState, view: View, isA: boolean) {
  const toShare = (x: number, y: number): [number, number] => {
    const at: [number, number] = isA ? [x, y] : apply(pair.transform, x, y);
    return [Math.min(1, Math.max(0, at[0] / pair.a.width)), Math.min(1, Math.max(0, at[1] / pair.a.height))];
  };
  const back = invert(pair.transform);
  return {
    onClick: (event: React.MouseEvent<HTMLElement>) => {
      if (event.currentTarget.dataset.dragged === '1') return;
      const box = event.currentTarget.getBoundingClientRect();
      pair.setZoom(!pair.zoom, toShare((event.clientX - box.left - view.x) / view.scale, (event.clientY - box.top - view.y) / view.scale));
    },
    onPointerDown: (event: React.PointerEvent<HTMLElement>) => {
      const pane = event.currentTarget;
      pane.dataset.dragged = '';
      if (!pair.zoom || !back) return;
      const [startX, startY] = [event.clientX, event.clientY];
      const [cx, cy] = pair.centre;
      const scaleA = isA ? view.scale : view.scale / pixelRatio(pair.transform);
      const onMove = (move: PointerEvent) => {
        const [dx, dy] = [move.clientX - startX, move.clientY - startY];
        if (Math.hypot(dx, dy) > 4) pane.dataset.dragged = '1';
        pair.move([Math.min(1, Math.max(0, cx - dx / scaleA / pair.a.width)), Math.min(1, Math.max(0, cy - dy / scaleA / pair.a.height))]);
      };
      const onUp = () => {
        window.removeEventListener('pointermove', onMove);
        window.removeEventListener('pointerup', onUp);
        window.removeEventListener('pointercancel', onUp);
      };
      window.addEventListener('pointermove', onMove);
      window.addEventListener('pointerup', onUp);
      window.addEventListener('pointercancel', onUp);
    },
  };
}
