// Which models are in use and how far they are: asked for once, then told by the server while they work.
import { useEffect } from 'react';
import { getStats, type ModelStatus } from '../api/client';
import { createStore, useStore } from './store';

export const models = createStore<ModelStatus[] | null>(null);  // null: not known

let asking = false;
export function askForModels() {
  if (asking) return;
  asking = true;
  getStats().then((stats) => models.set(stats.models ?? []), () => undefined).finally(() => { asking = false; });
}

export function useModels(): ModelStatus[] | null {
  useEffect(() => {
    if (!models.get()) askForModels();
  }, []);
  return useStore(models);
}
