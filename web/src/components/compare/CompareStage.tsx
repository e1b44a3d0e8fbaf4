// The pair as it is looked at: beside each other with the difference, a slider, blinking, one through the other, or the
// difference alone. All panes show the same place.
import { useEffect, useState } from 'react';
import { scaleOf, type ChangedRegion } from '../../compare/core';
import type { Compared } from '../../compare/messages';
import type { Fit, Look } from '../../compare/options';
import type { Size } from '../../lib/geometry';
import { t } from '../../lib/texts';
import { AreaMarks } from './AreaMarks';
import { Layer } from './Layer';
import { RegionMarks } from './RegionMarks';
import type { Areas } from './useAreas';
import type { Slot } from './useComparison';
import { fitScale, type ZoomState } from './useZoom';

export interface StageProps {
  slots: [Slot, Slot];
  compared: Compared;
  fit: Fit;
  look: Look;
  zoom: ZoomState;
  pane: Size;       // of one pane
  last: Size;       // of the difference, which may be wider
  columns: number;
  shown: 'a' | 'b'; // in blink
  marks: boolean;
  chosen: number;
  regions: readonly ChangedRegion[];
  areas: Areas;
  veil: ImageBitmap | null;  // over what a mask leaves out, from the top left of the first picture
  points: readonly (readonly [number, number])[][];  // of a and b, in the frame
}

export function CompareStage(props: StageProps) {
  const { look, columns, shown } = props;
  const [share, setShare] = useState(0.5);
  const [veil, setVeil] = useState(0.5);
  if (look === 'side') {
    return (
      <div className="cmp-stage" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
        <Pane {...props} label={t('1 · First')}><Side {...props} side={0} /></Pane>
        <Pane {...props} label={t('2 · Second')}><Side {...props} side={1} /></Pane>
        <Pane {...props} pane={props.last} label={t('Difference')} wide={columns === 2}><Drawn {...props} pane={props.last} /></Pane>
      </div>
    );
  }
  if (look === 'difference') return <div className="cmp-stage"><Pane {...props} label={t('Difference')}><Drawn {...props} /></Pane></div>;
  if (look === 'blink') return <div className="cmp-stage"><Pane {...props} label={shown === 'a' ? t('1 · First') : t('2 · Second')}><Side {...props} side={0} hidden={shown === 'b'} /><Side {...props} side={1} hidden={shown === 'a'} /></Pane></div>;
  if (look === 'onion') {
    return (
      <div className="cmp-stage">
        <Pane {...props} label={t('One through the other')}><Side {...props} side={0} /><Side {...props} side={1} opacity={veil} /></Pane>
        <label className="cmp-veil">{t('First')}<input type="range" min={0} max={1} step={0.01} value={veil} onChange={(event) => setVeil(Number(event.target.value))} aria-label={t('How much of the second picture')} />{t('Second')}</label>
      </div>
    );
  }
  return (
    <div className="cmp-stage">
      <Pane {...props} label="">
        <Side {...props} side={0} />
        <div className="cmp-clip" style={{ clipPath: `inset(0 0 0 ${share * 100}%)` }}><Side {...props} side={1} /></div>
      </Pane>
      <Divider share={share} onMove={setShare} />
    </div>
  );
}

function Pane({ zoom, compared, pane, label, marks, regions, chosen, areas, veil, wide = false, children }: StageProps & { label: string; wide?: boolean; children: React.ReactNode }) {
  const { canvas: frame } = compared.difference;
  const scale = scaleOf(compared.difference);
  const view = viewOf({ zoom, compared, pane });
  return (
    <figure className={`cmp-pane${zoom.zoom.factor > 1 ? ' near' : ''}${areas.on ? ' drawing' : ''}${wide ? ' wide' : ''}`} {...areas.handlers(frame, pane)}>
      {children}
      {veil && <Layer bitmap={veil} width={veil.width * scale} height={veil.height * scale} style={{ transform: view.matrix }} />}
      {marks && <RegionMarks frame={frame} regions={regions} chosen={chosen} matrix={view.matrix} scale={view.scale} />}
      {areas.boxes.length > 0 && <AreaMarks areas={areas} frame={frame} frameScale={scale} matrix={view.matrix} scale={view.scale} />}
      {label && <figcaption className="pane-label">{label}</figcaption>}
    </figure>
  );
}

