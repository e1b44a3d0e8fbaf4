import { UserPlus, UserRound } from 'lucide-react';
import { useEffect, useState } from 'react';
import { asApiError, type ApiError } from '../api/client';
import { addUser, editSettings, editUser, getSettings, listUsers, removeUser, type Account, type Role, type Settings } from '../api/people';
import { Dialog } from '../components/Dialog';
import { Choice, Field, Form } from '../components/Form';
import { ErrorNote } from '../components/Note';
import { useLoaded } from '../components/useLoaded';
import { ROLE_WORDS, ROLES_IN_ORDER } from '../lib/roles';
import { t } from '../lib/texts';
import { fullDate } from '../lib/time';
import { loadSite, useSite } from '../state/site';
import { say, sayError } from '../state/toasts';
import './settings.css';

export default function AdminView() {
  return (
    <div className="page narrow settings">
      <header className="page-head"><h1>{t('Administration')}</h1></header>
      <Users />
      <SiteSettings />
    </div>
  );
}

function Users() {
  const me = useSite()?.user?.id;
  const [users, setUsers] = useState<Account[]>([]);
  const [cursor, setCursor] = useState<string | undefined>('');
  const [error, setError] = useState<ApiError | null>(null);
  const [dialog, setDialog] = useState<'' | 'new' | Account>('');
  const more = (from?: string) => listUsers(from || undefined).then((page) => {
    setUsers((before) => (from ? [...before, ...page.users] : page.users));
    setCursor(page.next_cursor);
    setError(null);
  }, (reason: unknown) => setError(asApiError(reason)));
  useEffect(() => void more(), []);
  const change = async (id: number, what: { role?: Role; disabled?: boolean }) => {
    try {
      const next = await editUser(id, what);
      setUsers((before) => before.map((user) => (user.id === id ? next : user)));
      say(t('Saved'));
    } catch (reason) {
      sayError(reason);
      setUsers((before) => [...before]);  // the choice goes back to what is true
    }
  };
  return (
    <section className="settings-part" aria-labelledby="users">
      <h2 id="users">{t('People')}</h2>
      {error && <ErrorNote error={error} onRetry={() => void more()} />}
      <ul className="rows">
        {users.map((user) => (
          <li key={user.id} className={user.disabled ? 'off' : ''}>
            <UserRound size={20} strokeWidth={1.75} aria-hidden />
            <div><strong>{user.name}</strong><span className="muted small">{[user.email, t('since {date}', { date: fullDate(user.created_at) })].filter(Boolean).join(' · ')}</span></div>
            <select className="field" aria-label={t('Role of {name}', { name: user.name })} value={user.role} disabled={user.id === me} onChange={(event) => void change(user.id, { role: event.target.value as Role })}>
              {ROLES_IN_ORDER.map((role) => <option key={role} value={role}>{t(ROLE_WORDS[role][0])}</option>)}
            </select>
            {user.id !== me && <button type="button" className="button small-button" onClick={() => void change(user.id, { disabled: !user.disabled })}>{user.disabled ? t('Enable') : t('Disable')}</button>}
            {user.id !== me && <button type="button" className="button small-button bad" onClick={() => setDialog(user)}>{t('Delete')}</button>}
          </li>
        ))}
      </ul>
      <div className="form-end">
        <button type="button" className="button" onClick={() => setDialog('new')}><UserPlus size={18} aria-hidden />{t('Add somebody')}</button>
        {cursor && <button type="button" className="button plain" onClick={() => void more(cursor)}>{t('More')}</button>}
      </div>
      {dialog === 'new' && (
        <Dialog title={t('Add somebody')} onClose={() => setDialog('')} width={480}>
          <Form submit={t('Add')} onSubmit={async ({ name, email, password, role }) => {
            const made = await addUser({ name: name!.trim(), email: email!.trim() || undefined, password: password!, role: role as Role });
            setUsers((before) => [...before, made]);
            setDialog('');
            say(t('{name} can log in now', { name: made.name }));
          }}>
            <Field label={t('Name^person')} name="name" required data-autofocus maxLength={64} autoComplete="off" />
            <Field label={t('Mail address, if you like')} name="email" type="email" autoComplete="off" />
            <Field label={t('Password')} name="password" type="password" required minLength={8} maxLength={128} autoComplete="new-password" hint={t('At least {n} characters.', { n: 8 })} />
            <Choice label={t('Role')} name="role" defaultValue="user" options={ROLES_IN_ORDER.map((role) => [role, `${t(ROLE_WORDS[role][0])}: ${t(ROLE_WORDS[role][1])}`])} />
          </Form>
        </Dialog>
      )}
      {typeof dialog === 'object' && (
        <Dialog title={t('Delete the account of {name}?', { name: dialog.name })} onClose={() => setDialog('')} width={440}>
          <p>{t('Their photos stay and belong to nobody any more. This cannot be undone; disabling can.')}</p>
          <div className="dialog-actions">
            <button type="button" className="button" data-autofocus onClick={() => setDialog('')}>{t('Cancel')}</button>
            <button type="button" className="button bad" onClick={() => void removeUser(dialog.id).then(() => { setUsers((before) => before.filter(({ id }) => id !== dialog.id)); setDialog(''); }, sayError)}>{t('Delete the account')}</button>
          </div>
        </Dialog>
      )}
    </section>
  );
}

function SiteSettings() {
  const { value: settings, error, set, again } = useLoaded(getSettings);
  if (error) return <ErrorNote error={error} onRetry={again} />;
  if (!settings) return null;
  return (
    <section className="settings-part" aria-labelledby="settings">
      <h2 id="settings">{t('Settings')}</h2>
      <Form submit={t('Save')} onSubmit={async ({ site_name, visitors, sign_up, trash_days }) => {
        set(await editSettings({ site_name: site_name!.trim(), visitors: visitors as Settings['visitors'], sign_up: sign_up as Settings['sign_up'], trash_days: Number(trash_days) }));
        void loadSite();
        say(t('Saved'));
      }}>
        <Field label={t('Name of the gallery')} name="site_name" required maxLength={100} defaultValue={settings.site_name} />
        <div className="form-row">
          <Choice label={t('Who may look?')} name="visitors" defaultValue={settings.visitors} options={[['look', t('Everybody')], ['nothing', t('Only who has an account')]]} />
          <Choice label={t('New accounts')} name="sign_up" defaultValue={settings.sign_up} options={[['closed', t('Only you add them')], ['open', t('Everybody can make one')]]} />
        </div>
        <Field label={t('Days in the trash')} name="trash_days" type="number" min={0} max={3650} required defaultValue={settings.trash_days} hint={t('Then photos are deleted for good. 0: never by themselves.')} />
      </Form>
    </section>
  );
}
