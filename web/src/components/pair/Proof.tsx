import { Check, Minus } from 'lucide-react';
import type { Signals } from '../../api/client';
import { signalWords } from '../../lib/words';
import { t } from '../../lib/texts';
import './pair.css';

// What each signal says, in words with its meaning.
export function Proof({ signals }: { signals: Signals }) {
  return (
    <ul className="proof">
      {signalWords(signals).map(({ signal, text, agrees }) => (
        <li key={signal} className={agrees ? 'agrees' : ''}>
          {agrees ? <Check size={16} strokeWidth={2.5} aria-label={t('agrees')} /> : <Minus size={16} strokeWidth={2.5} aria-label={t('does not agree')} />}
          {text}
        </li>
      ))}
    </ul>
  );
}
