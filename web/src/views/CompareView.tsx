import { useEffect, useMemo, useState } from 'react';
import { asApiError, compare, decide, getImage, undoDecision, type ApiError, type Comparison, type ImageDetail } from '../api/client';
import { ErrorNote } from '../components/Note';
import { factsOf } from '../components/pair/FactsTable';
import { JudgePanel } from '../components/pair/JudgePanel';
import { PairStage } from '../components/pair/PairStage';
import { imageSide } from '../components/pair/sides';
import { usePair } from '../components/pair/usePair';
import { choiceWords, decisionFor, type Choice } from '../lib/review';
import { useKeys } from '../state/keys';
import { asOwnChange, loadLibrary } from '../state/library';
import { usePlace } from '../state/router';
import { say, sayError } from '../state/toasts';
import './review.css';

interface Loaded {
  a: ImageDetail;
  b: ImageDetail;
  comparison: Comparison;
}

// Any two photos beside each other.
export default function CompareView({ a, b }: { a: number; b: number }) {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let stale = false;
    setError(null);
    Promise.all([getImage(a), getImage(b), compare(a, b)]).then(
      ([one, two, comparison]) => !stale && setLoaded({ a: one, b: two, comparison }),
      (reason: unknown) => !stale && setError(asApiError(reason)),
    );
    return () => { stale = true; };
  }, [a, b, attempt]);
  if (error) return <div className="page"><ErrorNote error={error} onRetry={() => setAttempt(attempt + 1)} /></div>;
  if (!loaded) return <div className="judge" role="status" aria-label="Comparing"><div className="judge-stage late"><div className="stage"><span className="skeleton pane" /><span className="skeleton pane" /></div></div></div>;
  return <Comparing loaded={loaded} />;
}

function Comparing({ loaded: { a, b, comparison } }: { loaded: Loaded }) {
  const { route } = usePlace();
  const [busy, setBusy] = useState(false);
  const verdict = useMemo(() => ({
    ...comparison.verdict,
    signals: comparison.verdict.signals ?? comparison.signals,
    transform: comparison.verdict.transform ?? comparison.transform,
  }), [comparison]);
  const sideA = useMemo(() => imageSide(a), [a]);
  const sideB = useMemo(() => imageSide(b), [b]);
  const pair = usePair(sideA, sideB, verdict, true);
  const choose = async (choice: Choice) => {
    const request = decisionFor(a.id, b.id, choice);
    setBusy(true);
    try {
      const decision = await asOwnChange(() => decide(request.a, request.b, request.kind));
      say(choiceWords[choice], { undo: () => asOwnChange(() => undoDecision(decision.id)).then(() => loadLibrary(), sayError) });
    } catch (reason) {
      sayError(reason);
    }
    setBusy(false);
  };
  const pick = (choice: Choice) => () => void choose(choice);
  useKeys({ ...pair.keys, 1: pick('keep_a'), 2: pick('keep_b'), 3: pick('alternate'), 4: pick('keep_both'), 5: pick('not_duplicate') }, { active: route.view !== 'photo' });
  return (
    <div className="judge">
      <h1 className="hidden">Compare {a.name} and {b.name}</h1>
      <div className="judge-stage"><PairStage pair={pair} labels={['1 · Left', '2 · Right']} /></div>
      <JudgePanel
        pair={pair} a={{ ...factsOf(a, a.metadata.jpeg_quality), id: a.id }} b={{ ...factsOf(b, b.metadata.jpeg_quality), id: b.id }}
        verdict={verdict} queryIsA reasons={[]} busy={busy} onChoose={(choice) => void choose(choice)} where={`${Math.round(comparison.similarity_percent)}\u202f% alike`}
      />
    </div>
  );
}
