// The site, accounts, sessions, tokens, users and settings.
import { client, must, type Schemas } from './client';

export type Site = Schemas['Site'];
export type May = Site['may'][number];
export type Role = Schemas['Role'];
export type Account = Schemas['Account'];
export type AccountSession = Schemas['AccountSession'];
export type ApiToken = Schemas['ApiToken'];
export type TokenScope = Schemas['TokenScope'];
export type Settings = Schemas['Settings'];

export const getSite = () => must<Site>(client.GET('/api/v1/site', { cache: 'no-store' }));
export const setUp = (body: { code: string; name: string; email?: string; password: string; visitors: Site['visitors'] }) =>
  must<Site>(client.POST('/api/v1/setup', { body }));
export const logIn = (body: { login: string; password: string; code?: string; captcha?: string }) => must<Site>(client.POST('/api/v1/session', { body }));
export const logOut = () => must(client.DELETE('/api/v1/session', {}));

export const signUp = (body: { name: string; email: string; password: string; captcha?: string }) => must(client.POST('/api/v1/account', { body }));
export const confirmEmail = (token: string) => must(client.POST('/api/v1/account/confirm', { body: { token } }));
export const recover = (body: { email: string; captcha?: string }) => must(client.POST('/api/v1/account/recovery', { body }));
export const resetPassword = (body: { token: string; password: string }) => must(client.POST('/api/v1/account/password', { body }));

export const getAccount = () => must<Account>(client.GET('/api/v1/account', {}));
export const editAccount = (body: { name?: string; email?: string; password?: string; current_password?: string }) =>
  must<Account>(client.PATCH('/api/v1/account', { body }));
export const listSessions = () => must(client.GET('/api/v1/account/sessions', {}));
export const endSession = (id: string) => must(client.DELETE('/api/v1/account/sessions/{id}', { params: { path: { id } } }));
export const beginTotp = (current_password?: string) => must(client.POST('/api/v1/account/totp', { body: { current_password } }));
export const confirmTotp = (code: string) => must(client.POST('/api/v1/account/totp/confirm', { body: { code } }));
export const endTotp = (current_password?: string) => must(client.DELETE('/api/v1/account/totp', { body: { current_password } }));
export const leaveProvider = (provider: string, current_password?: string) =>
  must(client.DELETE('/api/v1/account/providers/{provider}', { params: { path: { provider } }, body: { current_password } }));
export const listTokens = () => must(client.GET('/api/v1/account/tokens', {}));
export const addToken = (body: { name: string; scopes: TokenScope[]; expires_at?: string; current_password?: string }) => must<ApiToken>(client.POST('/api/v1/account/tokens', { body }));
export const removeToken = (id: number) => must(client.DELETE('/api/v1/account/tokens/{id}', { params: { path: { id } } }));

export const listUsers = (cursor?: string) => must(client.GET('/api/v1/users', { params: { query: { cursor } } }));
export const addUser = (body: { name: string; email?: string; password: string; role: Role }) => must<Account>(client.POST('/api/v1/users', { body }));
export const editUser = (id: number, body: { role?: Role; disabled?: boolean }) => must<Account>(client.PATCH('/api/v1/users/{id}', { params: { path: { id } }, body }));
export const removeUser = (id: number) => must(client.DELETE('/api/v1/users/{id}', { params: { path: { id } } }));
export const getSettings = () => must<Settings>(client.GET('/api/v1/settings', {}));
export const editSettings = (body: Partial<Settings>) => must<Settings>(client.PATCH('/api/v1/settings', { body }));
export const providerUrl = (id: string) => `/api/v1/auth/${encodeURIComponent(id)}`;
