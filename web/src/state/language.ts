// English or Russian: what was chosen in the menu, else what the browser asks for.
import { currentLanguage, languageFor, loadLanguage, type Language } from '../lib/texts';
import { createStore, useStore } from './store';

const KEY = 'likeness.language';

function kept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

const language = createStore<Language>('en');
export const useLanguage = () => useStore(language);

async function apply(next: Language) {
  // Without its table the page stays English rather than away.
  await loadLanguage(next).catch(() => undefined);
  document.documentElement.lang = currentLanguage();
  language.set(currentLanguage());
}

export const startLanguage = (): Promise<void> => apply(languageFor(kept(), navigator.languages));

export function setLanguage(next: Language) {
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Storage may be forbidden: the choice lasts until the page is left.
  }
  void apply(next);
}
