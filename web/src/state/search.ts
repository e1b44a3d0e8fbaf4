// One question to the server at a time: what was asked before and is not answered yet is called off.
import { useEffect, useState } from 'react';
import { asApiError, search, searchByPicture, type ApiError, type SearchBy, type SearchResult } from '../api/client';
import type { Question } from '../lib/route';
import { textsOf } from '../lib/search';
import type { Wanted } from './shell';

export interface Asked extends Partial<Question> {
  wanted?: Wanted | null;
  by: SearchBy;
  k: number;
}

export interface Search {
  result: SearchResult | null;
  error: ApiError | null;
  busy: boolean;
  again: () => void;
}

export function useSearch(asked: Asked | null): Search {
  const [answer, setAnswer] = useState<{ result: SearchResult | null; error: ApiError | null }>({ result: null, error: null });
  const [busy, setBusy] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const { like = 0, colour = '', text = '', minus = '', wanted = null, by = 'all', k = 0 } = asked ?? {};
  useEffect(() => {
    setAnswer({ result: null, error: null });
    const texts = textsOf(text, minus);
    if (!like && !colour && !wanted && !texts.length) {
      setBusy(false);
      return;
    }
    const abort = new AbortController();
    setBusy(true);
    const request = { by, k, text: texts.length ? texts : undefined };
    const asking = wanted ? searchByPicture(wanted.file, wanted.file.name || 'pasted picture', request, abort)
      : search({ ...request, like: like || undefined, colour: colour || undefined }, abort);
    asking.then((result) => setAnswer({ result, error: null }), (reason: unknown) => !abort.signal.aborted && setAnswer({ result: null, error: asApiError(reason) }))
      .finally(() => !abort.signal.aborted && setBusy(false));
    return () => abort.abort();
  }, [like, colour, text, minus, wanted, by, k, attempt]);
  return { ...answer, busy, again: () => setAttempt((before) => before + 1) };
}
