// The server's stream of changes. Reconnecting is the browser's; the caller hears when the stream comes back.
import type { ImportProgress } from './client';

export interface EventHandlers {
  onChange: () => void;
  onImport: (progress: ImportProgress) => void;
}

export function listen({ onChange, onImport }: EventHandlers): () => void {
  const source = new EventSource('/api/v1/events');
  let opened = false;
  source.addEventListener('open', () => {
    if (opened) onChange();  // what happened while the stream was away
    opened = true;
  });
  source.addEventListener('change', onChange);
  source.addEventListener('import', (event) => {
    try {
      onImport(JSON.parse((event as MessageEvent<string>).data) as ImportProgress);
    } catch {
      // A half-written line: the next one says the same and more.
    }
  });
  return () => source.close();
}
