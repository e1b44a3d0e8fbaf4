import { Check, Copy } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { t } from '../../lib/texts';
import { copyText } from '../../state/shell';

// Something that is shown this once.
export function Secret({ title, text, children, onDone }: { title: string; text: string; children: ReactNode; onDone: () => void }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="secret" role="group" aria-label={title}>
      <h3>{title}</h3>
      <p className="small">{children}</p>
      <pre className="mono">{text}</pre>
      <div className="form-end">
        <button type="button" className="button primary" onClick={() => void copyText(text).then(setCopied)}>{copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}{copied ? t('Copied') : t('Copy')}</button>
        <button type="button" className="button" onClick={onDone}>{t('I have kept it')}</button>
      </div>
    </div>
  );
}
