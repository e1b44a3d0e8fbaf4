// Routes and fields that api/openapi.yaml does not describe yet: who a picture belongs to and who sees it, history, the trash
// and the queue of moderators. Replaced by the generated types when it does.
import { asApiError, type Schemas, type Verdict } from './client';

export type Visibility = Schemas['Visibility'];

export interface Standing {
  author?: string;
  visibility?: Visibility;
  pending?: boolean;
  owner?: { id: number; name?: string };
  favourite?: boolean;
}

export type EditMore = Schemas['ImageEdit'] & { author?: string; visibility?: Visibility };

export interface PastEdit {
  id: number;
  at: string;
  user: { id: number; name?: string };
  changes: Record<string, { before: unknown; after: unknown }>;
  undone: boolean;
}

export interface EditedMany {
  changed: number;
  batch: number;
}

export type Waiting = Schemas['Image'] & Standing & { evidence?: Verdict[] };

export interface TagGroup {
  group: 'orientation' | 'authors' | 'other';
  tags: Schemas['TagCount'][];
}

export async function send<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method, signal, headers: body === undefined ? undefined : { 'Content-Type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw asApiError(undefined);
  }
  const told = answer.status === 204 ? undefined : await answer.json().catch(() => undefined);
  if (!answer.ok) throw asApiError(told);
  return told as T;
}
