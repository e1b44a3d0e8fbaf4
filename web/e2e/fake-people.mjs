// A site with people, albums and a queue, made up in the browser's network layer: what the API would answer to each role. Keeps
// what it was asked.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { photos } from './harness.mjs';

const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const SHAPES = [[1500, 1000], [1333, 1000], [1000, 1500], [1600, 900]];
const WHEN = '2026-01-02T03:04:05Z';
const TOTAL = 24;

export const PEOPLE = {
  places: [
    ['/login', 'Войти'], ['/signup', 'Регистрация'], ['/forgot', 'Забыли пароль?'], ['/setup', 'Настройка галереи'], ['/account', 'Ваша учётная запись'], ['/admin', 'Управление сайтом'],
    ['/moderation', 'Ждут проверки'], ['/albums', 'Альбомы'], ['/albums/1', 'Spain'], ['/favourites', 'Избранное'], ['/trash', 'Корзина'], ['/show?ids=3,4', '2 выбранных фото'],
    ['/similar/5?by=tags', 'Похожие по тегам'], ['/tags', 'Теги'], ['/stats', 'Статистика'], ['/about', 'Likeness'], ['/help/search', 'Как искать'], ['/help/api', 'Для программ'], ['/find', 'Найти картинку'],
  ],
};

function someFiles() {
  if (!photos) return [];
  const folder = join(photos, 'main');
  return readdirSync(folder).filter((name) => name.endsWith('.jpg')).map((name) => join(folder, name)).filter((path) => statSync(path).size < 700_000).slice(0, TOTAL);
}

const ROLES = {
  visitor: { may: [] },
  user: { may: ['add', 'collect', 'edit', 'account'], user: { id: 2, name: 'Bob', email: 'bob@example.org', role: 'user', totp: false } },
  moderator: { may: ['add', 'collect', 'edit', 'decide', 'moderate', 'account', 'fetch'], user: { id: 3, name: 'Cid', email: '', role: 'moderator', totp: false } },
  admin: { may: ['add', 'collect', 'edit', 'decide', 'moderate', 'manage', 'account', 'fetch'], user: { id: 1, name: 'Ann', email: 'ann@example.org', role: 'admin', totp: false } },
};

