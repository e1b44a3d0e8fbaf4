import { useState } from 'react';
import { leaveProvider, providerUrl, type Account } from '../../api/people';
import { t } from '../../lib/texts';
import { useSite } from '../../state/site';
import { say } from '../../state/toasts';
import { Field, Form } from '../Form';

// Other places that one logs in with: bound here, and left again.
export function Providers({ account, onChange }: { account: Account; onChange: () => void }) {
  const site = useSite();
  const [leaving, setLeaving] = useState('');
  if (!site?.providers.length) return null;
  return (
    <section className="settings-part" aria-labelledby="providers">
      <h2 id="providers">{t('Log in with another account')}</h2>
      <ul className="rows">
        {site.providers.map(({ id, name }) => (
          <li key={id}>
            <div>{name}</div>
            {account.providers?.includes(id)
              ? <button type="button" className="button small-button" onClick={() => setLeaving(id)}>{t('Remove')}</button>
              : <a className="button small-button" href={providerUrl(id)}>{t('Bind it')}</a>}
          </li>
        ))}
      </ul>
      {leaving && (
        <Form key={leaving} account={account.name} submit={t('Remove')} bad
          more={<button type="button" className="button plain" onClick={() => setLeaving('')}>{t('Cancel')}</button>}
          onSubmit={async ({ current_password }) => {
            await leaveProvider(leaving, current_password || undefined);
            setLeaving('');
            say(t('Removed'));
            onChange();
          }}>
          {account.has_password && <Field label={t('Your present password')} name="current_password" type="password" required autoFocus autoComplete="current-password" />}
        </Form>
      )}
    </section>
  );
}