function viewOf({ zoom: { zoom }, compared, pane }: Pick<StageProps, 'zoom' | 'compared' | 'pane'>) {
  const { canvas: frame } = compared.difference;
  const scale = fitScale(frame, pane) * zoom.factor;
  const x = pane.width / 2 - zoom.centre[0] * frame.width * scale, y = pane.height / 2 - zoom.centre[1] * frame.height * scale;
  return { scale, matrix: `matrix(${scale},0,0,${scale},${x},${y})` };
}

function Side(props: StageProps & { side: 0 | 1; hidden?: boolean; opacity?: number }) {
  const { slots, compared, fit, side, hidden = false, opacity, points } = props;
  const { scale, matrix } = viewOf(props);
  const { canvas: frame } = compared.difference;
  const own = slots[side].decoded!.bitmap;
  const bitmap = compared.laid?.[side] ?? own;
  const size = compared.laid || (fit === 'scale' && side === 1) ? frame : { width: own.width, height: own.height };
  return (
    <>
      <Layer bitmap={bitmap} {...size} label={t(side === 0 ? 'First picture: {name}' : 'Second picture: {name}', { name: slots[side].name })}
        style={{ transform: matrix, visibility: hidden ? 'hidden' : undefined, opacity, imageRendering: scale >= 3 ? 'pixelated' : undefined }} />
      {!hidden && points[side]!.length > 0 && (
        <svg className="cmp-layer" width={frame.width} height={frame.height} style={{ transform: matrix }} aria-hidden>
          {points[side]!.map(([x, y], i) => <circle key={i} className="overlay-point" cx={x} cy={y} r={4.5 / scale} strokeWidth={1.5 / scale} style={{ fill: `hsl(${(i * 137.5) % 360} 90% 60%)` }} />)}
        </svg>
      )}
    </>
  );
}

function Drawn(props: StageProps) {
  const { scale, matrix } = viewOf(props);
  return <Layer bitmap={props.compared.drawn} {...props.compared.difference.canvas} label={t('Difference of the two pictures')} style={{ transform: matrix, imageRendering: scale >= 3 ? 'pixelated' : undefined }} />;
}

// Left of it the first picture, right of it the second.
function Divider({ share, onMove }: { share: number; onMove: (share: number) => void }) {
  const set = (value: number) => onMove(Math.min(1, Math.max(0, value)));
  const keys: Record<string, number> = { ArrowLeft: share - 0.02, ArrowRight: share + 0.02, PageDown: share - 0.1, PageUp: share + 0.1, Home: 0, End: 1 };
  return (
    <div
      className="cmp-divider" style={{ left: `${share * 100}%` }} role="slider" tabIndex={0} aria-label={t('First picture on the left, second on the right')}
      aria-valuenow={Math.round(share * 100)} aria-valuemin={0} aria-valuemax={100}
      onKeyDown={(event) => { const to = keys[event.key]; if (to !== undefined) { event.preventDefault(); set(to); } }}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
        const box = event.currentTarget.parentElement!.getBoundingClientRect();
        set((event.clientX - box.left) / box.width);
      }}
    ><span /></div>
  );
}

// Turns by itself where a person allows motion; by Space always.
export function useBlink(on: boolean): ['a' | 'b', () => void] {
  const [shown, setShown] = useState<'a' | 'b'>('a');
  const [byHand, setByHand] = useState(false);
  const flip = () => {
    setByHand(true);
    setShown((before) => (before === 'a' ? 'b' : 'a'));
  };
  useEffect(() => {
    if (!on) setByHand(false);
    if (!on || byHand || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const timer = setInterval(() => setShown((before) => (before === 'a' ? 'b' : 'a')), 700);
    return () => clearInterval(timer);
  }, [on, byHand]);
  return [shown, flip];
}
