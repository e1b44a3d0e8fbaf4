import type { Choice } from '../../lib/review';
import { t, type PlainText } from '../../lib/texts';

const CHOICES: [Choice, string, PlainText, PlainText][] = [
  ['keep_a', '1', 'Keep left', 'Trash the right one'],
  ['keep_b', '2', 'Keep right', 'Trash the left one'],
  ['alternate', '3', 'Versions', 'Keep both, linked'],
  ['keep_both', '4', 'Keep both', 'Both are wanted'],
  ['not_duplicate', '5', 'Not copies', 'Never ask again'],
];

// What a person may decide about two stored photos, each with its key.
export function ChoiceButtons({ proposal, busy, onChoose }: { proposal?: Choice; busy: boolean; onChoose: (choice: Choice) => void }) {
  return (
    <div className="judge-choices" role="group" aria-label={t('Choices')}>
      {CHOICES.map(([choice, key, title, what]) => (
        <button key={choice} type="button" className={`button${choice === proposal ? ' primary' : ''}`} disabled={busy} aria-keyshortcuts={key} onClick={() => onChoose(choice)}>
          <kbd>{key}</kbd><span>{t(title)}<small>{t(what)}</small></span>
        </button>
      ))}
    </div>
  );
}
