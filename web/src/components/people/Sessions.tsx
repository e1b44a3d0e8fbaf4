import { MonitorSmartphone } from 'lucide-react';
import { endSession, listSessions } from '../../api/people';
import { agentName } from '../../lib/agent';
import { t } from '../../lib/texts';
import { exactTime, relativeTime } from '../../lib/time';
import { say, sayError } from '../../state/toasts';
import { ErrorNote } from '../Note';
import { useLoaded } from '../useLoaded';

// Where one is logged in.
export function Sessions({ changed }: { changed: number }) {
  const { value, error, again } = useLoaded(listSessions, changed);
  const end = async (id: string, words: string) => {
    try {
      await endSession(id);
      say(words);
      again();
    } catch (reason) {
      sayError(reason);
    }
  };
  return (
    <section className="settings-part" aria-labelledby="sessions">
      <h2 id="sessions">{t('Devices')}</h2>
      {error && <ErrorNote error={error} onRetry={again} />}
      <ul className="rows">
        {value?.sessions.map(({ id, agent, seen_at: seen, current }) => (
          <li key={id}>
            <MonitorSmartphone size={20} strokeWidth={1.75} aria-hidden />
            <div><strong title={agent}>{agentName(agent) || t('Unknown device')}</strong><span className="muted small">{current ? t('This one^device') : <time dateTime={seen} title={exactTime(seen)}>{t('Last seen {when}', { when: relativeTime(seen) })}</time>}</span></div>
            {!current && <button type="button" className="button small-button" onClick={() => void end(String(id), t('Logged out there'))}>{t('Log out')}</button>}
          </li>
        ))}
      </ul>
      {(value?.sessions.length ?? 0) > 1 && <button type="button" className="button" onClick={() => void end('others', t('Logged out everywhere else'))}>{t('Log out everywhere else')}</button>}
    </section>
  );
}
