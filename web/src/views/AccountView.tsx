import { useState } from 'react';
import { editAccount, getAccount, type Account, type TokenScope } from '../api/people';
import { Field, Form } from '../components/Form';
import { Link } from '../components/Link';
import { ErrorNote } from '../components/Note';
import { Providers } from '../components/people/Providers';
import { SecondFactor } from '../components/people/SecondFactor';
import { Sessions } from '../components/people/Sessions';
import { Tokens } from '../components/people/Tokens';
import { useLoaded } from '../components/useLoaded';
import { ROLE_WORDS } from '../lib/roles';
import { t } from '../lib/texts';
import { loadSite, useMay } from '../state/site';
import { say } from '../state/toasts';
import './settings.css';

export default function AccountView() {
  const { value: account, error, set, again } = useLoaded(getAccount);
  const [sessions, setSessions] = useState(0);
  const [moderates, manages] = [useMay('moderate'), useMay('manage')];
  if (error) return <div className="page"><ErrorNote error={error} onRetry={again} more={error.code === 'unauthenticated' && <Link className="button primary" to={{ view: 'login' }}>{t('Log in')}</Link>} /></div>;
  if (!account) return <div className="page narrow"><div className="skeleton settings-waiting late" role="status" aria-label={t('Loading')} /></div>;
  const keep = (next: Account) => {
    set(next);
    void loadSite();
  };
  const scopes: TokenScope[] = ['read', 'add', 'edit', ...(moderates ? ['moderate' as const] : []), ...(manages ? ['manage' as const] : [])];
  const current = account.has_password && <Field label={t('Your present password')} name="current_password" type="password" required autoComplete="current-password" />;
  return (
    <div className="page narrow settings">
      <header className="page-head"><h1>{t('Your account')}</h1><p>{t(ROLE_WORDS[account.role][0])}</p></header>
      <section className="settings-part" aria-labelledby="who">
        <h2 id="who">{t('Who you are')}</h2>
        <Form key={`${account.name}/${account.email}`} submit={t('Save')} onSubmit={async ({ name, email, current_password }) => {
          const change = { name: name!.trim() === account.name ? undefined : name!.trim(), email: email!.trim() === account.email ? undefined : email!.trim() };
          keep(await editAccount({ ...change, current_password: current_password || undefined }));
          say(change.email ? t('Saved. A link that confirms the address is on its way.') : t('Saved'));
        }}>
          <div className="form-row">
            <Field label={t('Name^person')} name="name" required defaultValue={account.name} maxLength={64} autoComplete="username" />
            <Field label={t('Mail address')} name="email" type="email" defaultValue={account.email} autoComplete="email" hint={account.unconfirmed_email && t('{address} waits for its confirmation.', { address: account.unconfirmed_email })} />
          </div>
          {current}
        </Form>
      </section>
      <section className="settings-part" aria-labelledby="password">
        <h2 id="password">{t('Password')}</h2>
        <Form account={account.name} submit={t('Change the password')} onSubmit={async ({ password, current_password }, form) => {
          keep(await editAccount({ password, current_password: current_password || undefined }));
          form.reset();
          setSessions((before) => before + 1);
          say(t('The password is changed; other devices were logged out.'));
        }}>
          <div className="form-row">
            {current}
            <Field label={t('A new password')} name="password" type="password" required minLength={8} maxLength={128} autoComplete="new-password" hint={t('At least {n} characters.', { n: 8 })} />
          </div>
        </Form>
      </section>
      <SecondFactor account={account} onChange={() => { again(); void loadSite(); }} />
      <Providers account={account} onChange={again} />
      <Sessions changed={sessions} />
      <Tokens scopes={scopes} hasPassword={account.has_password} />
    </div>
  );
}
