import { CircleCheck, MailCheck } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { captchaFor } from '../api/captcha';
import { ApiError, asApiError } from '../api/client';
import { confirmEmail, logIn, providerUrl, recover, resetPassword, setUp, signUp, type Site } from '../api/people';
import { Field, Form } from '../components/Form';
import { Link } from '../components/Link';
import { ErrorNote, Note } from '../components/Note';
import { t, type PlainText } from '../lib/texts';
import { go } from '../state/router';
import { setSite, useSite } from '../state/site';

type Kind = 'login' | 'signup' | 'forgot' | 'confirm' | 'reset' | 'setup';
const HOME = { view: 'gallery', tag: '' } as const;
const PASSWORD_MIN = 8, PASSWORD_MAX = 128;

// What the address carries behind "#" is for this page alone: it is taken out of the bar before anything else.
function useFragment(): string {
  const [text] = useState(() => decodeURIComponent(location.hash.slice(1)));
  useEffect(() => {
    if (location.hash) history.replaceState(history.state, '', location.pathname + location.search);
  }, []);
  return text;
}

export default function EntryView({ kind }: { kind: Kind }) {
  const site = useSite();
  const secret = useFragment();
  switch (kind) {
    case 'login': return <LogIn site={site} trouble={secret} />;
    case 'signup': return <SignUp site={site} />;
    case 'forgot': return <Forgot site={site} />;
    case 'confirm': return <Confirm token={secret} />;
    case 'reset': return <Reset token={secret} />;
    case 'setup': return <Setup code={secret} />;
  }
}

function Entry({ title, words, children, foot }: { title: string; words?: string; children: ReactNode; foot?: ReactNode }) {
  return (
    <div className="entry">
      <header><h1>{title}</h1>{words && <p className="muted">{words}</p>}</header>
      <div className="entry-card">{children}</div>
      {foot && <div className="entry-foot">{foot}</div>}
    </div>
  );
}

const NewPassword = () => <Field label={t('Password')} name="password" type="password" required minLength={PASSWORD_MIN} maxLength={PASSWORD_MAX} autoComplete="new-password" hint={t('At least {n} characters.', { n: PASSWORD_MIN })} />;

const TROUBLES: Record<string, PlainText> = {
  refused: 'The other site was not allowed to tell who you are.',
  expired: 'Logging in took too long. Try again.',
  unverified: 'The other site has not confirmed your mail address.',
  taken: 'Your mail address belongs to an account here: log in with its password.',
  closed: 'New accounts are not open here.',
  disabled: 'This account is disabled.',
  trouble: 'The other site did not answer as it should. Try again later.',
};

function LogIn({ site, trouble }: { site: Site | null; trouble: string }) {
  const [asked, setAsked] = useState<{ login: string; password: string } | null>(null);
  const check = useRef<HTMLDivElement>(null);
  const enter = (found: Site) => {
    setSite(found);
    go(HOME, { replace: true });
  };
  if (asked) {
    return (
      <Entry title={t('Second step')} words={t('Enter the six digits that your authenticator shows, or a recovery code.')}
        foot={<button type="button" className="link-button" onClick={() => setAsked(null)}>{t('Back')}</button>}>
        <Form key="code" submit={t('Log in')} onSubmit={async ({ code }) => enter(await logIn({ ...asked, code: code!.trim() }))}>
          <Field label={t('Code')} name="code" required autoFocus autoComplete="one-time-code" inputMode="text" spellCheck={false} className="field numbers" />
        </Form>
      </Entry>
    );
  }
  const said = trouble in TROUBLES ? TROUBLES[trouble] : undefined;
  return (
    <Entry title={t('Log in')} foot={<>
      {site?.sign_up === 'open' && <Link to={{ view: 'signup' }}>{t('Make an account')}</Link>}
      {site?.mail && <Link to={{ view: 'forgot' }}>{t('Forgotten the password?')}</Link>}
    </>}>
      {said && <p className="form-error" role="alert">{t(said)}</p>}
      <Form
        key="password"
        submit={t('Log in')}
        onSubmit={async ({ login, password }) => {
          const who = { login: login!.trim(), password: password! };
          try {
            enter(await logIn({ ...who, captcha: await captchaFor(site, 'login', check.current) }));
          } catch (error) {
            if (asApiError(error).code !== 'second_factor') throw error;
            setAsked(who);
          }
        }}
      >
        <Field label={t('Name or mail address')} name="login" required autoFocus autoComplete="username" autoCapitalize="none" spellCheck={false} />
        <Field label={t('Password')} name="password" type="password" required autoComplete="current-password" />
        <div ref={check} />
      </Form>
      {(site?.providers.length ?? 0) > 0 && (
        <div className="entry-else">
          {site!.providers.map(({ id, name }) => <a key={id} className="button" href={providerUrl(id)}>{t('Log in with {name}', { name })}</a>)}
        </div>
      )}
    </Entry>
  );
}

function MailSent({ children }: { children: ReactNode }) {
  return <div className="page"><Note icon={MailCheck} title={t('Look into your mail')} actions={<Link className="button" to={HOME}>{t('All photos')}</Link>}>{children}</Note></div>;
}

