// Justified rows of any number of photos; only those near the screen exist.
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { layoutRows, boxesOf, neighbourRow, rowOf } from '../../lib/rows';
import { useKeys } from '../../state/keys';
import { detailOf, useDetails, wantDetails } from '../../state/library';
import { go, isPlainClick, rememberedScroll, usePlace, withTransition } from '../../state/router';
import { clearSelection, selectTo, toggleSelected, useSelection } from '../../state/selection';
import { setWalk } from '../../state/walk';
import { Scrubber } from './Scrubber';
import { Tile } from './Tile';
import { useWidth, useWindowed } from './useWindowed';
import './grid.css';

interface Props {
  ids: readonly number[];
  ratios: readonly number[];
  months?: readonly { month: string; count: number }[];
  walk?: string;  // what the list is, where it is not the whole gallery
  label: string;
}

const GAP = 4;
const PHONE_WIDTH = 600;
const targetHeight = (width: number) => (width < PHONE_WIDTH ? 120 : 225);

const NO_MONTHS: NonNullable<Props['months']> = [];

export function Grid({ ids, ratios, months = NO_MONTHS, walk, label }: Props) {
  const container = useRef<HTMLDivElement>(null);
  const width = useWidth(container);
  const rows = useMemo(() => layoutRows(ratios, width, targetHeight(width), GAP), [ratios, width]);
  const { first, last, calm } = useWindowed(rows, container);
  const version = useDetails();
  const selected = useSelection();
  const [focus, setFocus] = useState(0);
  const goal = useRef(0);  // the tile that is to have the focus
  const { route } = usePlace();
  const covered = route.view === 'photo';

  const boxes = useMemo(() => boxesOf(rows, ratios, first, last), [rows, ratios, first, last]);
  useEffect(() => {
    if (calm) wantDetails(boxes.map((box) => ids[box.index]!));
  }, [boxes, calm, ids, version]);

  const restored = useRef(false);
  useLayoutEffect(() => {
    if (restored.current || rows.rows === 0) return;
    restored.current = true;
    const y = rememberedScroll();
    if (y > 0) window.scrollTo(0, y);
  }, [rows]);

  // Brings a tile on screen; with `loosely` only when nothing of it is seen.
  const reveal = useCallback((index: number, loosely: boolean) => {
    const row = rowOf(rows, index);
    const top = (container.current?.getBoundingClientRect().top ?? 0) + rows.tops[row]!;
    const bottom = top + rows.heights[row]!;
    const bar = 64;
    if (loosely && bottom > bar && top < window.innerHeight) return;
    if (top < bar) window.scrollBy(0, top - bar);
    else if (bottom > window.innerHeight - 8) window.scrollBy(0, bottom - window.innerHeight + 8);
  }, [rows]);

  const focusTile = useCallback((index: number, loosely = false) => {
    setFocus(index);
    reveal(index, loosely);
    goal.current = index;
    const take = () => {
      const tile = goal.current === index ? container.current?.querySelector<HTMLElement>(`[data-index="${index}"]`) : null;
      tile?.focus({ preventScroll: true });
      return tile !== null;
    };
    // A tile that was out of sight exists only after the scroll was drawn.
    if (!take()) requestAnimationFrame(() => requestAnimationFrame(take));
  }, [reveal]);

  // Coming back from a photo: the place is kept, and moved only when the photo walked to lies outside it.
  const wasOpen = useRef(0);
  useLayoutEffect(() => {
    if (route.view === 'photo') {
      wasOpen.current = route.id;
    } else if (wasOpen.current) {
      const index = ids.indexOf(wasOpen.current);
      wasOpen.current = 0;
      if (index >= 0) focusTile(index, true);
    }
  }, [route, ids, focusTile]);

  const open = useCallback((index: number) => {
    const id = ids[index]!;
    setWalk(walk === undefined ? null : { ids, of: walk });
    withTransition(id, () => go({ view: 'photo', id }));
  }, [ids, walk]);
  const pick = useCallback((index: number, range: boolean) => {
    setFocus(index);
    if (range) selectTo(ids, index);
    else toggleSelected(ids[index]!, index);
  }, [ids]);
  const picking = selected.size > 0;
  const click = useCallback((index: number, event: React.MouseEvent) => {
    if (event.shiftKey || (picking && isPlainClick(event))) {
      event.preventDefault();
      pick(index, event.shiftKey);
    } else if (isPlainClick(event)) {
      event.preventDefault();
      open(index);
    }
  }, [open, pick, picking]);

  const current = Math.min(focus, ids.length - 1);
  const onScreen = (index: number) => boxes.some((box) => box.index === index);
  // Arrows begin with what is seen, not with what was focused long ago.
  const from = () => (onScreen(current) ? current : boxes.find((box) => box.top >= window.scrollY)?.index ?? 0);
  const step = (by: number) => focusTile(Math.max(0, Math.min(ids.length - 1, document.activeElement?.matches('[data-tile]') ? from() + by : from())));
  const vertical = (by: 1 | -1) => focusTile(document.activeElement?.matches('[data-tile]') ? neighbourRow(rows, ratios, from(), by) : from());
  useKeys({
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    ArrowDown: () => vertical(1),
    ArrowUp: () => vertical(-1),
    Home: () => focusTile(0),
    End: () => focusTile(ids.length - 1),
    Enter: () => (document.activeElement?.matches('[data-tile]') ? open(current) : false),
    x: () => (document.activeElement?.matches('[data-tile]') ? pick(current, false) : false),
    'shift+x': () => (document.activeElement?.matches('[data-tile]') ? pick(current, true) : false),
    Escape: () => (picking ? clearSelection() : false),
  }, { active: !covered && ids.length > 0 });

  const tabStop = onScreen(current) ? current : boxes[0]?.index;
  return (
    <>
      <div ref={container} className="grid" role="list" aria-label={label} style={{ height: rows.height }}>
        {boxes.map((box) => (
          <Tile
            key={ids[box.index]}
            {...box}
            id={ids[box.index]!}
            image={detailOf(ids[box.index]!)}
            load={calm}
            selected={selected.has(ids[box.index]!)}
            picking={picking}
            tabbable={box.index === tabStop}
            total={ids.length}
            onOpen={click}
            onPick={pick}
            onFocus={setFocus}
          />
        ))}
      </div>
      <Scrubber rows={rows} months={months} container={container} />
    </>
  );
}
