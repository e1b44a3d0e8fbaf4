// Changes to pictures and who decides about them.
import type { ImagePage } from './client';
import { send, type EditMore, type EditedMany, type PastEdit, type TagGroup, type Waiting } from './pending';

export const editMany = (ids: readonly number[], edit: EditMore) => send<EditedMany>('POST', '/images/edit', { ids, edit });
export const historyOf = (id: number, signal?: AbortSignal) => send<{ edits: PastEdit[] }>('GET', `/images/${id}/history`, undefined, signal);
export const undoEdit = (id: number) => send<void>('POST', `/edits/${id}/undo`);
export const undoBatch = (batch: number) => send<void>('POST', `/edits/batches/${batch}/undo`);

export const restoreImage = (id: number) => send<void>('POST', `/images/${id}/restore`);
export const deleteForGood = (id: number) => send<void>('DELETE', `/images/${id}?forever=true`);

export const listWaiting = (cursor: string, signal?: AbortSignal) =>
  send<{ images: Waiting[]; total: number; next_cursor?: string }>('GET', `/moderation${cursor ? `?${new URLSearchParams({ cursor })}` : ''}`, undefined, signal);
export const moderate = (ids: readonly number[], decision: 'approve' | 'reject', reason?: string) =>
  send<void>('POST', '/moderation', { ids, decision, reason });

export const listTagGroups = () => send<{ groups?: TagGroup[]; tags?: TagGroup['tags'] }>('GET', '/tags?grouped=true&limit=10000');

export type Paged = (cursor: string | undefined, signal: AbortSignal) => Promise<ImagePage>;
