import { useRef } from 'react';
import { captchaFor } from '../../api/captcha';
import { fetchPicture } from '../../api/client';
import { t } from '../../lib/texts';
import { findPicture } from '../../state/shell';
import { useMay, useSite } from '../../state/site';
import { Field, Form } from '../Form';

// A picture at a public address, which the server fetches for the search: this page may not ask other servers itself.
export function AddressForm() {
  const site = useSite();
  const trusted = useMay('fetch');
  const check = useRef<HTMLDivElement>(null);
  if (!trusted && !site?.captcha) return null;
  return (
    <details className="find-address">
      <summary>{t('Or give its address')}</summary>
      <Form submit={t('Fetch and find')} onSubmit={async ({ url }) => {
        findPicture(await fetchPicture(url!.trim(), trusted ? undefined : await captchaFor(site, 'fetch', check.current)));
      }}>
        <Field label={t('Address of the picture')} name="url" type="url" required placeholder="https://" autoComplete="off" />
        <div ref={check} />
      </Form>
    </details>
  );
}
