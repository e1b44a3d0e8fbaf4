import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { languageFor, loadLanguage, t } from './texts';
import { russian } from './texts/russian';

const placeholders = (text: string) => [...new Set([...text.matchAll(/\{\w+\}|<\/?\w+>/g)].map(([one]) => one))].sort();
const entries = Object.entries(russian);

describe('both languages', () => {
  it.each(entries)('“%s” has the same placeholders', (key, text) => {
    for (const form of text.split('¦')) {
      // A form of one may do without its number, as "An hour" does.
      const want = placeholders(key);
      expect(want).toEqual(expect.arrayContaining(placeholders(form)));
      if (!key.includes('¦')) expect(placeholders(form)).toEqual(want);
    }
  });
  it.each(entries)('“%s” has its forms', (key, text) => expect(text.split('¦').length).toBe(key.includes('¦') ? 3 : 1));
  it('has no entry that nothing asks for', () => {
    const files = (folder: string): string[] => readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? (name === 'texts' ? [] : files(path)) : /(?<!\.test)\.tsx?$/.test(name) ? [path] : [];
    });
    const sources = files(new URL('..', import.meta.url).pathname).map((path) => readFileSync(path, 'utf8')).join('\n');
    expect(entries.map(([key]) => key).filter((key) => !sources.includes(key.replaceAll("'", "\\'")) && !sources.includes(key))).toEqual([]);
  });
  it('has no half of a pair of quotes and no English left', () => {
    expect(entries.filter(([, text]) => /[“”]/.test(text)).map(([key]) => key)).toEqual([]);
    expect(entries.filter(([key, text]) => key === text && /[a-z]{3}/.test(text)).map(([key]) => key)).toEqual([]);
  });
});

describe('a text', () => {
  afterEach(() => loadLanguage('en'));
  it.each<[number, string]>([[1, '1 фото'], [1000, '1\u00a0000 фото']])('%i in Russian', async (n, text) => {
    await loadLanguage('ru');
    expect(t('{n} photo¦{n} photos', { n })).toBe(text);
  });
  it.each<[number, string]>([[1, '1 тег'], [2, '2 тега'], [5, '5 тегов'], [11, '11 тегов'], [21, '21 тег'], [1.5, '1,5 тега']])('%f: forms', async (n, text) => {
    await loadLanguage('ru');
    expect(t('{n} tag¦{n} tags', { n })).toBe(text);
  });
  it('is English by itself', () => {
    expect(t('{n} tag¦{n} tags', { n: 1 })).toBe('1 tag');
    expect(t('{n} tag¦{n} tags', { n: 1200 })).toBe('1,200 tags');
    expect(t('About^photo')).toBe('About');
    expect(t('Open {name}', { name: '{n} & <b>' })).toBe('Open {n} & <b>');
  });
});

describe('the language', () => {
  it.each<[string | null, string[], string]>([
    [null, ['ru-RU', 'en'], 'ru'], [null, ['de', 'ru'], 'ru'], [null, ['en-GB', 'ru'], 'en'], [null, [], 'en'], ['en', ['ru'], 'en'], ['xx', ['ru'], 'ru'],
  ])('kept %s, asked for %j: %s', (kept, wanted, language) => expect(languageFor(kept, wanted)).toBe(language));
});
