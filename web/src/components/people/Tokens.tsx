import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { addToken, listTokens, removeToken, type TokenScope } from '../../api/people';
import { t, type PlainText } from '../../lib/texts';
import { fullDate } from '../../lib/time';
import { say, sayError } from '../../state/toasts';
import { Choice, Field, Form } from '../Form';
import { ErrorNote } from '../Note';
import { useLoaded } from '../useLoaded';
import { Secret } from './Secret';

const SCOPES: [TokenScope, PlainText, PlainText][] = [
  ['read', 'Read', 'See, search and download what you may see'],
  ['add', 'Add^scope', 'Add photos in your name'],
  ['edit', 'Edit^scope', 'Change photos, albums and favourites'],
  ['moderate', 'Moderate', 'Approve photos, decide about copies'],
  ['manage', 'Manage', 'Accounts and settings'],
];
const MONTHS = [1, 3, 12, 36] as const;

// For programs: a token speaks for its account, within its scopes.
export function Tokens({ scopes, hasPassword }: { scopes: readonly TokenScope[]; hasPassword: boolean }) {
  const { value, error, again } = useLoaded(listTokens);
  const [state, setState] = useState<'' | 'new' | { token: string }>('');
  const remove = async (id: number) => {
    try {
      await removeToken(id);
      say(t('The token is no longer good'));
      again();
    } catch (reason) {
      sayError(reason);
    }
  };
  return (
    <section className="settings-part" aria-labelledby="tokens">
      <h2 id="tokens">{t('API tokens')}</h2>
      <p className="muted small">{t('For programs of yours. A token may do what you may do, within what you allow it here.')}</p>
      {error && <ErrorNote error={error} onRetry={again} />}
      <ul className="rows">
        {value?.tokens.map((token) => (
          <li key={token.id}>
            <KeyRound size={20} strokeWidth={1.75} aria-hidden />
            <div>
              <strong>{token.name}</strong>
              <span className="muted small">{token.scopes.map((scope) => t(SCOPES.find(([name]) => name === scope)?.[1] ?? 'Read')).join(', ')} · {t('until {date}', { date: fullDate(token.expires_at) })}</span>
            </div>
            <button type="button" className="button small-button bad" onClick={() => void remove(token.id)}>{t('Remove')}</button>
          </li>
        ))}
      </ul>
      {state === '' && <button type="button" className="button" onClick={() => setState('new')}>{t('New token')}</button>}
      {state === 'new' && (
        <Form className="entry-card" submit={t('Make the token')} more={<button type="button" className="button plain" onClick={() => setState('')}>{t('Cancel')}</button>}
          onSubmit={async ({ name, months, current_password }, form) => {
            const wanted = new FormData(form).getAll('scope') as TokenScope[];
            const until = new Date();
            until.setMonth(until.getMonth() + Number(months));
            const made = await addToken({ name: name!.trim(), scopes: wanted, expires_at: until.toISOString().replace(/\.\d+/, ''), current_password });
            setState({ token: made.token ?? '' });
            again();
          }}>
          <Field label={t('What it is for')} name="name" required autoFocus maxLength={64} placeholder={t('backup script')} autoComplete="off" />
          <fieldset className="plain-group choice-cards">
            <legend className="form-legend">{t('What it may do')}</legend>
            {SCOPES.filter(([scope]) => scopes.includes(scope)).map(([scope, title, what]) => (
              <label key={scope} className="choice-card"><input type="checkbox" name="scope" value={scope} defaultChecked={scope === 'read'} />{t(title)}<small>{t(what)}</small></label>
            ))}
          </fieldset>
          {hasPassword && <Field label={t('Your password')} name="current_password" type="password" required autoComplete="current-password" />}
          <Choice label={t('How long')} name="months" defaultValue="12" options={MONTHS.map((n) => [String(n), t('{n} month¦{n} months', { n })])} />
        </Form>
      )}
      {typeof state === 'object' && <Secret title={t('Your token')} text={state.token} onDone={() => setState('')}>{t('Copy it now: it is shown only once. Programs send it as “Authorization: Bearer TOKEN”.')}</Secret>}
    </section>
  );
}
