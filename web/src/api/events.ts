// The server's stream of changes. Reconnecting is the browser's; the caller hears when the stream comes back.
import type { ImportProgress, ModelStatus } from './client';

export interface EventHandlers {
  onChange: () => void;
  onImport: (progress: ImportProgress) => void;
  onModels: (models: ModelStatus[]) => void;
}

export function listen({ onChange, onImport, onModels }: EventHandlers): () => void {
  const source = new EventSource('/api/v1/events');
  let opened = false;
  source.addEventListener('open', () => {
    if (opened) onChange();  // what happened while the stream was away
    opened = true;
  });
  source.addEventListener('change', onChange);
  const hear = <T>(name: string, tell: (news: T) => void) => source.addEventListener(name, (event) => {
    try {
      tell(JSON.parse((event as MessageEvent<string>).data) as T);
    } catch {
      // A half-written line: the next one says the same and more.
    }
  });
  hear('import', onImport);
  hear<{ models: ModelStatus[] }>('models', ({ models }) => onModels(models));
  return () => source.close();
}
