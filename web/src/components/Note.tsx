import type { LucideIcon } from 'lucide-react';
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ApiError } from '../api/client';
import { upperFirst } from '../lib/words';
import { known, t } from '../lib/texts';

// The empty state of a list: what it is for, and one action.
export function Note({ icon: Icon, title, children, actions }: { icon: LucideIcon; title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="note">
      <Icon size={40} strokeWidth={1.25} aria-hidden />
      <h2>{title}</h2>
      <p>{children}</p>
      {actions && <div className="actions">{actions}</div>}
    </div>
  );
}

// What failed in the server's own words, why, and what to do.
export function ErrorNote({ error, onRetry, more }: { error: ApiError; onRetry?: () => void; more?: ReactNode }) {
  const retry = onRetry && error.code !== 'not_found' && <button type="button" className="button" onClick={onRetry}>{t('Try again')}</button>;
  return (
    <div role="alert">
      <Note
        icon={CircleAlert}
        title={upperFirst(known(error.message))}
        actions={(more || retry) && <>{more}{retry}</>}
      >
        {upperFirst(known(error.hint))}
        {error.requestId && error.code !== 'failed_precondition' && <span className="mono small"> {t('Request {id}', { id: error.requestId })}</span>}
      </Note>
    </div>
  );
}
