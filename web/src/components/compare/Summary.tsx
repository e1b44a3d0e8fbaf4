import { LockKeyhole } from 'lucide-react';
import type { Judged } from '../../compare/core';
import type { Compared } from '../../compare/messages';
import type { Fit } from '../../compare/options';
import { differenceSentence, fidelityWords, placementWords } from '../../compare/words';
import { count } from '../../lib/format';
import { sentence } from '../../lib/words';
import { VerdictLine } from '../pair/VerdictLine';
import type { Slot } from './useComparison';

interface Props {
  slots: [Slot, Slot];
  compared: Compared | null;
  judged: Judged | null;
  busy: boolean;
  fit: Fit;
}

// How alike, what happened, and how many pixels differ: words first.
export function Summary({ slots, compared, judged, busy, fit }: Props) {
  const d = compared?.difference;
  const moved = d?.placement ? placementWords(d.placement) : [];
  return (
    <div className="judge-words" aria-live="polite" aria-busy={busy}>
      {judged ? (
        <>
          <p className="cmp-percent numbers"><strong>{percentAlike(judged.similarity_percent)} %</strong> alike</p>
          <VerdictLine kind={judged.verdict.kind} />
          <p className="judge-sentence">{sentence(judged.verdict.sentence)}</p>
          {judged.verdict.note && <p className="small muted">{sentence(judged.verdict.note)}</p>}
        </>
      ) : <p className="muted late">Comparing…</p>}
      {d && <p className="cmp-difference">{differenceSentence(d)}</p>}
      {moved.length > 0 && <p className="small">From the first to the second: {moved.join(', ')}.</p>}
      {d && fit === 'align' && !d.aligned && <p className="small cmp-note">The two do not come together, so they are compared as they lie.</p>}
      {slots.map((slot, i) => slot.byPreview && <p key={i} className="small cmp-note">This browser cannot show the original of “{slot.name}”; its preview is compared.</p>)}
      {slots.some((slot) => slot.decoded?.translucent) && <p className="small cmp-note">Translucent pixels are compared as the browser rounds them.</p>}
      {d?.fidelity && <p className="small muted numbers">{fidelityWords(d.fidelity)}</p>}
      {compared && <p className="small muted numbers">{count(d!.different)} of {count(d!.compared)} pixels{d!.antialiased > 0 ? `, ${count(d!.antialiased)} on smooth edges not counted` : ''} · {Math.round(compared.took_ms)} ms</p>}
      <p className="small muted cmp-private"><LockKeyhole size={14} aria-hidden />Compared in this browser. Nothing is uploaded.</p>
    </div>
  );
}

const percentAlike = (value: number): string => (value === 100 ? '100' : Math.min(99.9, value) >= 99 ? Math.min(99.9, value).toFixed(1) : `${Math.round(value)}`);
