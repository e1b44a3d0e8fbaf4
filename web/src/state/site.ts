// What this site is and what whoever looks at it may do. Nothing is offered that would be refused.
import { ApiError, asApiError } from '../api/client';
import { getSite, type May, type Site } from '../api/people';
import { loadLibrary } from './library';
import { createStore, useStore } from './store';

interface SiteState {
  site: Site | null;  // null: not known yet
  error: ApiError | null;
}
const store = createStore<SiteState>({ site: null, error: null });

export const useSite = (): Site | null => useStore(store, (state) => state.site);
export const useSiteError = (): ApiError | null => useStore(store, (state) => state.error);
export const useMay = (what: May): boolean => useStore(store, ({ site }) => site?.may.includes(what) ?? false);
export const may = (what: May): boolean => store.get().site?.may.includes(what) ?? false;
export const currentSite = (): Site | null => store.get().site;

export async function loadSite(): Promise<void> {
  try {
    store.set({ site: await getSite(), error: null });
  } catch (error) {
    store.patch({ error: asApiError(error) });
  }
}

// Somebody logged in or out: other pictures are to be seen.
export function setSite(site: Site) {
  store.set({ site, error: null });
  void loadLibrary();
}
