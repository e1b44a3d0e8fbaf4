import { ChevronLeft, ChevronRight, Crosshair, Diff, FlipHorizontal2, Sparkles, Undo2, ZoomIn } from 'lucide-react';
import type { GroupMember, Verdict } from '../../api/client';
import { proofWords, sentence } from '../../lib/words';
import type { Choice } from '../../lib/review';
import { t } from '../../lib/texts';
import { IconButton, Tip } from '../IconButton';
import { Link } from '../Link';
import { ChoiceButtons } from './ChoiceButtons';
import { FactsTable } from './FactsTable';
import { Proof } from './Proof';
import type { PairState } from './usePair';
import { VerdictLine } from './VerdictLine';

interface Props {
  pair: PairState;
  a: GroupMember;
  b: GroupMember;
  verdict: Verdict | undefined;
  queryIsA?: boolean;  // of which side the sentence speaks
  reasons: readonly string[];
  proposal?: Choice;
  busy: boolean;
  where: string;
  onChoose: (choice: Choice) => void;
  onStep?: (by: 1 | -1) => void;
  onUndo?: () => void;
}

// Words first, then the choices with their keys, then the proof.
export function JudgePanel({ pair, a, b, verdict, queryIsA, reasons, proposal, busy, where, onChoose, onStep, onUndo }: Props) {
  return (
    <aside className="judge-panel" aria-label={t('Verdict and choices')}>
      <header className="judge-head">
        <span className="muted small numbers">{where}</span>
        <span className="judge-steps">
          {onUndo && <IconButton icon={Undo2} label={t('Undo')} shortcut="Ctrl Z" onClick={onUndo} />}
          {onStep && <IconButton icon={ChevronLeft} label={t('Previous group')} shortcut="←" onClick={() => onStep(-1)} />}
          {onStep && <IconButton icon={ChevronRight} label={t('Next group')} shortcut="→" onClick={() => onStep(1)} />}
        </span>
      </header>
      <div className="judge-words" aria-live="polite">
        {verdict ? <><VerdictLine kind={verdict.kind} /><p className="judge-sentence">{sentence(verdict.sentence)}</p>{queryIsA === undefined ? null : <p className="muted small">{queryIsA ? t('Said of the left one, beside the other.') : t('Said of the right one, beside the other.')}</p>}</> : <p className="muted late">{t('Comparing…')}</p>}
        {reasons.length > 0 && (
          <div className="judge-reasons">
            <Sparkles size={16} aria-hidden />
            <div><strong>{t('Keep the left one:')}</strong> {reasons.map(sentence).join('; ')}</div>
          </div>
        )}
      </div>
      <ChoiceButtons proposal={proposal} busy={busy} onChoose={onChoose} />
      <Looks pair={pair} verdict={verdict} />
      <FactsTable a={a} b={b} />
      <p className="judge-links small">
        <Link to={{ view: 'photo', id: a.id! }}>{t('Open left')}</Link><Link to={{ view: 'photo', id: b.id! }}>{t('Open right')}</Link>
        <Link to={{ view: 'compare', a: a.id!, b: b.id! }}>{t('Pixel by pixel')}</Link>
      </p>
      {verdict?.signals && <section><h3>{t('Why')}</h3><Proof signals={verdict.signals} /></section>}
    </aside>
  );
}

// Ways to look at the pair.
function Looks({ pair, verdict }: { pair: PairState; verdict: Verdict | undefined }) {
  const points = verdict?.signals?.points?.length ?? 0;
  const looks = [
    { label: t('Flip'), shortcut: 'Space', icon: FlipHorizontal2, on: pair.mode === 'flip', act: pair.flip, shown: true },
    { label: t('Zoom'), shortcut: 'z', icon: ZoomIn, on: pair.zoom, act: () => pair.setZoom(!pair.zoom), shown: true },
    { label: t('Difference'), shortcut: 'd', icon: Diff, on: pair.mode === 'difference', act: () => pair.setMode(pair.mode === 'difference' ? 'side' : 'difference'), shown: true },
    { label: proofWords({ inliers: points }) || t('Points'), shortcut: 'p', icon: Crosshair, on: pair.points, act: () => pair.setPoints(!pair.points), shown: points > 0 },
  ];
  return (
    <div className="judge-looks" role="group" aria-label={t('Ways to look')}>
      {looks.filter((look) => look.shown).map(({ label, shortcut, icon: Icon, on, act }) => (
        <Tip key={shortcut} label={label} shortcut={shortcut}>
          <button type="button" className="chip" aria-pressed={on} onClick={act}><Icon size={15} aria-hidden />{label}</button>
        </Tip>
      ))}
    </div>
  );
}
