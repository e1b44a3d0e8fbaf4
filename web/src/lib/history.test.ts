import { expect, it } from 'vitest';
import { changeWords } from './history';

it.each<[Parameters<typeof changeWords>[0], string[]]>([
  [{ title: { before: '', after: 'Dawn' } }, ['Title: nothing → “Dawn”']],
  [{ rating: { before: 0, after: 4 }, visibility: { before: 'public', after: 'private' } }, ['Rating: 0 → 4', 'Visibility: Public → Private']],
  [{ tags: { added: ['fog'], removed: ['sun'] } }, ['Tags: + fog, − sun']],
  [{ trashed: { before: false, after: true } }, ['Trash: no → yes']],
  [{ later: { before: null, after: 'x' } }, ['later: nothing → “x”']],
])('%j', (changes, words) => expect(changeWords(changes)).toEqual(words));
