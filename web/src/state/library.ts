// The gallery's order and shapes, and the photos' details in windows. Other people's additions wait behind a quiet pill;
// our own changes show at once.
import { asApiError, getLayout, listByIds, type ApiError, type Image, type ImportProgress, type Layout } from '../api/client';
import { listen } from '../api/events';
import { models } from './models';
import { createStore, useStore } from './store';

export interface LibraryState {
  status: 'loading' | 'ready' | 'error';
  error: ApiError | null;
  layout: Layout;
  waiting: Layout | null;  // newer than what is shown
  fresh: number;           // photos in `waiting` that are not in `layout`
  progress: ImportProgress | null;
  version: number;         // grows with each change of the library, for views that list other things
}

const EMPTY: Layout = { total: 0, ids: [], ratios: [], months: [] };
export const library = createStore<LibraryState>({
  status: 'loading', error: null, layout: EMPTY, waiting: null, fresh: 0, progress: null, version: 0,
});
export const useLibrary = <S>(select: (state: LibraryState) => S): S => useStore(library, select);

let loading: Promise<void> | null = null;
let again = false;

// `show` puts the answer on screen even when it has new photos.
export function loadLibrary(show = true): Promise<void> {
  if (loading) {
    again = true;
    return loading.then(() => (show ? showWaiting() : undefined));
  }
  loading = (async () => {
    try {
      const layout = await getLayout();
      arrive(layout, show || library.get().status !== 'ready');
    } catch (error) {
      if (library.get().status !== 'ready') library.patch({ status: 'error', error: asApiError(error) });
    }
  })().finally(() => {
    loading = null;
    if (again) {
      again = false;
      void loadLibrary(false);
    }
  });
  return loading;
}

function arrive(layout: Layout, show: boolean) {
  const { layout: shown, version } = library.get();
  const known = new Set(shown.ids);
  let fresh = 0;
  for (const id of layout.ids) if (!known.has(id)) fresh++;
  const same = fresh === 0 && layout.total === shown.total;
  if (same && library.get().status === 'ready') library.patch({ waiting: null, fresh: 0 });
  else if (show || fresh === 0) library.patch({ status: 'ready', error: null, layout, waiting: null, fresh: 0, version: version + 1 });
  else library.patch({ waiting: layout, fresh, version: version + 1 });
}

export function showWaiting() {
  const { waiting } = library.get();
  if (waiting) library.patch({ layout: waiting, waiting: null, fresh: 0 });
}

// Takes ids out of what is shown at once; the server's own answer follows.
export function dropFromLayout(gone: ReadonlySet<number>) {
  const { layout } = library.get();
  const keep = layout.ids.map((id) => !gone.has(id));
  let index = 0;
  const months = layout.months.map(({ month, count }) => {
    let left = 0;
    for (let i = 0; i < count; i++) if (keep[index++]) left++;
    return { month, count: left };
  });
  const ids = layout.ids.filter((_, i) => keep[i]);
  library.patch({ layout: { total: ids.length, ids, ratios: layout.ratios.filter((_, i) => keep[i]), months } });
}

let stop: (() => void) | null = null;
export function startLibrary() {
  if (stop) return;
  void loadLibrary();
  let timer = 0;
  let quiet = 0;
  stop = listen({
    onChange: () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void loadLibrary(ownChanges > 0), 400);
    },
    onImport: (progress) => {
      library.patch({ progress: progress.done < progress.total ? progress : null });
      clearTimeout(quiet);
      quiet = window.setTimeout(() => library.patch({ progress: null }), 5000);
    },
    onModels: models.set,
  });
}

// While something of our own runs, changes are ours and are shown without asking.
let ownChanges = 0;
export async function asOwnChange<T>(work: () => Promise<T>): Promise<T> {
  ownChanges++;
  try {
    return await work();
  } finally {
    window.setTimeout(() => ownChanges--, 1500);
  }
}

// --- details ---------------------------------------------------------------------------------------------------------

const details = new Map<number, Image>();
const wanted = new Set<number>();
const asked = new Set<number>();
const tick = createStore(0);
let due = 0;
const BATCH = 200;

export const useDetails = (): number => useStore(tick);
export const detailOf = (id: number): Image | undefined => details.get(id);

export function keepDetails(images: readonly Image[]) {
  for (const image of images) details.set(image.id, image);
  tick.set((value) => value + 1);
}

// Asks for those not known yet; requests of one moment go together, the newest wish first.
export function wantDetails(ids: readonly number[]) {
  wanted.clear();
  for (const id of ids) if (!details.has(id) && !asked.has(id)) wanted.add(id);
  if (wanted.size && !due) due = window.setTimeout(() => void fetchWanted(), 40);
}

async function fetchWanted() {
  due = 0;
  const batch = [...wanted].slice(0, BATCH);
  if (!batch.length) return;
  for (const id of batch) {
    wanted.delete(id);
    asked.add(id);
  }
  if (wanted.size) due = window.setTimeout(() => void fetchWanted(), 0);
  try {
    keepDetails((await listByIds(batch)).images);
  } catch {
    // The tiles stay plain; the next scroll asks again.
  } finally {
    for (const id of batch) asked.delete(id);
  }
}
