// What both panes of a pair share: how they lie over each other, zoom and position, flip, difference, points.
import { useMemo, useState } from 'react';
import type { Quad, Verdict } from '../../api/client';
import { aFromB } from '../../lib/align';
import type { Size } from '../../lib/geometry';
import type { Keys } from '../../state/keys';

export interface Side extends Size {
  id?: number;       // a stored picture
  preview: string;   // address of what is shown
  full: string;      // address of every pixel
  name: string;
}

export type Mode = 'side' | 'flip' | 'difference';

export interface PairState {
  a: Side;
  b: Side;
  transform: ReturnType<typeof aFromB>;
  mode: Mode;
  shown: 'a' | 'b';  // in flip mode
  zoom: boolean;
  centre: [number, number];  // share of A
  points: boolean;
  regionA?: Quad;
  regionB?: Quad;
  changedA: readonly Quad[];
  changedB: readonly Quad[];
  pointsA: [number, number][];
  pointsB: [number, number][];
  setMode: (mode: Mode) => void;
  flip: () => void;
  setZoom: (zoom: boolean, centre?: [number, number]) => void;
  setPoints: (points: boolean) => void;
  move: (centre: [number, number]) => void;
  keys: Keys;
}

export function usePair(a: Side, b: Side, verdict: Verdict | undefined, queryIsA: boolean): PairState {
  const [mode, setMode] = useState<Mode>('side');
  const [shown, setShown] = useState<'a' | 'b'>('a');
  const [zoom, zoomTo] = useState(false);
  const [centre, move] = useState<[number, number]>([0.5, 0.5]);
  const [points, setPoints] = useState(false);
  const transform = useMemo(() => aFromB(a, b, verdict, queryIsA), [a, b, verdict, queryIsA]);

  const signals = verdict?.signals;
  const query = { region: verdict?.region_in_query, changed: signals?.changed_regions ?? [] };
  const match = { region: verdict?.region, changed: [] };
  const [sideA, sideB] = queryIsA ? [query, match] : [match, query];
  const [pointsA, pointsB] = useMemo(() => {
    const all = points ? (signals?.points ?? []) : [];
    const inQuery = all.map(([x, y]): [number, number] => [x!, y!]);
    const inMatch = all.map(([, , x, y]): [number, number] => [x!, y!]);
    return queryIsA ? [inQuery, inMatch] : [inMatch, inQuery];
  }, [points, signals, queryIsA]);

  const flip = () => {
    if (mode === 'flip') setShown((before) => (before === 'a' ? 'b' : 'a'));
    else {
      setMode('flip');
      setShown('b');
    }
  };
  const setZoom = (next: boolean, at?: [number, number]) => {
    if (at) move(at);
    zoomTo(next);
  };
  const keys: Keys = {
    Space: flip,
    z: () => zoomTo((before) => !before),
    d: () => setMode((before) => (before === 'difference' ? 'side' : 'difference')),
    p: () => (signals?.points?.length ? setPoints((before) => !before) : false),
    Escape: () => {
      if (zoom) zoomTo(false);
      else if (mode !== 'side') setMode('side');
      else return false;
    },
  };
  return {
    a, b, transform, mode, shown, zoom, centre, points,
    regionA: sideA.region, regionB: sideB.region, changedA: sideA.changed, changedB: sideB.changed, pointsA, pointsB,
    setMode, flip, setZoom, setPoints, move, keys,
  };
}
