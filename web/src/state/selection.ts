// The chosen photos.
import { addRange, toggle } from '../lib/range';
import { createStore, useStore } from './store';

interface Selection {
  ids: ReadonlySet<number>;
  anchor: number;  // position of the last one chosen, for ranges
}

const NONE: Selection = { ids: new Set(), anchor: -1 };
const selection = createStore<Selection>(NONE);
export const useSelection = () => useStore(selection, (value) => value.ids);
export const selectedIds = (): ReadonlySet<number> => selection.get().ids;
export const clearSelection = () => selection.set(NONE);

export function toggleSelected(id: number, position: number) {
  selection.set(({ ids }) => ({ ids: toggle(ids, id), anchor: position }));
}

export function selectTo(ids: ArrayLike<number>, position: number) {
  selection.set((before) => ({ ids: addRange(before.ids, ids, before.anchor < 0 ? position : before.anchor, position), anchor: position }));
}
