import { useEffect, useState } from 'react';
import { completeTags, type TagCount } from '../../api/client';

const WAIT_MS = 80;
const NONE: readonly TagCount[] = [];

// Tags that begin with `prefix`, the most used first, asked for a moment after the last key. null: not wanted.
export function useCompletions(prefix: string | null, limit: number): readonly TagCount[] {
  const [tags, setTags] = useState(NONE);
  useEffect(() => {
    if (prefix === null) {
      setTags(NONE);
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      completeTags(prefix, limit, abort).then((answer) => setTags(answer.tags), () => undefined);
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [prefix, limit]);
  return tags;
}
