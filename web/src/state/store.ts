// A value that components can watch. Small on purpose: set, patch, read, subscribe.
import { useSyncExternalStore } from 'react';

export interface Store<T> {
  get: () => T;
  set: (next: T | ((before: T) => T)) => void;
  patch: (part: Partial<T>) => void;
  subscribe: (listener: () => void) => () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  const set: Store<T>['set'] = (next) => {
    const after = typeof next === 'function' ? (next as (before: T) => T)(value) : next;
    if (Object.is(after, value)) return;
    value = after;
    for (const listener of [...listeners]) listener();
  };
  return {
    get: () => value,
    set,
    patch: (part) => set((before) => ({ ...before, ...part })),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<T, S = T>(store: Store<T>, select: (value: T) => S = (value) => value as unknown as S): S {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
