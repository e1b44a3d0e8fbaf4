import { ArrowLeftRight, Columns3, Crosshair, Diff, Download, FlipHorizontal2, Layers, SeparatorVertical, SquareDashed } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { AreaList } from '../components/compare/AreaList';
import { CompareStage, useBlink } from '../components/compare/CompareStage';
import { OptionsPanel } from '../components/compare/OptionsPanel';
import { PictureBox } from '../components/compare/PictureBox';
import { RegionList } from '../components/compare/RegionList';
import { StoredPair } from '../components/compare/StoredPair';
import { Summary } from '../components/compare/Summary';
import { useAreas } from '../components/compare/useAreas';
import { useComparison, type Comparison, type SideIndex, type Slot, type Source } from '../components/compare/useComparison';
import { useZoom } from '../components/compare/useZoom';
import { IconButton, Tip } from '../components/IconButton';
import { ErrorNote } from '../components/Note';
import { Proof } from '../components/pair/Proof';
import { fromFrame, resized, swapped } from '../compare/areas';
import { commandLine } from '../compare/command';
import { scaleOf, type Box } from '../compare/core';
import { savePng } from '../compare/download';
import { paneLayout, pointsInFrame } from '../compare/layout';
import { choicesSearch, readChoices, type Choices, type Look } from '../compare/options';
import type { Size } from '../lib/geometry';
import { t, type PlainText } from '../lib/texts';
import { useKeys } from '../state/keys';
import { usePlace } from '../state/router';
import { toCompare, type CompareTarget } from '../state/shell';
import './review.css';
import './compare.css';

const LOOKS: [Look, PlainText, string, LucideIcon][] = [
  ['side', 'Beside', 'b', Columns3],
  ['slider', 'Slider', 's', SeparatorVertical],
  ['blink', 'Blink', 'Space', FlipHorizontal2],
  ['onion', 'Through', 'o', Layers],
  ['difference', 'Difference', 'd', Diff],
];

