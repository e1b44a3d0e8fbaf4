// The list that arrows walk along in a photo: the gallery, unless it was opened from another list.
import { createStore, useStore } from './store';

export interface Walk {
  ids: readonly number[];
  of: string;  // "in tag sea", "among the results"; empty for the gallery
}

const walk = createStore<Walk | null>(null);
export const useWalk = () => useStore(walk);
export const setWalk = (next: Walk | null) => walk.set(next);
