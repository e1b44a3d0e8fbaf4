// The work on duplicates: groups from the server, what was decided on this visit, and the way back.
import { useCallback, useEffect, useState } from 'react';
import { asApiError, decide, listDuplicates, undoDecision, type ApiError, type DuplicateGroup } from '../api/client';
import { choiceWords, decisionFor, nextPair, type Choice, type Done, type Pair } from '../lib/review';
import { t } from '../lib/texts';
import { asOwnChange, loadLibrary } from './library';
import { dismiss, say, sayError } from './toasts';

interface Made {
  decision: number;  // the server's id
  group: number;
  toast: number;     // offers to undo it
}

export interface Review {
  groups: DuplicateGroup[] | null;
  pair: Pair | null;
  done: Record<number, Done[]>;
  made: readonly Made[];
  error: ApiError | null;
  busy: boolean;
  reload: () => void;
  choose: (pair: Pair, choice: Choice) => Promise<void>;
  undo: () => Promise<void>;
  step: (by: 1 | -1) => void;
}

export function useReview(): Review {
  const [groups, setGroups] = useState<DuplicateGroup[] | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [done, setDone] = useState<Record<number, Done[]>>({});
  const [made, setMade] = useState<Made[]>([]);
  const [at, setAt] = useState(0);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    const abort = new AbortController();
    setError(null);
    listDuplicates(abort).then(
      (answer) => { setGroups(answer.groups); setDone({}); setAt(0); },
      (reason: unknown) => !abort.signal.aborted && setError(asApiError(reason)),
    );
    return () => abort.abort();
  }, [attempt]);

  const pairOf = useCallback((index: number): Pair | null => {
    const group = groups?.[index];
    return group ? nextPair(group, index, done[index] ?? []) : null;
  }, [groups, done]);

  // The group at hand, or the next one round the list with something left.
  let pair: Pair | null = null;
  const count = groups?.length ?? 0;
  for (let i = 0; i < count && !pair; i++) pair = pairOf((at + i) % count);

  const choose = async (chosen: Pair, choice: Choice) => {
    if (busy) return;
    const [a, b] = [chosen.a.id!, chosen.b.id!];
    const request = decisionFor(a, b, choice);
    setBusy(true);
    try {
      const decision = await asOwnChange(() => decide(request.a, request.b, request.kind));
      setDone((before) => ({ ...before, [chosen.group]: [...(before[chosen.group] ?? []), { a, b, choice, decision: decision.id }] }));
      setAt(chosen.group);
      dismiss(made.at(-1)?.toast ?? 0);  // one offer of undo at a time; the keys go further back
      const entry: Made = { decision: decision.id, group: chosen.group, toast: 0 };
      entry.toast = say(t(choiceWords[choice]), { undo: () => undoOne(entry) });
      setMade((before) => [...before, entry]);
    } catch (reason) {
      sayError(reason);
    }
    setBusy(false);
  };

  const undoOne = async (last: Made) => {
    setBusy(true);
    try {
      await asOwnChange(() => undoDecision(last.decision));
      setMade((before) => before.filter((one) => one.decision !== last.decision));
      setDone((before) => ({ ...before, [last.group]: (before[last.group] ?? []).filter((one) => one.decision !== last.decision) }));
      setAt(last.group);
      dismiss(last.toast);
      say(t('Undone'));
      void loadLibrary();
    } catch (reason) {
      sayError(reason);
    }
    setBusy(false);
  };
  const undo = async () => {
    const last = made.at(-1);
    if (last && !busy) await undoOne(last);
  };

  const step = (by: 1 | -1) => {
    const from = pair?.group ?? at;
    for (let i = 1; i <= count; i++) {
      const index = (from + by * i + count * i) % count;
      if (pairOf(index)) {
        setAt(index);
        return;
      }
    }
  };
  return { groups, pair, done, made, error, busy, reload: () => setAttempt(attempt + 1), choose, undo, step };
}
