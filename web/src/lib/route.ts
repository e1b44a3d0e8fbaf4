// Addresses of the page: everything that matters about a view is in its URL. Pure: text in, route out and back.

// What is looked for: pictures like a stored one, words that are to be seen or not, or a colour alone. A picture that was
// given from outside is never part of an address.
export interface Question {
  like: number;
  colour: string;
  text: string;
  minus: string;
}

export const SIMILAR = ['tags', 'look', 'colour', 'copies'] as const;
export type SimilarBy = (typeof SIMILAR)[number];

// Views whose address is their name.
const PLAIN = [
  'duplicates', 'trash', 'tags', 'stats', 'about', 'login', 'signup', 'forgot', 'confirm', 'reset', 'setup', 'account', 'admin', 'moderation', 'albums', 'favourites',
] as const;

export type Route =
  | { view: 'gallery'; tag: string }
  | { view: 'search'; q: string }  // an expression
  | { view: 'photo'; id: number }
  | ({ view: 'find' } & Question)
  | { view: 'lucky'; id: number; own: boolean }  // of a stored photo, of one's own, or (neither) of any
  | { view: 'compare'; a: number; b: number }
  | { view: 'show'; ids: number[] }
  | { view: 'similar'; id: number; by: SimilarBy }
  | { view: 'slideshow'; q: string; album: number }  // of an expression, of an album, or (neither) of everything
  | { view: 'album'; id: number }
  | { view: 'share'; token: string }
  | { view: 'shared'; id: number }
  | { view: 'help'; of: 'search' | 'api' }
  | { view: (typeof PLAIN)[number] }
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
    if (first === 'show') {
      const ids = [...new Set((query.get('ids') ?? '').split(',').map(id).filter(Boolean))];
      if (ids.length) return { view: 'show', ids };
    }
    if (first === 'slideshow') return { view: 'slideshow', q: query.get('q') ?? '', album: id(query.get('album')) };
    const plain = PLAIN.find((name) => name === first);
    if (plain) return { view: plain };
  }
  if (parts.length === 2) {
    if (first === 'similar' && id(second)) return { view: 'similar', id: id(second), by: SIMILAR.find((by) => by === query.get('by')) ?? 'look' };
    if (first === 'albums' && id(second)) return { view: 'album', id: id(second) };
    if (first === 'shared' && id(second)) return { view: 'shared', id: id(second) };
    if (first === 's' && second) return { view: 'share', token: second };
    if (first === 'help' && (second === 'search' || second === 'api')) return { view: 'help', of: second };
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
    case 'show':
      return `/show?ids=${route.ids.join(',')}`;
    case 'similar':
      return `/similar/${route.id}?by=${route.by}`;
    case 'slideshow': {
      const query = new URLSearchParams();
      if (route.q) query.set('q', route.q);
      if (route.album) query.set('album', String(route.album));
      return query.size ? `/slideshow?${query}` : '/slideshow';
    }
    case 'album':
      return `/albums/${route.id}`;
    case 'shared':
      return `/shared/${route.id}`;
    case 'share':
      return `/s/${route.token}`;
    case 'help':
      return `/help/${route.of}`;
    case 'lost':
      return '/';
    default:
      return `/${route.view}`;
  }
}

// A tag or a name as an expression writes it: in quotes where it has to be.
export const tagExpression = (tag: string): string =>
  (/^[\p{L}\p{N}][\p{L}\p{N} ._'-]*$/u.test(tag) && !/^\d+$/.test(tag) ? tag : `"${tag.replaceAll(/["\\]/g, '\\$&')}"`);

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
