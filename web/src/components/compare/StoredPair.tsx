import { useState } from 'react';
import { decide, undoDecision, type ImageDetail } from '../../api/client';
import { choiceWords, decisionFor, type Choice } from '../../lib/review';
import { t } from '../../lib/texts';
import { useKeys } from '../../state/keys';
import { asOwnChange, loadLibrary } from '../../state/library';
import { useMay } from '../../state/site';
import { say, sayError } from '../../state/toasts';
import { Link } from '../Link';
import { ChoiceButtons } from '../pair/ChoiceButtons';
import { FactsTable, factsOf } from '../pair/FactsTable';

// What is known and may be decided where both pictures are stored here.
export function StoredPair({ a, b, active }: { a: ImageDetail; b: ImageDetail; active: boolean }) {
  const [busy, setBusy] = useState(false);
  const decides = useMay('decide');
  const choose = async (choice: Choice) => {
    const request = decisionFor(a.id, b.id, choice);
    setBusy(true);
    try {
      const decision = await asOwnChange(() => decide(request.a, request.b, request.kind));
      say(t(choiceWords[choice]), { undo: () => asOwnChange(() => undoDecision(decision.id)).then(() => loadLibrary(), sayError) });
    } catch (reason) {
      sayError(reason);
    }
    setBusy(false);
  };
  const pick = (choice: Choice) => () => void choose(choice);
  useKeys({ 1: pick('keep_a'), 2: pick('keep_b'), 3: pick('alternate'), 4: pick('keep_both'), 5: pick('not_duplicate') }, { active: active && decides });
  return (
    <>
      {decides && <ChoiceButtons busy={busy} onChoose={(choice) => void choose(choice)} />}
      <FactsTable a={factsOf(a, a.metadata.jpeg_quality)} b={factsOf(b, b.metadata.jpeg_quality)} />
      <p className="judge-links small">
        <Link to={{ view: 'photo', id: a.id }}>{t('Open left')}</Link><Link to={{ view: 'photo', id: b.id }}>{t('Open right')}</Link>
      </p>
    </>
  );
}
