// What an expression finds, a page after another as they are wanted; and the mistake in it, which the search box shows.
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, asApiError, findImages } from '../api/client';
import { keepDetails, useLibrary } from './library';
import { createStore, useStore } from './store';

export interface Found {
  ids: number[];
  ratios: number[];
  total: number;
  exact: boolean;
  note: string;
  cursor: string;  // of the next page; empty: that is all
}

// A mistake in the expression `q`: what is wrong at which character.
export interface Fault {
  q: string;
  message: string;
  hint: string;
  position: number;
}
const fault = createStore<Fault | null>(null);
export const useFault = (q: string): Fault | null => {
  const known = useStore(fault);
  return known?.q === q ? known : null;
};

const PAGE = 200, PAGE_MAX = 1000;

export function useFound(q: string) {
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [attempt, setAttempt] = useState(0);
  const version = useLibrary((state) => state.version);
  const busy = useRef<AbortController | null>(null);
  const shown = useRef({ q: '', count: 0 });  // a library that changed is asked for as many again

  const fetchPage = useCallback(async (before: Found | null) => {
    const kept = !before && shown.current.q === q ? shown.current.count : 0;
    const limit = Math.min(PAGE_MAX, Math.max(PAGE, kept));
    const abort = new AbortController();
    busy.current?.abort();
    busy.current = abort;
    try {
      const page = await findImages(q, { cursor: before?.cursor || undefined, limit }, abort);
      if (abort.signal.aborted) return;
      keepDetails(page.images);
      shown.current = { q, count: (before?.ids.length ?? 0) + page.images.length };
      setFound({
        ids: [...(before?.ids ?? []), ...page.images.map(({ id }) => id)],
        ratios: [...(before?.ratios ?? []), ...page.images.map(({ width, height }) => Math.round((width / height) * 1000))],
        total: page.total ?? page.images.length,
        exact: page.total_is_exact ?? true,
        note: page.note ?? '',
        cursor: page.next_cursor ?? '',
      });
      setError(null);
      fault.set(null);
    } catch (reason) {
      if (abort.signal.aborted) return;
      if (shown.current.q !== q) setFound(null);  // what stands there is of another question
      const failed = asApiError(reason);
      setError(failed);
      fault.set(failed.position >= 0 ? { q, message: failed.message, hint: failed.hint, position: failed.position } : null);
    } finally {
      if (busy.current === abort) busy.current = null;
    }
  }, [q]);

  useEffect(() => {
    void fetchPage(null);
    return () => {
      busy.current?.abort();
      busy.current = null;
    };
  }, [fetchPage, attempt, version]);

  const more = useCallback(() => {
    if (found?.cursor && !busy.current) void fetchPage(found);
  }, [found, fetchPage]);
  return { found, error, more, again: () => setAttempt((value) => value + 1) };
}