export async function fakeSite(tab, who) {
  const files = someFiles();
  const state = { who, name: 'Likeness', asked: new Map() };
  const site = () => ({
    name: state.name, accounts: true, setup_open: false, visitors: 'look', sign_up: 'open', providers: [{ id: 'github', name: 'GitHub' }], mail: true,
    add_waits: state.who === 'user', ...ROLES[state.who],
  });
  const image = (id) => {
    const [width, height] = SHAPES[id % SHAPES.length];
    return {
      id, name: `IMG_${id}.jpg`, width, height, format: 'jpeg', size_bytes: 2_000_000 + id, placeholder: '1QcSHQRnh493V4dIh4eXh1h4kJUI', taken_at: '2025-10-04T10:00:00', imported_at: WHEN,
      tags: id % 2 ? ['autumn', 'pond'] : ['sea'], author: 'Ann', visibility: 'public', owner_id: 1, favourite: false, rating: 0, ...(id === 5 ? { title: 'Autumn pond' } : {}), ...edits.get(id),
    };
  };
  const edits = new Map();
  const history = [];
  const detail = (id) => ({ ...image(id), sha256: 'ab'.repeat(32), metadata: { camera_model: 'X100' } });
  const page = (ids) => ({ images: ids.map(image), total: ids.length });
  const ids = Array.from({ length: TOTAL }, (_, i) => TOTAL - i);
  const verdict = (of) => ({ kind: 'part_of', rule: 'local', score: 1, distance: 0.1, of, sentence: `Cropped copy of IMG_${of}, 38 % of its area.`, region_in_query: [[100, 80], [900, 80], [900, 700], [100, 700]] });
  let queue = [101, 102, 103];
  const waiting = () => queue.map((id, i) => ({ ...image(id), pending: true, owner_id: 2, owner: { id: 2, name: 'Boris' }, evidence: i === 1 ? [] : [verdict(i + 3)] }));
  const album = (id, more = {}) => ({
    id, name: 'Spain', description: 'Неделя у моря', visibility: 'private', smart: false, count: 12, cover_id: 4, owner: { id: 1, name: 'Ann' }, editable: true, created_at: WHEN, updated_at: WHEN, ...more,
  });
  const albums = [album(1), album(2, { name: 'Лучшее за 2025', smart: true, expression: 'rating>=4, date:2025', visibility: 'public', count: 8, cover_id: 7, editable: false, owner: { id: 2, name: 'Bob' } })];
  const account = () => ({ id: 1, name: 'Ann', email: 'ann@example.org', role: 'admin', disabled: false, totp: state.totp ?? false, has_password: true, created_at: WHEN, providers: state.left ? [] : ['github'] });
  const users = [account(), { id: 2, name: 'Bob', email: 'bob@example.org', role: 'user', disabled: false, totp: false, has_password: true, created_at: WHEN }];
  const settings = { site_name: 'Likeness', visitors: 'look', sign_up: 'open', trash_days: 30 };
  const refuse = (status, code, message, hint = '') => ({ status, json: { code, message, hint, request_id: 'r1' } });
  const none = { status: 204 };

  const answers = {
    'GET /site': () => site(),
    'GET /layout': () => ({ total: TOTAL, ids, ratios: ids.map((id) => Math.round((SHAPES[id % 4][0] / SHAPES[id % 4][1]) * 1000)), months: [{ month: '2025-10', count: TOTAL }] }),
    'GET /images': ({ query }) => page(query.get('ids')?.split(',').map(Number) ?? (query.get('trashed') ? [9, 8] : ids)),
    'GET /images/N': ({ n }) => detail(n),
    'PATCH /images/N': ({ n, body }) => { edits.set(n, { ...edits.get(n), ...body }); history.unshift({ id: 1, at: WHEN, user: { id: 3, name: 'Cid' }, undone: false, changes: { title: { before: 'Autumn pond', after: body.title } } }); return detail(n); },
    'DELETE /images/N': () => none,
    'GET /images/N/history': () => ({ edits: history }),
    'POST /edits/N/undo': () => { edits.delete(5); history[0].undone = true; return { changed: 1, batch: 8 }; },
    'POST /images/edit': ({ body }) => ({ changed: body.ids.length, batch: 7 }),
    'POST /edits/batches/N/undo': () => ({ changed: 2, batch: 8 }),
    'POST /images/N/restore': ({ n }) => detail(n),
    'PUT /images/N/favourite': () => none,
    'DELETE /images/N/favourite': () => none,
    'GET /images/N/similar': ({ n }) => ({ results: [3, 4, 6].filter((id) => id !== n).map((id) => ({ ...image(id), score: 0.5, signals: [{ signal: 'look', distance: 0.2, score: 0.1, rank: 1 }] })), took_ms: 1 }),
    'DELETE /account/providers/github': () => { state.left = true; return none; },
    'POST /fetch': () => ({ status: 200, headers: { 'content-type': 'image/png', 'content-disposition': "attachment; filename*=UTF-8''far%20away.png" }, body: PIXEL }),
    'POST /search': () => ({ results: [3, 4].map((id) => ({ ...image(id), score: 0.9, signals: [] })), took_ms: 1 }),
    'GET /favourites': () => page([5, 7, 8]),
    'GET /moderation': () => ({ images: waiting(), total: queue.length }),
    'POST /moderation': ({ body }) => { queue = queue.filter((id) => !body.ids.includes(id)); return { changed: body.ids.length }; },
    'GET /albums': () => ({ albums }),
    'POST /albums': ({ body }) => { const made = album(3, { ...body, smart: true }); albums.push(made); return made; },
    'GET /albums/N': ({ n }) => albums.find(({ id }) => id === n),
    'GET /albums/N/images': () => page(ids.slice(4, 16)),
    'POST /albums/N/images': ({ n }) => albums.find(({ id }) => id === n),
    'GET /albums/N/shares': () => ({ shares: [{ id: 1, created_at: WHEN, expires_at: '2026-12-01T00:00:00Z', has_password: true }] }),
    'POST /albums/N/shares': () => ({ id: 2, created_at: WHEN, has_password: false, url_path: '/s/TOKEN' }),
    'POST /share': ({ body }) => (body.token === 'LOCKED' && !body.password ? refuse(401, 'unauthenticated', 'the link wants a password') : { album: album(1) }),
    'GET /shared/N': () => album(1, { editable: false }),
    'GET /shared/N/images': () => page(ids.slice(4, 12)),
    'POST /session': ({ body }) => {
      if (body.password === 'wrong') return refuse(401, 'unauthenticated', 'No such name and password');
      if (!body.code) return refuse(401, 'second_factor', 'the code of the authenticator is wanted too');
      state.who = 'admin';
      return site();
    },
    'DELETE /session': () => { state.who = 'visitor'; return none; },
    'POST /setup': () => { state.who = 'admin'; return site(); },
    'POST /account': () => ({ status: 202 }),
    'POST /account/confirm': () => none,
    'POST /account/recovery': () => ({ status: 202 }),
    'POST /account/password': () => none,
    'GET /account': () => account(),
    'PATCH /account': () => account(),
    'GET /account/sessions': () => ({ sessions: [
      { id: 1, created_at: WHEN, seen_at: WHEN, expires_at: WHEN, agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', current: true },
      { id: 2, created_at: WHEN, seen_at: WHEN, expires_at: WHEN, agent: 'Mozilla/5.0 (iPhone) Version/17 Safari/604.1', current: false },
    ] }),
    'DELETE /account/sessions/X': () => none,
    'POST /account/totp': () => ({ secret: 'JBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Likeness:Ann?secret=JBSWY3DPEHPK3PXP&issuer=Likeness' }),
    'POST /account/totp/confirm': () => { state.totp = true; return { recovery_codes: ['aaaa-1111', 'bbbb-2222', 'cccc-3333'] }; },
    'GET /account/tokens': () => ({ tokens: [{ id: 1, name: 'phone', scopes: ['read', 'add'], created_at: WHEN, expires_at: '2027-01-02T00:00:00Z' }] }),
    'POST /account/tokens': ({ body }) => ({ id: 2, name: body.name, scopes: body.scopes, created_at: WHEN, expires_at: WHEN, token: 'lk_secret' }),
    'GET /users': () => ({ users }),
    'POST /users': ({ body }) => ({ ...users[1], ...body, id: 4 }),
    'PATCH /users/N': ({ n, body }) => Object.assign(users.find(({ id }) => id === n), body),
    'GET /settings': () => settings,
    'PATCH /settings': ({ body }) => { Object.assign(settings, body); state.name = settings.site_name; return settings; },
    'GET /tags': () => ({ groups: [
      { group: 'orientation', tags: [{ tag: 'landscape', count: 18 }, { tag: 'portrait', count: 6 }] },
      { group: 'authors', tags: [{ tag: 'artist:Ann', expression: 'artist:Ann', count: 12 }] },
      { group: 'other', tags: [{ tag: 'sea', count: 12 }, { tag: 'autumn', count: 7 }, { tag: 'pond', count: 5 }] },
    ] }),
    'GET /stats': () => ({ gallery: { images: TOTAL, authors: 3, tags: 6, deleted: 2, last_id: 26 } }),
    'GET /decisions': () => ({ decisions: [] }),
  };
  await tab.route('**/api/v1/**', (route) => {
    const request = route.request();
    const { pathname, searchParams: query } = new URL(request.url());
    if (pathname === '/api/v1/events') return route.fallback();
    const path = pathname.replace('/api/v1', '');
    const body = request.headers()['content-type']?.includes('json') ? request.postDataJSON() : undefined;
    const name = `${request.method()} ${path}`;
    state.asked.set(name, [...(state.asked.get(name) ?? []), body]);
    const key = `${request.method()} ${path.replace(/\/\d+(?=\/|$)/, '/N')}`;
    const answer = (answers[name] ?? answers[key] ?? answers[key.replace(/\/[^/]+$/, '/X')])?.({ query, body, n: Number(/\/(\d+)/.exec(path)?.[1] ?? 0) });
    if (answer === undefined) throw new Error(`nobody made up ${name}`);
    return route.fulfill(answer.status ? answer : { json: answer });
  });
  // The true server knows none of these photos and albums: its pages say 404.
  await tab.route(/\/(photo|albums|similar)\/\d+/, async (route) => {
    if (!route.request().isNavigationRequest()) return route.fallback();
    return route.fulfill({ response: await route.fetch(), status: 200 });
  });
  const bytes = new Map();
  await tab.route('**/i/*/*', (route) => {
    const id = Number(/\/i\/(\d+)/.exec(route.request().url())[1]);
    if (!files.length) return route.fulfill({ body: PIXEL, contentType: 'image/png' });
    const path = files[id % files.length];
    if (!bytes.has(path)) bytes.set(path, readFileSync(path));
    return route.fulfill({ body: bytes.get(path), contentType: 'image/jpeg' });
  });
  return {
    get who() { return state.who; },
    did: (name) => state.asked.has(name),
    asked: (name) => state.asked.get(name)?.at(-1),
  };
}
