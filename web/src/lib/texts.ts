// The page's words in two languages. English stands in the code and is its own key; the Russian table (texts/russian.ts) has
// an entry for each, so that a text without one does not compile. It is fetched only where it is wanted.
//   "{name}" is a placeholder; "{n} photo¦{n} photos" has forms that the number n chooses (Russian: one, few, many);
//   what follows "^" tells two meanings of one English word apart and is not shown.
import type { Russian } from './texts/russian';

export type Language = 'en' | 'ru';
export type Text = keyof Russian;
type Braced<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Braced<Rest> : never;
type Names<S extends string> = (S extends `${string}¦${string}` ? 'n' : never) | Braced<S>;
export type PlainText = { [K in Text]: [Names<K>] extends [never] ? K : never }[Text];
type Values<K extends string> = [Names<K>] extends [never] ? [] : [values: Record<Names<K>, string | number>];

let language: Language = 'en';
let table: Partial<Record<string, string>> | null = null;
let rules = new Intl.PluralRules('en');

export const currentLanguage = (): Language => language;
export const locale = (): string => (language === 'ru' ? 'ru' : 'en-GB');

export async function loadLanguage(next: Language): Promise<void> {
  table = next === 'ru' ? (await import('./texts/russian')).russian : null;
  language = next;
  rules = new Intl.PluralRules(next);
}

const FORMS: Record<Language, readonly Intl.LDMLPluralRule[]> = { en: ['one', 'other'], ru: ['one', 'few', 'many'] };

// The text with its placeholders as they stand, in the form that `n` chooses.
export function template(key: string, n?: number): string {
  const found = table?.[key] ?? key.replace(/\^.*$/, '');
  if (!found.includes('¦')) return found;
  const forms = found.split('¦');
  const at = FORMS[table?.[key] === undefined ? 'en' : language].indexOf(rules.select(n ?? 0));
  return forms[at < 0 ? Math.min(1, forms.length - 1) : at] ?? forms[0]!;
}

export const written = (value: string | number): string => (typeof value === 'number' ? new Intl.NumberFormat(locale()).format(value) : value);

export function t<K extends Text>(key: K, ...[values]: Values<K>): string {
  const given = values as Record<string, string | number> | undefined;
  const found = template(key, given && typeof given.n === 'number' ? given.n : undefined);
  return given ? found.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (name in given ? written(given[name]!) : whole)) : found;
}

// A text that may or may not be one of ours, as it is when it is not.
export const known = (text: string): string => (text && table?.[text]) || text;

// What the person chose, else what the browser asks for.
export function languageFor(kept: string | null, wanted: readonly string[]): Language {
  if (kept === 'en' || kept === 'ru') return kept;
  for (const tag of wanted) {
    const main = tag.toLowerCase().split('-')[0];
    if (main === 'ru' || main === 'en') return main;
  }
  return 'en';
}
