// Short words at the bottom: what was done, with undo, or what failed.
import { asApiError } from '../api/client';
import { known } from '../lib/texts';
import { createStore, useStore } from './store';

export interface Toast {
  key: number;
  text: string;
  hint?: string;
  bad?: boolean;
  undo?: () => void | Promise<void>;
}

const toasts = createStore<Toast[]>([]);
export const useToasts = () => useStore(toasts);
let next = 1;

export function dismiss(key: number) {
  toasts.set((list) => list.filter((toast) => toast.key !== key));
}

export function say(text: string, more: Omit<Toast, 'key' | 'text'> = {}): number {
  const key = next++;
  toasts.set((list) => [...list.slice(-2), { key, text, ...more }]);
  window.setTimeout(() => dismiss(key), more.bad ? 9000 : 6000);
  return key;
}

export function sayError(error: unknown) {
  if (error instanceof DOMException && error.name === 'AbortError') return;
  const { message, hint } = asApiError(error);
  say(known(message), { hint: known(hint), bad: true });
}
