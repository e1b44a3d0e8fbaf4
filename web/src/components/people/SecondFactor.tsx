import { useState } from 'react';
import { beginTotp, confirmTotp, endTotp, type Account } from '../../api/people';
import { t } from '../../lib/texts';
import { say } from '../../state/toasts';
import { Field, Form } from '../Form';
import { Secret } from './Secret';
import { QrCode } from './QrCode';

type Step = { at: 'idle' } | { at: 'password' | 'off' } | { at: 'code'; secret: string; uri: string } | { at: 'codes'; codes: string[] };

// A second step at log-in: the secret as a QR code, its proof, and the codes for when the phone is lost.
export function SecondFactor({ account, onChange }: { account: Account; onChange: () => void }) {
  const [step, setStep] = useState<Step>({ at: 'idle' });
  const begin = async (password?: string) => setStep({ at: 'code', ...(await beginTotp(password)) });
  const back = <button type="button" className="button plain" onClick={() => setStep({ at: 'idle' })}>{t('Cancel')}</button>;
  const password = <Field label={t('Your password')} name="password" type="password" required autoFocus autoComplete="current-password" />;
  return (
    <section className="settings-part" aria-labelledby="totp">
      <h2 id="totp">{t('Second step')}</h2>
      {step.at === 'idle' && (
        <>
          <p className="muted small">{account.totp ? t('On: logging in asks for a code of your authenticator too.') : t('Off. With it, your password alone is not enough to log in.')}</p>
          <button type="button" className={`button${account.totp ? ' bad' : ''}`} onClick={() => setStep({ at: account.totp ? 'off' : 'password' })}>{account.totp ? t('Switch it off') : t('Switch it on')}</button>
        </>
      )}
      {step.at === 'password' && (
        <Form account={account.name} submit={t('Continue')} onSubmit={({ password: typed }) => begin(typed || undefined)} more={back}>
          {account.has_password ? password : <p className="muted small">{t('You need an authenticator on your phone.')}</p>}
        </Form>
      )}
      {step.at === 'off' && (
        <Form account={account.name} submit={t('Switch it off')} bad more={back} onSubmit={async ({ password: typed }) => {
          await endTotp(typed || undefined);
          setStep({ at: 'idle' });
          say(t('The second step is off'));
          onChange();
        }}>{account.has_password && password}</Form>
      )}
      {step.at === 'code' && (
        <div className="totp">
          <QrCode text={step.uri} label={t('QR code for the authenticator')} />
          <Form submit={t('Switch it on')} more={back} onSubmit={async ({ code }) => {
            const { recovery_codes: codes } = await confirmTotp(code!.trim());
            setStep({ at: 'codes', codes });
            onChange();
          }}>
            <p className="small">{t('Read the square with your authenticator, then enter the six digits that it shows.')}</p>
            <details className="small"><summary>{t('It cannot read it')}</summary><p className="mono totp-secret">{step.secret}</p></details>
            <Field label={t('Code')} name="code" required autoFocus autoComplete="one-time-code" inputMode="numeric" pattern="[0-9 ]{6,7}" className="field numbers" />
          </Form>
        </div>
      )}
      {step.at === 'codes' && (
        <Secret title={t('Recovery codes')} text={step.codes.join('\n')} onDone={() => setStep({ at: 'idle' })}>
          {t('Each replaces a code once, when the phone is not at hand. Keep them in a safe place: they are shown only now.')}
        </Secret>
      )}
    </section>
  );
}
