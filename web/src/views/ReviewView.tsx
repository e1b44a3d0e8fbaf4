import { CopyCheck, RotateCcw } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { compare } from '../api/client';
import { Note, ErrorNote } from '../components/Note';
import { Link } from '../components/Link';
import { JudgePanel } from '../components/pair/JudgePanel';
import { PairStage } from '../components/pair/PairStage';
import { memberSide } from '../components/pair/sides';
import { usePair } from '../components/pair/usePair';
import { remaining, type Choice, type Pair } from '../lib/review';
import { t } from '../lib/texts';
import { useKeys } from '../state/keys';
import { usePlace } from '../state/router';
import { useReview, type Review } from '../state/review';
import './review.css';

// Copies that nobody has decided yet, one pair at a time, by keyboard.
export default function ReviewView() {
  const review = useReview();
  const { pair, groups, error, reload, made, undo } = review;
  const { route } = usePlace();
  useKeys({ 'ctrl+z': () => void undo() }, { active: route.view !== 'photo' && !pair });
  if (error) return <div className="page"><ErrorNote error={error} onRetry={reload} /></div>;
  if (!groups) return <ReviewWaiting />;
  if (!pair) {
    const left = groups.length === 0 && made.length === 0;
    return (
      <div className="page">
        <h1 className="hidden">{t('Duplicates')}</h1>
        <Note icon={CopyCheck} title={left ? t('No copies to decide') : t('All decided')}
          actions={<>
            {made.length > 0 && <button type="button" className="button" onClick={() => void undo()}><RotateCcw size={16} aria-hidden />{t('Undo the last')}</button>}
            <Link className="button primary" to={{ view: 'gallery', tag: '' }}>{t('All photos')}</Link>
          </>}>
          {left ? t('When two photos here are copies of each other, they wait on this page for you to choose.') : t('{n} decision made. What you kept out waits in the trash.¦{n} decisions made. What you kept out waits in the trash.', { n: made.length })}
        </Note>
      </div>
    );
  }
  return <Judging key={`${pair.a.id}-${pair.b.id}`} pair={pair} review={review} active={route.view !== 'photo'} />;
}

function ReviewWaiting() {
  return (
    <div className="judge" role="status" aria-label={t('Looking for copies')}>
      <div className="judge-stage late"><div className="stage"><span className="skeleton pane" /><span className="skeleton pane" /></div></div>
      <aside className="judge-panel late"><p className="muted">{t('Looking for copies among all photos…')}</p></aside>
    </div>
  );
}

function Judging({ pair, review, active }: { pair: Pair; review: Review; active: boolean }) {
  const { groups, done, busy, choose, step, undo } = review;
  const [fetched, setFetched] = useState<Pair['verdict']>();
  const verdict = pair.verdict ?? fetched;
  const [ids] = useState([pair.a.id!, pair.b.id!] as const);
  useEffect(() => {
    if (pair.verdict) return;
    // The two belong together only through others: ask what they say about each other directly.
    let stale = false;
    compare(ids[0], ids[1]).then((answer) => !stale && setFetched({ ...answer.verdict, signals: answer.verdict.signals ?? answer.signals, transform: answer.verdict.transform ?? answer.transform }), () => undefined);
    return () => { stale = true; };
  }, [pair.verdict, ids]);
  const [a] = useState(() => memberSide(pair.a));
  const [b] = useState(() => memberSide(pair.b));
  const state = usePair(a, b, verdict, pair.queryIsA);
  const group = groups![pair.group]!;
  const proposal: Choice = 'keep_a';
  const main = useRef<HTMLDivElement>(null);
  useEffect(() => main.current?.focus({ preventScroll: true }), []);
  const pick = (choice: Choice) => () => void choose(pair, choice);
  useKeys({
    ...state.keys,
    1: pick('keep_a'), 2: pick('keep_b'), 3: pick('alternate'), 4: pick('keep_both'), 5: pick('not_duplicate'),
    Enter: pick(proposal),
    ArrowLeft: () => step(-1), ArrowRight: () => step(1),
    'ctrl+z': () => void undo(),
  }, { active });
  const open = groups!.filter((one, i) => remaining(one, done[i] ?? []) > 0).length;
  return (
    <div className="judge" ref={main} tabIndex={-1}>
      <h1 className="hidden">{t('Duplicates')}</h1>
      <div className="judge-stage"><PairStage pair={state} labels={[t('1 · Left'), t('2 · Right')]} /></div>
      <JudgePanel
        pair={state} a={pair.a} b={pair.b} verdict={verdict} queryIsA={pair.queryIsA} busy={busy} proposal={proposal}
        reasons={pair.a.keep ? group.keep_reasons : []} onChoose={(choice) => void choose(pair, choice)}
        where={t('{n} group left¦{n} groups left', { n: open }) + (group.members.length > 2 ? ` · ${t('{n} pair in this one¦{n} pairs in this one', { n: remaining(group, done[pair.group] ?? []) })}` : '')}
        onStep={open > 1 ? step : undefined} onUndo={review.made.length ? () => void undo() : undefined}
      />
    </div>
  );
}
