// Changes to pictures and who decides about them.
import { client, must, type ImageDetail, type ImageEdit, type ImagePage, type Schemas } from './client';

export type PastEdit = Schemas['Edit'];
export type QueuedImage = Schemas['QueuedImage'];
export type Edited = Schemas['Edited'];
export type Visibility = Schemas['Visibility'];
type Tags = Schemas['TagCount'][];
export interface TagGroup {
  group: 'orientation' | 'authors' | 'other';
  tags: Tags;
}

const at = (id: number) => ({ path: { id } });

export const editMany = (ids: readonly number[], edit: ImageEdit) => must<Edited>(client.POST('/api/v1/images/edit', { body: { ids: [...ids], edit } }));
export const historyOf = (id: number) => must(client.GET('/api/v1/images/{id}/history', { params: at(id) }));
export const undoEdit = (id: number) => must<Edited>(client.POST('/api/v1/edits/{id}/undo', { params: at(id) }));
export const undoBatch = (batch: number) => must<Edited>(client.POST('/api/v1/edits/batches/{batch}/undo', { params: { path: { batch } } }));

export const restoreImage = (id: number) => must<ImageDetail>(client.POST('/api/v1/images/{id}/restore', { params: at(id) }));
export const deleteForGood = (id: number) => must(client.DELETE('/api/v1/images/{id}', { params: { ...at(id), query: { forever: true } } }));

export const listQueue = (cursor: string) => must(client.GET('/api/v1/moderation', { params: { query: { cursor: cursor || undefined } } }));
export const decideQueue = (ids: readonly number[], decision: 'approve' | 'reject') => must(client.POST('/api/v1/moderation', { body: { ids: [...ids], decision } }));

export const listTagGroups = () =>
  must<{ groups?: TagGroup[]; tags?: Tags }>(client.GET('/api/v1/tags', { params: { query: { grouped: true, limit: 10000 } } }));

export type Paged = (cursor: string | undefined, signal: AbortSignal) => Promise<ImagePage>;