// Any two pictures, of the library or not: how alike they are and where they differ, found out in the browser.
export default function CompareView({ a, b }: { a: number; b: number }) {
  const { route } = usePlace();
  const active = route.view !== 'photo';
  const [{ choices, look }, setState] = useState(() => readChoices(location.search));
  const change = (part: Partial<Choices>) => setState((before) => ({ ...before, choices: { ...before.choices, ...part } }));
  const comparison = useComparison(a, b, choices);
  const { slots, ready, compared, judged, error, mask, place, clear, setMask } = comparison;
  useEffect(() => {
    if (active) history.replaceState(history.state, '', location.pathname + choicesSearch(choices, look));
  }, [active, choices, look, a, b]);

  // Areas lie in the first picture: another one has others. Swapped, they go where the second shows them.
  // That is known only from a comparison of what is shown now, laid as it is laid now: with areas, a swap waits for it.
  const firstOf = (slot: Slot) => slot.id || slot.source;
  const [held, first] = [useRef<number | Source | null>(null), firstOf(slots[0])];
  useEffect(() => {
    if (!ready) return;
    if (held.current && held.current !== first) change({ boxes: [] });
    held.current = first;
  }, [ready, first]);
  const canSwap = choices.boxes.length === 0 || comparison.isCurrent;
  const swap = () => {
    if (!canSwap) return;
    if (compared && choices.boxes.length) change({ boxes: swapped(choices.boxes, compared.difference, comparison.fit) });
    held.current = firstOf(slots[1]);
    comparison.swap();
  };

  const free = slots[0].state === 'empty' || slots[0].state === 'failed' ? 0 : 1;
  const take = useCallback((files: File[], target: CompareTarget) => {
    if (target === 'mask') return setMask(files[0]!);
    const first = target === 'first' ? 0 : target === 'second' ? 1 : files.length > 1 ? 0 : free;
    files.slice(0, 2).forEach((file, i) => place((i === 0 ? first : 1 - first) as SideIndex, { file, name: file.name || t('pasted picture') }));
  }, [free, place, setMask]);
  useEffect(() => {
    toCompare.set({ take, hasPair: ready });
    return () => toCompare.set(null);
  }, [take, ready]);

  const stage = useStage(comparison, look);
  const { frame, zoom, pane } = stage;
  const [marks, setMarks] = useState(true);
  const [points, setPoints] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const regions = useMemo(() => compared?.difference.regions ?? [], [compared]);
  useEffect(() => setChosen(-1), [regions]);
  const choose = (index: number) => {
    if (!frame || !regions.length) return;
    const next = (index + regions.length) % regions.length;
    setChosen(next);
    zoom.show(regions[next]!.box, frame, pane);
  };
  const areas = useAreas(choices.boxes, compared?.difference, zoom, (boxes) => change({ boxes }));
  const setLook = (next: Look) => setState((before) => ({ ...before, look: next }));
  const [shown, flip] = useBlink(look === 'blink');
  const toggle = (next: Look) => () => setLook(look === next ? 'side' : next);
  const drawnPoints = useMemo(() => pointsInFrame(points ? judged : null, compared, comparison.fit), [points, judged, compared, comparison.fit]);
  useKeys({
    b: () => setLook('side'), s: toggle('slider'), o: toggle('onion'), d: toggle('difference'),
    Space: () => (look === 'blink' ? flip() : setLook('blink')),
    '+': () => zoom.by(1.5), '=': () => zoom.by(1.5), '-': () => zoom.by(1 / 1.5), 0: zoom.reset,
    z: () => (zoom.zoom.factor > 1 ? zoom.reset() : zoom.by(4)),
    '[': () => choose(chosen - 1), ']': () => choose(chosen + 1),
    m: () => setMarks(!marks), p: () => setPoints(!points), w: swap, i: () => areas.setOn(!areas.on),
    Escape: () => { if (areas.on) areas.setOn(false); else if (zoom.zoom.factor === 1) return false; else zoom.reset(); },
  }, { active: active && ready });
  const save = () => compared && void savePng(compared.drawn, slots[0].name, slots[1].name);

  return (
    <div className={ready ? 'judge cmp' : 'cmp-start'}>
      <h1 className="hidden">{t('Compare two pictures')}</h1>
      {!ready && (
        <div className="cmp-boxes">
          <PictureBox side={0} slot={slots[0]} small={false} onPlace={place} onClear={clear} />
          <PictureBox side={1} slot={slots[1]} small={false} onPlace={place} onClear={clear} />
          <p className="muted small cmp-promise">{t('Both are compared in this browser. Nothing is uploaded.')}</p>
        </div>
      )}
      {ready && (
        <div className="judge-stage" ref={stage.ref}>
          {compared && pane.width > 0
            ? <CompareStage slots={slots} compared={compared} fit={comparison.fit} look={look} zoom={zoom} pane={pane} last={stage.last} columns={stage.columns} shown={shown} marks={marks} chosen={chosen} regions={regions} areas={areas} veil={mask?.veil && compared.difference.masked ? mask.veil : null} points={drawnPoints} />
            : <div className="cmp-stage late"><span className="skeleton" /></div>}
        </div>
      )}
      {ready && (
        <aside className="judge-panel" aria-label={t('Comparison')}>
          <div className="cmp-pair">
            <PictureBox side={0} slot={slots[0]} small onPlace={place} onClear={clear} />
            <PictureBox side={1} slot={slots[1]} small onPlace={place} onClear={clear} />
            <IconButton icon={ArrowLeftRight} label={t('Swap the two')} shortcut="w" disabled={!canSwap} onClick={swap} />
          </div>
          {error ? <ErrorNote error={error} /> : <Summary slots={slots} compared={compared} judged={judged} busy={comparison.busy} fit={comparison.fit} />}
          <div className="judge-looks" role="group" aria-label={t('Ways to look')}>
            {LOOKS.map(([name, label, shortcut, Icon]) => (
              <Tip key={name} label={t(label)} shortcut={shortcut}>
                <button type="button" className="chip" aria-pressed={look === name} onClick={() => setLook(name)}><Icon size={15} aria-hidden />{t(label)}</button>
              </Tip>
            ))}
            <Tip label={t('Boxes around what changed')} shortcut="m"><button type="button" className="chip" aria-pressed={marks} onClick={() => setMarks(!marks)}><SquareDashed size={15} aria-hidden />{t('Boxes')}</button></Tip>
            {(judged?.verdict.signals?.points?.length ?? 0) > 0 && <Tip label={t('Matching points')} shortcut="p"><button type="button" className="chip" aria-pressed={points} onClick={() => setPoints(!points)}><Crosshair size={15} aria-hidden />{t('Points')}</button></Tip>}
            <button type="button" className="chip" disabled={!compared} onClick={save}><Download size={15} aria-hidden />{t('Difference as PNG')}</button>
          </div>
          {slots[0].detail && slots[1].detail && <StoredPair a={slots[0].detail} b={slots[1].detail} active={active} />}
          <RegionList regions={regions} found={compared?.difference.regions_found ?? 0} chosen={chosen} onChoose={choose} onIgnore={(i) => areas.add(fromFrame(regions[i]!.box, scaleOf(compared!.difference)))} />
          <AreaList
            areas={areas} mask={mask} isMaskUsed={compared?.difference.masked} onMask={setMask} onClear={() => { change({ boxes: [] }); setMask(null); }}
            command={commandLine({ ...choices, boxes: inOriginal(choices.boxes, slots[0]) }, comparison.fit, [nameOf(slots[0]), nameOf(slots[1])], mask?.veil ? mask.name : '')}
          />
          <OptionsPanel choices={choices} fit={comparison.fit} onChange={change} />
          {judged?.verdict.signals && <section><h3>{t('Why')}</h3><Proof signals={judged.verdict.signals} /></section>}
        </aside>
      )}
    </div>
  );
}

// As the command line takes it, which compares originals.
const nameOf = (slot: Slot): number | string => slot.id || slot.name;
const inOriginal = (boxes: Box[], { byPreview, decoded, detail }: Slot): Box[] => (byPreview && decoded && detail ? resized(boxes, decoded, detail) : boxes);

// The stage's size, its panes, and the look they share.
function useStage({ ready, compared }: Comparison, look: Look) {
  const [element, ref] = useState<HTMLDivElement | null>(null);
  const [box, setBox] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    if (!element || !ready) return;
    const measure = () => setBox({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [element, ready]);
  const zoom = useZoom();
  const frame = compared?.difference.canvas;
  const { columns, pane, last } = paneLayout(box, frame ?? box, look === 'side' ? 3 : 1);
  const { reset } = zoom;
  useEffect(reset, [reset, frame?.width, frame?.height]);
  return { ref, zoom, frame, columns, pane, last };
}
