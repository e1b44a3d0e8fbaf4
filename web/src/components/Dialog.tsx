// A modal dialog on the browser's own <dialog>: it traps focus, makes the rest inert and closes on Escape, without the inline
// style element that script-made scroll locks need and that the content security policy forbids.
import { X } from 'lucide-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useKeys, type Keys } from '../state/keys';
import { t } from '../lib/texts';

interface Props {
  title: string;
  onClose: () => void;
  width?: number;
  keys?: Keys;
  children: ReactNode;
}

const NO_KEYS: Keys = {};

export function Dialog({ title, onClose, width, keys = NO_KEYS, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useKeys(keys, { modal: true });
  useEffect(() => {
    const dialog = ref.current!;
    const before = document.activeElement;
    if (width) dialog.style.setProperty('--dialog-width', `${width}px`);
    dialog.showModal();
    (dialog.querySelector<HTMLElement>('[data-autofocus]') ?? dialog).focus();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [width]);
  return (
    <dialog
      ref={ref}
      className="dialog"
      tabIndex={-1}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => event.target === ref.current && onClose()}
    >
      <header className="dialog-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" className="icon-button" aria-label={t('Close')} title={t('Close (Esc)')} onClick={onClose}><X size={20} strokeWidth={1.75} aria-hidden /></button>
      </header>
      <div className="dialog-body">{children}</div>
    </dialog>
  );
}
