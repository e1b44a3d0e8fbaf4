import { LockKeyhole } from 'lucide-react';
import type { Judged } from '../../compare/core';
import type { Compared } from '../../compare/messages';
import type { Fit } from '../../compare/options';
import { differenceSentence, fidelityWords, placementWords } from '../../compare/words';
import { decimal } from '../../lib/format';
import { sentence } from '../../lib/words';
import { t } from '../../lib/texts';
import { Rich } from '../Rich';
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
  const moved = d?.alignment ? placementWords(d.alignment) : [];
  return (
    <div className="judge-words" aria-live="polite" aria-busy={busy}>
      {judged ? (
        <>
          <p className="cmp-percent numbers"><Rich text="<strong>{n} %</strong> alike" parts={{ n: percentAlike(judged.similarity_percent), strong: (words) => <strong>{words}</strong> }} /></p>
          <VerdictLine kind={judged.verdict.kind} />
          <p className="judge-sentence">{sentence(judged.verdict.sentence)}</p>
          {judged.verdict.note && <p className="small muted">{sentence(judged.verdict.note)}</p>}
        </>
      ) : <p className="muted late">{t('Comparing…')}</p>}
      {d && <p className="cmp-difference">{differenceSentence(d)}</p>}
      {moved.length > 0 && <p className="small">{t('From the first to the second: {words}.', { words: moved.join(', ') })}</p>}
      {d && fit === 'align' && !d.aligned && <p className="small cmp-note">{t('The two do not come together, so they are compared as they lie.')}</p>}
      {slots.map((slot, i) => slot.byPreview && <p key={i} className="small cmp-note">{byPreviewSentence(slot)}</p>)}
      {slots.some((slot) => slot.decoded?.translucent) && <p className="small cmp-note">{t('Translucent pixels are compared as the browser rounds them.')}</p>}
      {d && fidelityWords(d) && <p className="small muted numbers">{fidelityWords(d)}</p>}
      {compared && <p className="small muted numbers">{t('{some} of {all} pixels', { some: d!.different_pixels, all: d!.compared_pixels })}{d!.antialiased_pixels > 0 ? `, ${t('{n} on smooth edges not counted', { n: d!.antialiased_pixels })}` : ''} · {t('{n} ms', { n: Math.round(compared.took_ms) })}</p>}
      <p className="small muted cmp-private"><LockKeyhole size={14} aria-hidden />{t('Compared in this browser. Nothing is uploaded.')}</p>
    </div>
  );
}

const byPreviewSentence = ({ byPreview, name }: Slot): string =>
  (byPreview === 'unreadable'
    ? t('This browser cannot show the original of “{name}”; its preview is compared.', { name })
    : t('The original of “{name}” may say where it was taken and goes only to those who have logged in; its preview is compared.', { name }));

const percentAlike = (value: number): string => (value === 100 ? '100' : Math.min(99.9, value) >= 99 ? decimal(Math.min(99.9, value), 1) : `${Math.round(value)}`);
