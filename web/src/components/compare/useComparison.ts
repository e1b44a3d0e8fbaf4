// A pair from its sources to its answers. Pictures are read here, handed to the worker, and go nowhere else.
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, asApiError, fetchPhoto, getImage, type ImageDetail } from '../../api/client';
import { ask } from '../../compare/client';
import type { Judged } from '../../compare/core';
import type { Compared, Decoded } from '../../compare/messages';
import { compareText, drawText, type Choices, type Fit } from '../../compare/options';
import { t } from '../../lib/texts';
import { go } from '../../state/router';

export type SideIndex = 0 | 1;
export type Source = { id: number } | { file: Blob; name: string };

// The original is of a kind that browsers do not show (HEIC, JPEG XL and others), or it may say where it was taken and is
// kept from visitors.
const BY_PREVIEW = ['unreadable', 'permission_denied'] as const;

export interface Slot {
  state: 'empty' | 'loading' | 'ready' | 'failed';
  id: number;  // of a stored photo, else 0
  name: string;
  source: Source | null;
  decoded: Decoded | null;
  detail: ImageDetail | null;  // of a stored photo
  byPreview: (typeof BY_PREVIEW)[number] | '';  // why its original is not what is compared
  error: ApiError | null;
}

const EMPTY: Slot = { state: 'empty', id: 0, name: '', source: null, decoded: null, detail: null, byPreview: '', error: null };

// The worker holds one picture a side: a source that was replaced while it was fetched must not get there any more.
async function read(source: Source, side: SideIndex, isWanted: () => boolean): Promise<Partial<Slot>> {
  const decode = (blob: Blob) => {
    if (!isWanted()) throw new DOMException('replaced', 'AbortError');
    return ask({ kind: 'picture', side, blob });
  };
  if ('file' in source) return { decoded: await decode(source.file) };
  const detail = await getImage(source.id);
  try {
    return { detail, name: detail.name, decoded: await decode(await fetchPhoto(source.id, 'original')) };
  } catch (reason) {
    const byPreview = reason instanceof ApiError && BY_PREVIEW.find((code) => code === reason.code);
    if (!byPreview) throw reason;
    return { detail, name: detail.name, byPreview, decoded: await decode(await fetchPhoto(source.id, 'preview')) };
  }
}

// What is light in it does not count.
export interface Mask {
  name: string;
  veil: ImageBitmap | null;  // once it is read
  error: ApiError | null;
}

export interface Comparison {
  slots: [Slot, Slot];
  ready: boolean;
  fit: Fit;
  compared: Compared | null;
  judged: Judged | null;
  isCurrent: boolean;  // whether `compared` answers what is asked now, not what was asked before
  busy: boolean;
  error: ApiError | null;
  mask: Mask | null;
  place: (side: SideIndex, source: Source) => void;
  clear: (side: SideIndex) => void;
  swap: () => void;
  setMask: (file: File | null) => void;
}

// The browser frees pixels late by itself, and they are many: each bitmap is closed when another takes its place.
function useClosed(bitmap: ImageBitmap | null | undefined) {
  useEffect(() => () => bitmap?.close(), [bitmap]);
}

const WAIT_MS = 60;  // areas that are moved by keys ask more often than a comparison answers

