import { dismiss, useToasts } from '../../state/toasts';

export function Toasts() {
  const toasts = useToasts();
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map(({ key, text, hint, bad, undo }) => (
        <div key={key} className={`toast${bad ? ' bad' : ''}`}>
          <p>{text}{hint && <span className="hint"> {hint}</span>}</p>
          {undo && <button type="button" onClick={() => { dismiss(key); void undo(); }}>Undo</button>}
          {!undo && <button type="button" onClick={() => dismiss(key)}>OK</button>}
        </div>
      ))}
    </div>
  );
}
