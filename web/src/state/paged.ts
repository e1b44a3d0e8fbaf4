// A list of pictures that the server gives in pages, a page after another as they are wanted.
import { useCallback, useEffect, useRef, useState } from 'react';
import { asApiError, type ApiError } from '../api/client';
import type { Paged } from '../api/editing';
import { keepDetails, useLibrary } from './library';

export interface List {
  ids: number[];
  ratios: number[];
  total: number;
  cursor: string;  // of the next page; empty: that is all
}

export interface PagedList {
  list: List | null;
  error: ApiError | null;
  more: () => void;
  again: () => void;
  drop: (ids: ReadonlySet<number>) => void;  // what has left the list, at once
}

// `key` says which list it is; another one begins anew. A library that changed is asked again for as many.
export function usePaged(key: string, fetchPage: Paged): PagedList {
  const [list, setList] = useState<List | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [attempt, setAttempt] = useState(0);
  const version = useLibrary((state) => state.version);
  const busy = useRef<AbortController | null>(null);
  const ask = useRef(fetchPage);
  ask.current = fetchPage;
  const shown = useRef({ key: '', count: 0 });

  const fetchFrom = useCallback(async (before: List | null) => {
    const abort = new AbortController();
    busy.current?.abort();
    busy.current = abort;
    try {
      const wanted = !before && shown.current.key === key ? shown.current.count : 0;
      let found: List = before ?? { ids: [], ratios: [], total: 0, cursor: '' };
      do {
        const page = await ask.current(found.cursor || undefined, abort.signal);
        if (abort.signal.aborted) return;
        keepDetails(page.images);
        const ids = [...found.ids, ...page.images.map(({ id }) => id)];
        const ratios = [...found.ratios, ...page.images.map(({ width, height }) => Math.round((width / height) * 1000))];
        found = { ids, ratios, total: page.total ?? (page.next_cursor ? Math.max(found.total, ids.length) : ids.length), cursor: page.next_cursor ?? '' };
      } while (found.cursor && found.ids.length < wanted);
      shown.current = { key, count: found.ids.length };
      setList(found);
      setError(null);
    } catch (reason) {
      if (!abort.signal.aborted) setError(asApiError(reason));
    } finally {
      if (busy.current === abort) busy.current = null;
    }
  }, [key]);

  useEffect(() => {
    if (shown.current.key !== key) setList(null);
    void fetchFrom(null);
    return () => {
      busy.current?.abort();
      busy.current = null;
    };
  }, [fetchFrom, key, attempt, version]);

  const more = useCallback(() => {
    if (list?.cursor && !busy.current) void fetchFrom(list);
  }, [list, fetchFrom]);
  const drop = useCallback((gone: ReadonlySet<number>) => setList((before) => {
    if (!before) return before;
    const keep = before.ids.map((id) => !gone.has(id));
    const ids = before.ids.filter((_, i) => keep[i]);
    return { ...before, ids, ratios: before.ratios.filter((_, i) => keep[i]), total: before.total - (before.ids.length - ids.length) };
  }), []);
  return { list, error, more, again: () => setAttempt((value) => value + 1), drop };
}