export function useComparison(a: number, b: number, choices: Choices): Comparison {
  const [slots, setSlots] = useState<[Slot, Slot]>([EMPTY, EMPTY]);
  const [compared, setCompared] = useState<(Compared & { asked: string }) | null>(null);
  const [judged, setJudged] = useState<Judged | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [mask, setMaskState] = useState<Mask | null>(null);
  const turns = useRef<[number, number, number]>([0, 0, 0]);
  const left = useRef(false);  // the page is another one; what is still on its way is not wanted
  const held = useRef(slots);
  const write = useCallback((side: SideIndex, slot: Slot) => {
    const next: [Slot, Slot] = side === 0 ? [slot, held.current[1]] : [held.current[0], slot];
    held.current = next;
    setSlots(next);
  }, []);

  const load = useCallback((side: SideIndex, source: Source) => {
    const turn = ++turns.current[side];
    const base: Slot = { ...EMPTY, state: 'loading', source, id: 'id' in source ? source.id : 0, name: 'id' in source ? t('Photo {id}', { id: source.id }) : source.name };
    write(side, base);
    setCompared(null);
    setJudged(null);
    setError(null);
    const isWanted = () => turn === turns.current[side] && !left.current;
    read(source, side, isWanted).then(
      (found) => (isWanted() ? write(side, { ...base, ...found, state: 'ready' }) : found.decoded?.bitmap.close()),
      (reason: unknown) => isWanted() && write(side, { ...base, state: 'failed', error: asApiError(reason) }),
    );
  }, [write]);
  const drop = useCallback((side: SideIndex) => {
    turns.current[side]++;
    write(side, EMPTY);
    setCompared(null);
    setJudged(null);
  }, [write]);

  const address = useCallback(() => go({ view: 'compare', a: held.current[0].id, b: held.current[1].id }, { replace: true }), []);
  const place = useCallback((side: SideIndex, source: Source) => {
    load(side, source);
    address();
  }, [load, address]);
  const clear = useCallback((side: SideIndex) => {
    drop(side);
    address();
  }, [drop, address]);
  const swap = useCallback(() => {
    const [first, second] = held.current;
    if (second.source) load(0, second.source); else drop(0);
    if (first.source) load(1, first.source); else drop(1);
    address();
  }, [load, drop, address]);

  const setMask = useCallback((file: File | null) => {
    const turn = ++turns.current[2];
    setMaskState(file && { name: file.name, veil: null, error: null });
    if (!file) return;
    const isWanted = () => turn === turns.current[2] && !left.current;
    ask({ kind: 'mask', blob: file }).then(
      (veil) => (isWanted() ? setMaskState({ name: file.name, veil, error: null }) : veil.close()),
      (reason: unknown) => isWanted() && setMaskState({ name: file.name, veil: null, error: asApiError(reason) }),
    );
  }, []);

  // The address names stored photos; files live only here.
  useEffect(() => {
    ([a, b] as const).forEach((id, side) => {
      const slot = held.current[side as SideIndex];
      if (id && slot.id !== id) load(side as SideIndex, { id });
      else if (!id && slot.id) drop(side as SideIndex);
    });
  }, [a, b, load, drop]);

  const ready = slots[0].state === 'ready' && slots[1].state === 'ready';
  const [da, db] = [slots[0].decoded, slots[1].decoded];
  const fit: Fit = choices.fit || (da && db && (da.width !== db.width || da.height !== db.height) ? 'align' : 'original');
  const veil = mask?.veil ?? null;
  const wanted = compareText(choices, fit, veil !== null), drawing = drawText(choices);
  const latestDrawing = useRef(drawing);
  useEffect(() => { latestDrawing.current = drawing; }, [drawing]);

  useEffect(() => {
    if (!da || !db || !ready) return;
    let stale = false;
    setBusy(true);
    const timer = setTimeout(() => ask({ kind: 'compare', compare: wanted, draw: latestDrawing.current }).then(
      (answer) => (stale ? [answer.drawn, ...(answer.laid ?? [])].forEach((one) => one.close()) : (setCompared({ ...answer, asked: wanted }), setError(null), setBusy(false))),
      (reason: unknown) => !stale && (setError(asApiError(reason)), setBusy(false)),
    ), WAIT_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [da, db, ready, wanted, veil]);

  useEffect(() => {
    if (!da || !db || !ready) return;
    let stale = false;
    ask({ kind: 'judge' }).then((answer) => !stale && setJudged(answer), (reason: unknown) => !stale && setError(asApiError(reason)));
    return () => { stale = true; };
  }, [da, db, ready]);

  // Another look at the same difference needs no new comparison.
  const first = useRef(drawing);
  useEffect(() => {
    if (first.current === drawing || !ready) return;
    first.current = drawing;
    let stale = false;
    ask({ kind: 'draw', draw: drawing }).then((drawn) => (stale ? drawn.close() : setCompared((before) => before && { ...before, drawn })), () => undefined);
    return () => { stale = true; };
  }, [drawing, ready]);

  useClosed(da?.bitmap);
  useClosed(db?.bitmap);
  useClosed(veil);
  useClosed(compared?.drawn);
  useClosed(compared?.laid?.[0]);
  useClosed(compared?.laid?.[1]);
  useEffect(() => {
    left.current = false;
    return () => { left.current = true; };
  }, []);

  return { slots, ready, fit, compared, isCurrent: compared?.asked === wanted, judged, busy, error, mask, place, clear, swap, setMask };
}
