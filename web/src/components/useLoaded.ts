import { useCallback, useEffect, useState } from 'react';
import { asApiError, type ApiError } from '../api/client';

export interface Loaded<T> {
  value: T | null;
  error: ApiError | null;
  set: (value: T) => void;
  again: () => void;
}

// What one question to the server brings; asked again when `key` changes.
export function useLoaded<T>(ask: () => Promise<T>, key: string | number = ''): Loaded<T> {
  const [value, set] = useState<T | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let stale = false;
    setError(null);
    ask().then((answer) => !stale && set(answer), (reason: unknown) => !stale && setError(asApiError(reason)));
    return () => { stale = true; };
    // `ask` is made anew by each drawing; `key` says when it means something else.
  }, [key, attempt]);
  return { value, error, set, again: useCallback(() => setAttempt((before) => before + 1), []) };
}