function SignUp({ site }: { site: Site | null }) {
  const [sent, setSent] = useState(false);
  const check = useRef<HTMLDivElement>(null);
  if (sent) return <MailSent>{t('If this address is free, a link that confirms it is on its way. It is good for a day.')}</MailSent>;
  if (site && site.sign_up !== 'open') {
    const error = new ApiError('failed_precondition', t('New accounts are not open here.'), t('Ask whoever runs this gallery.'));
    return <div className="page"><ErrorNote error={error} /></div>;
  }
  return (
    <Entry title={t('Make an account')} words={t('With one you can add photos, collect albums and mark favourites.')} foot={<Link to={{ view: 'login' }}>{t('I have an account')}</Link>}>
      <Form submit={t('Make the account')} onSubmit={async ({ name, email, password }) => {
        await signUp({ name: name!.trim(), email: email!.trim(), password: password!, captcha: await captchaFor(site, 'signup', check.current) });
        setSent(true);
      }}>
        <Field label={t('Name^person')} name="name" required autoFocus autoComplete="username" maxLength={64} hint={t('Others see it beside what you add.')} />
        <Field label={t('Mail address')} name="email" type="email" required autoComplete="email" />
        <NewPassword />
        <div ref={check} />
      </Form>
    </Entry>
  );
}

function Forgot({ site }: { site: Site | null }) {
  const [sent, setSent] = useState(false);
  const check = useRef<HTMLDivElement>(null);
  if (sent) return <MailSent>{t('If there is an account with this address, a link to a new password is on its way. It is good for a day.')}</MailSent>;
  return (
    <Entry title={t('Forgotten the password?')} words={t('We send you a link with which you choose a new one.')} foot={<Link to={{ view: 'login' }}>{t('Log in')}</Link>}>
      <Form submit={t('Send the link')} onSubmit={async ({ email }) => {
        await recover({ email: email!.trim(), captcha: await captchaFor(site, 'recovery', check.current) });
        setSent(true);
      }}>
        <Field label={t('Mail address')} name="email" type="email" required autoFocus autoComplete="email" />
        <div ref={check} />
      </Form>
    </Entry>
  );
}

function Confirm({ token }: { token: string }) {
  const [state, setState] = useState<'waiting' | 'done' | ApiError>('waiting');
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) return;  // the token is good for one answer
    asked.current = true;
    confirmEmail(token).then(() => setState('done'), (error: unknown) => setState(asApiError(error)));
  }, [token]);
  if (state === 'waiting') return <div className="page" role="status" aria-label={t('Loading')} />;
  if (state !== 'done') return <div className="page"><ErrorNote error={state} more={<Link className="button" to={{ view: 'login' }}>{t('Log in')}</Link>} /></div>;
  return (
    <div className="page">
      <Note icon={CircleCheck} title={t('Your address is confirmed')} actions={<Link className="button primary" to={{ view: 'login' }}>{t('Log in')}</Link>}>{t('You can log in now.')}</Note>
    </div>
  );
}

function Reset({ token }: { token: string }) {
  const [done, setDone] = useState(false);
  if (done) {
    return (
      <div className="page">
        <Note icon={CircleCheck} title={t('The password is changed')} actions={<Link className="button primary" to={{ view: 'login' }}>{t('Log in')}</Link>}>
          {t('All devices were logged out. Log in with the new password.')}
        </Note>
      </div>
    );
  }
  return (
    <Entry title={t('A new password')} foot={<Link to={{ view: 'forgot' }}>{t('Ask for another link')}</Link>}>
      <Form account="" submit={t('Change the password')} onSubmit={async ({ password }) => { await resetPassword({ token, password: password! }); setDone(true); }}>
        <NewPassword />
      </Form>
    </Entry>
  );
}

function Setup({ code }: { code: string }) {
  return (
    <Entry title={t('Set up the gallery')} words={t('The first account runs the gallery: it may do everything and gives others their roles.')}>
      <Form submit={t('Begin')} onSubmit={async ({ code: typed, name, email, password, visitors }) => {
        setSite(await setUp({ code: code || typed!.trim(), name: name!.trim(), email: email!.trim() || undefined, password: password!, visitors: visitors as Site['visitors'] }));
        go(HOME, { replace: true });
      }}>
        {!code && <Field label={t('Code from the server’s start')} name="code" required autoComplete="off" spellCheck={false} className="field mono" />}
        <Field label={t('Name^person')} name="name" required autoFocus autoComplete="username" maxLength={64} />
        <Field label={t('Mail address, if you like')} name="email" type="email" autoComplete="email" hint={t('For a new password when the old one is forgotten.')} />
        <NewPassword />
        <fieldset className="plain-group choice-cards">
          <legend className="form-legend">{t('Who may look?')}</legend>
          <label className="choice-card"><input type="radio" name="visitors" value="look" defaultChecked />{t('Everybody')}<small>{t('Public photos are seen without logging in.')}</small></label>
          <label className="choice-card"><input type="radio" name="visitors" value="nothing" />{t('Only who has an account')}<small>{t('Everybody else sees the page for logging in.')}</small></label>
        </fieldset>
      </Form>
    </Entry>
  );
}
