// The only place that talks to the server. Every call resolves to the contract's type or throws ApiError.
import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
// `favourite` is told with the facts of one photo, and known from then on.
export type Image = Schemas['Image'] & { favourite?: boolean };
export type ImageDetail = Schemas['ImageDetail'];
export type ImageEdit = Schemas['ImageEdit'];
export type Layout = Schemas['Layout'];
export type Quad = Schemas['Quad'];
export type Verdict = Schemas['Verdict'];
export type VerdictKind = Schemas['VerdictKind'];
export type Signals = Schemas['Signals'];
export type SearchRequest = Schemas['SearchRequest'];
export type SearchHit = Schemas['SearchHit'];
export type SearchResult = Schemas['SearchResult'];
export type SearchBy = Schemas['SearchBy'];
// As it is when the verdict is asked for.
export type Comparison = Schemas['Comparison'] &
  Required<Pick<Schemas['Comparison'], 'verdict' | 'signals' | 'similarity_percent'>>;
export type DuplicateGroup = Schemas['DuplicateGroups']['groups'][number];
export type GroupMember = DuplicateGroup['members'][number];
export type Decision = Schemas['Decision'];
export type DecisionKind = Schemas['DecisionRequest']['kind'];
export type Quality = Schemas['Quality'];
export type ModelStatus = Schemas['ModelStatus'];
export type AutomaticTag = Schemas['AutomaticTag'];
// Visitors are told less.
export type Stats = Schemas['Stats'];
export type ImportOutcome = Schemas['ImportOutcome'];
export type ImportProgress = Schemas['ImportProgress'];
export type OnDuplicate = Schemas['OnDuplicate'];
export type TagCount = Schemas['TagCount'];
export type ImagePage = Schemas['ImagePage'];

// What failed in the server's own words, with the way out where it knows one.
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly hint = '',
    readonly requestId = '',
    readonly position = -1,  // of a fault in an expression: the character from 0
  ) {
    super(message);
  }
}

// What a person mends by fetching a model: none is in use, or its files are damaged.
export const wantsModel = ({ code }: ApiError): boolean => code === 'failed_precondition' || code === 'corruption';

const OFFLINE = () =>
  new ApiError('unavailable', 'The server does not answer.', 'Check that Likeness is still running, then try again.');

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const body = error as Partial<Schemas['Error']> | undefined;
  if (body && typeof body.code === 'string' && typeof body.message === 'string') {
    return new ApiError(body.code, body.message, body.hint ?? '', body.request_id ?? '', body.position ?? -1);
  }
  return OFFLINE();
}

export const client = createClient<paths>({ baseUrl: '' });

export async function must<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let result;
  try {
    result = await answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw asApiError(error);
  }
  if (!result.response.ok) throw asApiError(result.error);
  return result.data as T;
}

type Abort = { signal?: AbortSignal };

export const getLayout = () => must<Layout>(client.GET('/api/v1/layout', { cache: 'no-cache' }));

export const listByIds = (ids: readonly number[]) =>
  must(client.GET('/api/v1/images', { params: { query: { ids: ids.join(','), limit: Math.max(1, ids.length) } } }));

export const listImages = (query: { tag?: string; trashed?: boolean; cursor?: string; limit?: number }, { signal }: Abort = {}) =>
  must(client.GET('/api/v1/images', { params: { query }, signal }));

// What an expression of the search language finds.
export const findImages = (q: string, query: { cursor?: string; limit?: number }, { signal }: Abort = {}) =>
  must<ImagePage>(client.GET('/api/v1/images', { params: { query: { q, ...query } }, signal }));

export const completeTags = (prefix: string, limit: number, { signal }: Abort = {}) =>
  must(client.GET('/api/v1/tags/complete', { params: { query: { prefix, limit } }, signal }));

export const getImage = (id: number, { signal }: Abort = {}) =>
  must<ImageDetail>(client.GET('/api/v1/images/{id}', { params: { path: { id } }, signal }));

export const editImage = (id: number, edit: ImageEdit) =>
  must<ImageDetail>(client.PATCH('/api/v1/images/{id}', { params: { path: { id } }, body: edit }));

export const deleteImage = (id: number) => must(client.DELETE('/api/v1/images/{id}', { params: { path: { id } } }));

export const findSimilar = (id: number, by: SearchBy, k: number, { signal }: Abort = {}) =>
  must(client.GET('/api/v1/images/{id}/similar', { params: { path: { id }, query: { by, k } }, signal }));

export const search = (request: SearchRequest, { signal }: Abort = {}) => must(client.POST('/api/v1/search', { body: request, signal }));

// The picture is only looked at; nothing of it is stored.
export function searchByPicture(file: Blob, name: string, { by = 'all', k, text = [] }: SearchRequest, { signal }: Abort = {}) {
  const form = new FormData();
  form.append('by', by);
  if (k) form.append('k', String(k));
  for (const words of text) form.append('text', words);
  form.append('file', file, name);
  return must(client.POST('/api/v1/search', { body: form as never, bodySerializer: (body) => body as never, signal }));
}

export const compare = (a: number, b: number) =>
  must(client.POST('/api/v1/compare', { body: { a, b } })) as Promise<Comparison>;

export const listDuplicates = ({ signal }: Abort = {}) => must(client.GET('/api/v1/duplicates', { signal }));

export const listDecisions = () => must(client.GET('/api/v1/decisions', {}));

export const decide = (a: number, b: number, kind: DecisionKind, reason?: string) =>
  must(client.POST('/api/v1/decisions', { body: { a, b, kind, reason } }));

export const undoDecision = (id: number) => must(client.DELETE('/api/v1/decisions/{id}', { params: { path: { id } } }));

export const listTags = (limit = 1000) => must(client.GET('/api/v1/tags', { params: { query: { limit } } }));

export const getStats = () => must(client.GET('/api/v1/stats', {}));

export const imageUrl = (id: number, size: 'thumb' | 'preview' | 'original') => `/i/${id}/${size}`;
export const downloadUrl = (id: number) => `/i/${id}/original?download=1`;

// The bytes of a stored photo, for looking at them here. What the browser cannot show, it is given as a preview.
export async function fetchPhoto(id: number, size: 'original' | 'preview', { signal }: Abort = {}): Promise<Blob> {
  let answer: Response;
  try {
    answer = await fetch(imageUrl(id, size), { signal });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw OFFLINE();
  }
  if (answer.ok) return answer.blob();
  throw asApiError(await answer.json().catch(() => undefined));
}

// A picture that lies on another server, by way of ours.
export async function fetchPicture(url: string, captcha?: string): Promise<File> {
  const { data, error, response } = await client.POST('/api/v1/fetch', { body: { url, captcha }, parseAs: 'blob' }).catch(() => { throw OFFLINE(); });
  if (!data) throw asApiError(error);
  const name = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? '';
  const blob = data as unknown as Blob;
  return new File([blob], decodeURIComponent(name), { type: blob.type });
}

// The comparison core: one of the page's own files.
export async function loadCore(): Promise<WebAssembly.Module> {
  const { default: url } = await import('../../generated/compare.wasm?url');
  try {
    return await WebAssembly.compileStreaming(fetch(url));
  } catch {
    throw new ApiError('unsupported', 'The comparison could not be loaded.', 'Reload the page. It needs a browser with WebAssembly SIMD: Chrome 91, Firefox 89, Safari 16.4 or newer.');
  }
}
