// The check that somebody is a person. Only where the site is set up with one: then its script is the page's only request to
// another host, made when a form that needs it is sent, and allowed by the server's content security policy.
import { ApiError } from './client';
import type { Site } from './people';

interface Recaptcha {
  ready: (then: () => void) => void;
  execute: (key: string, options: { action: string }) => Promise<string>;
}
interface Turnstile {
  render: (where: HTMLElement, options: Record<string, unknown>) => string;
  remove: (id: string) => void;
}
declare global {
  interface Window {
    grecaptcha?: Recaptcha;
    turnstile?: Turnstile;
  }
}

const loading = new Map<string, Promise<void>>();
const FAILED = () => new ApiError('unavailable', 'The check that you are a person could not be loaded.', 'Allow its script, or try again later.');

function load(url: string): Promise<void> {
  const known = loading.get(url);
  if (known) return known;
  const started = new Promise<void>((done, fail) => {
    const script = document.createElement('script');
    script.src = url;
    script.async = true;
    script.onload = () => done();
    script.onerror = () => {
      loading.delete(url);
      fail(FAILED());
    };
    document.head.append(script);
  });
  loading.set(url, started);
  return started;
}

// Undefined where the site wants none. `where`: an element for a check that has something to show.
export async function captchaFor(site: Site | null, action: string, where: HTMLElement | null): Promise<string | undefined> {
  const captcha = site?.captcha;
  if (!captcha) return undefined;
  const { kind, site_key: key } = captcha;
  if (kind === 'recaptcha') {
    await load(`https://www.google.com/recaptcha/api.js?render=${encodeURIComponent(key)}`);
    await new Promise<void>((done) => window.grecaptcha!.ready(done));
    return window.grecaptcha!.execute(key, { action });
  }
  await load('https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit');
  if (!where) throw FAILED();
  return new Promise((done, fail) => {
    const id = window.turnstile!.render(where, {
      sitekey: key, action, appearance: 'interaction-only',
      callback: (token: string) => {
        done(token);
        window.turnstile!.remove(id);
      },
      'error-callback': () => fail(FAILED()),
    });
  });
}
