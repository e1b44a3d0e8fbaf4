// Files on their way up: a queue with a few at a time, one line each, and the copies that wait for an answer.
import { ApiError, asApiError, deleteImage, type ImportOutcome, type OnDuplicate } from '../api/client';
import { uploadFile } from '../api/upload';
import { isCopy } from '../lib/words';
import { asOwnChange, dropFromLayout, loadLibrary } from './library';
import { createStore, useStore } from './store';
import { sayError } from './toasts';

export interface UploadItem {
  key: number;
  file: File;
  state: 'waiting' | 'sending' | 'checking' | 'asking' | 'done' | 'failed' | 'undone';
  share: number;
  outcome?: ImportOutcome;
  error?: ApiError;
  cancel?: () => void;
}

interface Uploads {
  items: UploadItem[];
  open: boolean;
  asking: number;  // key of the item whose copy is shown, 0 for none
}

const AT_ONCE = 3;
export const uploads = createStore<Uploads>({ items: [], open: false, asking: 0 });
export const useUploads = <S>(select: (state: Uploads) => S): S => useStore(uploads, select);
let nextKey = 1;

export const isRunning = (item: UploadItem) => item.state === 'waiting' || item.state === 'sending' || item.state === 'checking';

function patch(key: number, part: Partial<UploadItem>) {
  uploads.set((state) => ({ ...state, items: state.items.map((item) => (item.key === key ? { ...item, ...part } : item)) }));
}

export function addFiles(files: readonly File[]) {
  if (!files.length) return;
  const items = files.map((file): UploadItem => ({ key: nextKey++, file, state: 'waiting', share: 0 }));
  uploads.set((state) => ({ ...state, items: [...state.items, ...items], open: true }));
  pump();
}

function pump() {
  const { items } = uploads.get();
  const busy = items.filter((item) => item.state === 'sending' || item.state === 'checking').length;
  for (const item of items.filter((one) => one.state === 'waiting').slice(0, Math.max(0, AT_ONCE - busy))) void send(item, 'ask');
  window.onbeforeunload = items.some(isRunning) ? (event) => event.preventDefault() : null;
}

async function send(item: UploadItem, policy: OnDuplicate) {
  const upload = uploadFile(item.file, policy, (share) => patch(item.key, { share, state: share >= 1 ? 'checking' : 'sending' }));
  patch(item.key, { state: 'sending', share: 0, error: undefined, cancel: upload.cancel });
  try {
    const outcome = await asOwnChange(() => upload.outcome);
    // The very same file needs no question; every other copy does.
    const ask = policy === 'ask' && outcome.status === 'duplicate' && isCopy(outcome.verdict?.kind) && outcome.verdict?.kind !== 'exact';
    const failed = outcome.status === 'failed' || outcome.status === 'rejected';
    patch(item.key, { state: ask ? 'asking' : failed ? 'failed' : 'done', outcome, share: 1, cancel: undefined });
    if (outcome.status === 'imported') refreshSoon();
  } catch (error) {
    patch(item.key, { state: 'failed', error: asApiError(error), cancel: undefined });
  }
  pump();
  const state = uploads.get();
  if (!state.asking && !state.items.some(isRunning)) askNext();
}

let refresh = 0;
function refreshSoon() {
  clearTimeout(refresh);
  refresh = window.setTimeout(() => void loadLibrary(true), 250);
}

export function askNext() {
  const waiting = uploads.get().items.find((item) => item.state === 'asking');
  uploads.patch({ asking: waiting?.key ?? 0 });
}

export const askAbout = (key: number) => uploads.patch({ asking: key });

// The answer to a copy: leave it, or send it again with the policy. `all` answers those that wait behind it too.
export function answer(key: number, policy: Exclude<OnDuplicate, 'ask'>, all: boolean) {
  const { items } = uploads.get();
  const chosen = items.filter((item) => item.state === 'asking' && (all || item.key === key));
  for (const item of chosen) {
    if (policy === 'skip') patch(item.key, { state: 'done' });
    else void send(item, policy);
  }
  uploads.patch({ asking: 0 });
  const rest = uploads.get().items.find((item) => item.state === 'asking');
  if (rest) uploads.patch({ asking: rest.key });
}

export const closeQuestion = () => uploads.patch({ asking: 0 });

export async function undoUpload(item: UploadItem) {
  const id = item.outcome?.id;
  if (!id) return;
  try {
    await asOwnChange(() => deleteImage(id));
    patch(item.key, { state: 'undone' });
    dropFromLayout(new Set([id]));
  } catch (error) {
    sayError(error);
  }
}

export function retryUpload(item: UploadItem) {
  patch(item.key, { state: 'waiting' });
  pump();
}

export function stopUpload(item: UploadItem) {
  if (item.state === 'waiting') patch(item.key, { state: 'failed', error: new ApiError('cancelled', 'Stopped.') });
  else item.cancel?.();
  pump();
}

export function closeTray() {
  uploads.set((state) => ({ ...state, open: false, items: state.items.filter((item) => isRunning(item) || item.state === 'asking') }));
}
