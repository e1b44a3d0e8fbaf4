import { CircleAlert, CircleCheck, CircleDashed, LoaderCircle, type LucideIcon } from 'lucide-react';
import type { ModelStatus } from '../api/client';
import { ROLES, roleState, type RoleState, type RoleWords } from '../lib/models';
import { t } from '../lib/texts';
import { Rich } from './Rich';

const ICONS: Record<RoleState['tone'], LucideIcon> = { good: CircleCheck, busy: LoaderCircle, bad: CircleAlert };

// Which models are in use, how far they are, and how to get those that are missing.
export function ModelsSection({ models, photos }: { models: readonly ModelStatus[]; photos: number }) {
  return (
    <section className="stat-section" aria-labelledby="models">
      <h2 id="models">{t('Models')}</h2>
      <p className="muted small model-intro">{t('Neural networks that look at every photo in the background. Each is optional; all of them run on this machine.')}</p>
      <ul className="models">
        {ROLES.map((role) => {
          const status = models.find((one) => one.role === role.role);
          return <li key={role.role}>{status ? <InUse role={role} status={status} photos={photos} /> : <Missing role={role} />}</li>;
        })}
      </ul>
      <p className="muted small">
        <Rich text="<list>likeness models list</list> shows all that are known by name, with their licences; <from>--from FOLDER</from> takes them from a folder instead of the network."
          parts={{ list: (words) => <code>{words}</code>, from: (words) => <code>{words}</code> }} />
      </p>
    </section>
  );
}

function InUse({ role, status, photos }: { role: RoleWords; status: ModelStatus; photos: number }) {
  const { tone, words, more, share } = roleState(status, photos);
  const Icon = ICONS[tone];
  return (
    <>
      <Icon size={20} strokeWidth={1.75} className={`model-${tone}`} aria-hidden />
      <div>
        <h3>{t(role.title)} <span className="mono muted">{status.model}</span></h3>
        <p className="small numbers" role="status">{words}</p>
        {tone === 'busy' && <progress value={share} aria-label={`${t(role.title)}: ${words}`} />}
        {more.map((line) => <p key={line} className={`small${tone === 'bad' ? ' tone-bad' : ' muted'}`}>{line}</p>)}
      </div>
    </>
  );
}

function Missing({ role }: { role: RoleWords }) {
  return (
    <>
      <CircleDashed size={20} strokeWidth={1.75} className="muted" aria-hidden />
      <div>
        <h3>{t(role.title)} <span className="muted model-none">{t('none in use')}</span></h3>
        <p className="small muted"><Rich text="{gives} To have it: {command}" parts={{ gives: t(role.gives), command: <code>{role.get}</code> }} /></p>
      </div>
    </>
  );
}
