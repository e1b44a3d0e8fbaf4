// The worker as functions. One for the page's life, started when the first pair is compared.
import { ApiError, loadCore } from '../api/client';
import type { Answers, Ask, Reply, Request } from './messages';

type Waiting = { done: (answer: never) => void; fail: (error: ApiError) => void };

const waiting = new Map<number, Waiting>();
let worker: Worker | null = null;
let ready: Promise<unknown> | null = null;
let last = 0;

function start(): Worker {
  const started = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  started.onmessage = ({ data }: MessageEvent<Reply>) => {
    const one = waiting.get(data.id);
    waiting.delete(data.id);
    if ('error' in data) one?.fail(new ApiError(data.code, data.error, data.hint));
    else one?.done(data.answer as never);
  };
  started.onerror = () => {
    for (const one of waiting.values()) one.fail(new ApiError('internal', 'The comparison could not be started.', 'Reload the page.'));
    waiting.clear();
    worker = ready = null;
  };
  return started;
}

function send<K extends Ask['kind']>(ask: Extract<Ask, { kind: K }>): Promise<Answers[K]> {
  worker ??= start();
  const id = ++last;
  return new Promise((done, fail) => {
    waiting.set(id, { done, fail });
    worker!.postMessage({ id, ask } satisfies Request);
  });
}

export async function ask<K extends Exclude<Ask['kind'], 'module'>>(question: Extract<Ask, { kind: K }>): Promise<Answers[K]> {
  ready ??= loadCore().then((module) => send({ kind: 'module', module }));
  try {
    await ready;
  } catch (error) {
    ready = null;
    throw error;
  }
  return send<K>(question);
}
