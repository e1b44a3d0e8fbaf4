import { Check, Copy, Link2, Lock } from 'lucide-react';
import { useState } from 'react';
import { createShare, deleteShare, listShares } from '../../api/albums';
import { t } from '../../lib/texts';
import { fullDate } from '../../lib/time';
import { copyText } from '../../state/shell';
import { say, sayError } from '../../state/toasts';
import { Dialog } from '../Dialog';
import { Choice, Field, Form } from '../Form';
import { ErrorNote } from '../Note';
import { useLoaded } from '../useLoaded';

const DAYS = [1, 7, 30, 365] as const;

// Links with which anybody sees the album. A link is told once and copied at once.
export default function ShareDialog({ album, name, onClose }: { album: number; name: string; onClose: () => void }) {
  const { value, error, again } = useLoaded(() => listShares(album));
  const [link, setLink] = useState('');
  const [copied, setCopied] = useState(false);
  const end = async (id: number) => {
    try {
      await deleteShare(album, id);
      say(t('The link has ended'));
      again();
    } catch (reason) {
      sayError(reason);
    }
  };
  return (
    <Dialog title={t('Share “{album}”', { album: name })} onClose={onClose} width={520}>
      {link ? (
        <div className="share-link" role="group" aria-label={t('Your link')}>
          <p className="small">{t('Whoever has this link sees the photos. It is shown only now.')}</p>
          <input className="field" readOnly value={link} aria-label={t('Your link')} onFocus={(event) => event.target.select()} data-autofocus />
          <div className="form-end">
            <button type="button" className="button primary" onClick={() => void copyText(link).then(setCopied)}>{copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}{copied ? t('Copied') : t('Copy')}</button>
            <button type="button" className="button plain" onClick={() => setLink('')}>{t('Another link')}</button>
          </div>
        </div>
      ) : (
        <Form submit={t('Make a link')} onSubmit={async ({ days, password }) => {
          const until = new Date(Date.now() + Number(days) * 86_400_000).toISOString().replace(/\.\d+/, '');
          const share = await createShare(album, { expires_at: Number(days) ? until : undefined, password: password || undefined });
          const url = location.origin + share.url_path;
          setLink(url);
          setCopied(await navigator.clipboard?.writeText(url).then(() => true, () => false) ?? false);
          again();
        }}>
          <div className="form-row">
            <Choice label={t('How long')} name="days" defaultValue="30" options={[...DAYS.map((n) => [String(n), t('{n} day¦{n} days', { n })] as const), ['0', t('Until I end it')]]} />
            <Field label={t('Password, if you like')} name="password" type="text" minLength={4} maxLength={256} autoComplete="off" spellCheck={false} />
          </div>
        </Form>
      )}
      {error && <ErrorNote error={error} onRetry={again} />}
      {(value?.shares.length ?? 0) > 0 && (
        <ul className="rows share-list" aria-label={t('Links')}>
          {value!.shares.map((share) => (
            <li key={share.id}>
              {share.has_password ? <Lock size={18} strokeWidth={1.75} aria-label={t('with a password')} /> : <Link2 size={18} strokeWidth={1.75} aria-hidden />}
              <div><strong>{t('Made on {date}', { date: fullDate(share.created_at) })}</strong><span className="muted small">{share.expires_at ? t('until {date}', { date: fullDate(share.expires_at) }) : t('until it is ended')}</span></div>
              <button type="button" className="button small-button bad" onClick={() => void end(share.id)}>{t('End')}</button>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
