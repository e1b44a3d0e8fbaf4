import { useEffect, useRef, useState } from 'react';
import { openShare } from '../api/albums';
import { asApiError, type ApiError } from '../api/client';
import { Field, Form } from '../components/Form';
import { ErrorNote } from '../components/Note';
import { t } from '../lib/texts';
import { go } from '../state/router';

// A link that somebody gave: opened, its token leaves the address bar and this browser sees the album.
export default function ShareView({ token }: { token: string }) {
  const [state, setState] = useState<'opening' | 'password' | ApiError>('opening');
  const asked = useRef(false);
  const open = async (password?: string) => {
    const { album } = await openShare(token, password);
    go({ view: 'shared', id: album.id }, { replace: true });
  };
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    open().catch((reason: unknown) => {
      const error = asApiError(reason);
      setState(error.code === 'unauthenticated' ? 'password' : error);
    });
  });
  if (state === 'opening') return <div className="page" role="status" aria-label={t('Loading')} />;
  if (state !== 'password') return <div className="page"><ErrorNote error={state} /></div>;
  return (
    <div className="entry">
      <header><h1>{t('A shared album')}</h1><p className="muted">{t('Whoever shared it has set a password.')}</p></header>
      <div className="entry-card">
        <Form account="" submit={t('Look at it')} onSubmit={({ password }) => open(password)}>
          <Field label={t('Password')} name="password" type="password" required autoFocus autoComplete="off" />
        </Form>
      </div>
    </div>
  );
}
