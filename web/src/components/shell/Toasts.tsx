import { dismiss, useToasts } from '../../state/toasts';
import { t } from '../../lib/texts';

export function Toasts() {
  const toasts = useToasts();
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map(({ key, text, hint, bad, undo }) => (
        <div key={key} className={`toast${bad ? ' bad' : ''}`}>
          <p>{text}{hint && <span className="hint"> {hint}</span>}</p>
          {undo && <button type="button" onClick={() => { dismiss(key); void undo(); }}>{t('Undo')}</button>}
          {!undo && <button type="button" onClick={() => dismiss(key)}>{t('OK')}</button>}
        </div>
      ))}
    </div>
  );
}
