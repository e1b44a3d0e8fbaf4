// Light, dark, or as the system has it. public/theme.js applies the same key before the first paint.
import { createStore, useStore } from './store';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'likeness.theme';

function read(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    return 'system';
  }
}

const theme = createStore<Theme>(read());
export const useTheme = () => useStore(theme);

export function setTheme(next: Theme) {
  theme.set(next);
  if (next === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // Storage may be forbidden: the choice lasts until the page is left.
  }
}
