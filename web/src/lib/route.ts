// Addresses of the page: everything that matters about a view is in its URL. Pure: text in, route out and back.

// What is looked for: pictures like a stored one, words that are to be seen or not, or a colour alone. A picture that was
// given from outside is never part of an address.
export interface Question {
  like: number;
  colour: string;
  text: string;
  minus: string;
}

export type Route =
  | { view: 'gallery'; tag: string }
  | { view: 'search'; q: string }  // an expression
  | { view: 'trash' }
  | { view: 'photo'; id: number }
  | ({ view: 'find' } & Question)
  | { view: 'lucky'; id: number; own: boolean }  // of a stored photo, of one's own, or (neither) of any
  | { view: 'duplicates' }
  | { view: 'compare'; a: number; b: number }
  | { view: 'tags' }
  | { view: 'stats' }
  | { view: 'about' }
  | { view: 'lost' };

export const isColour = (text: string): boolean => /^#?[0-9a-f]{6}$/i.test(text.trim()) || /^#[0-9a-f]{3}$/i.test(text.trim());

export const findRoute = (part: Partial<Question> = {}): Route & { view: 'find' } =>
  ({ view: 'find', like: 0, colour: '', text: '', minus: '', ...part });
export const luckyRoute = (id = 0): Route => ({ view: 'lucky', id, own: false });

// "#abc", "aabbcc" -> "#aabbcc"
export function normalColour(text: string): string {
  const digits = text.trim().replace(/^#/, '').toLowerCase();
  return `#${digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits}`;
}

const id = (text: string | null | undefined): number => (text && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : 0);

export function parseRoute(pathname: string, search: string): Route {
  const query = new URLSearchParams(search);
  const parts = pathname.split('/').filter(Boolean);
  const [first, second, third] = parts;
  if (!first) return { view: 'gallery', tag: query.get('tag') ?? '' };
  if (first === 'photo' && parts.length === 2 && id(second)) return { view: 'photo', id: id(second) };
  if (first === 'lucky' && parts.length <= 2) {
    const own = second === 'yours';
    if (!second || own || id(second)) return { view: 'lucky', id: id(second), own };
  }
  // A place that holds no stored photo is 0 or left out.
  if (first === 'compare' && parts.length <= 3 && parts.slice(1).every((part) => part === '0' || id(part))) return { view: 'compare', a: id(second), b: id(third) };
  if (parts.length === 1) {
    if (first === 'find') {
      const [text, minus] = [query.get('text') ?? '', query.get('minus') ?? ''];
      const colour = text || minus ? '' : query.get('colour') ?? '';  // a colour is looked for alone
      return findRoute({ like: id(query.get('like')), colour: isColour(colour) ? normalColour(colour) : '', text, minus });
    }
    if (first === 'search') return { view: 'search', q: query.get('q') ?? '' };
    if (first === 'duplicates' || first === 'tags' || first === 'stats' || first === 'about' || first === 'trash') return { view: first };
  }
  return { view: 'lost' };
}

export function routeUrl(route: Route): string {
  switch (route.view) {
    case 'gallery':
      return route.tag ? `/?${new URLSearchParams({ tag: route.tag })}` : '/';
    case 'search':
      return `/search?${new URLSearchParams({ q: route.q })}`;
    case 'photo':
      return `/photo/${route.id}`;
    case 'compare':
      return route.b ? `/compare/${route.a}/${route.b}` : route.a ? `/compare/${route.a}` : '/compare';
    case 'find': {
      const query = new URLSearchParams();
      if (route.like) query.set('like', String(route.like));
      if (route.colour) query.set('colour', route.colour);
      if (route.text) query.set('text', route.text);
      if (route.minus) query.set('minus', route.minus);
      return query.size ? `/find?${query}` : '/find';
    }
    case 'lucky':
      return route.own ? '/lucky/yours' : route.id ? `/lucky/${route.id}` : '/lucky';
    case 'lost':
      return '/';
    default:
      return `/${route.view}`;
  }
}

// The stored photo that a number or an address of this page or of its pictures names, else 0.
export function photoIdOf(text: string, origin: string): number {
  const words = text.trim();
  const number = id(/^(?:id:?\s*)?(\d+)$/i.exec(words)?.[1]);
  if (number) return number;
  if (!URL.canParse(words, origin) || !/^(https?:|\/)/i.test(words)) return 0;
  const url = new URL(words, origin);
  return url.origin === origin ? id(/^\/(?:photo|i|api\/v1\/images)\/(\d+)(?:\/|$)/.exec(url.pathname)?.[1]) : 0;
}

// What the one search box understands.
export function searchRoute(text: string): Route {
  const words = text.trim();
  if (!words) return { view: 'gallery', tag: '' };
  if (words.startsWith('#') && isColour(words)) return findRoute({ colour: normalColour(words) });
  const number = /^id:?\s*(\d+)$/i.exec(words)?.[1] ?? (/^\d+$/.test(words) ? words : '');
  if (id(number)) return { view: 'photo', id: id(number) };
  return { view: 'search', q: words };
}
