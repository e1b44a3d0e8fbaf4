// Changes of a photo in words, a line each.
import type { PastEdit } from '../api/editing';
import { t, type PlainText } from './texts';
import { VISIBILITY_WORDS } from './visibility';

const FIELDS: Record<string, PlainText> = {
  title: 'Title', description: 'Description', author: 'Author', source_url: 'Source', rating: 'Rating', tags: 'Tags', visibility: 'Visibility', trashed: 'Trash', pending: 'Waiting for approval',
};
const YES_NO: Record<string, PlainText> = { true: 'yes', false: 'no' };

function shown(field: string, value: unknown): string {
  if (value === undefined || value === null || value === '') return t('nothing');
  if (typeof value === 'boolean') return t(YES_NO[String(value)]!);
  if (field === 'visibility' && typeof value === 'string' && value in VISIBILITY_WORDS) return t(VISIBILITY_WORDS[value as keyof typeof VISIBILITY_WORDS][0]);
  return typeof value === 'number' ? String(value) : `“${String(value)}”`;
}

export function changeWords(changes: PastEdit['changes']): string[] {
  return Object.entries(changes).map(([field, { before, after, added = [], removed = [] }]) => {
    const name = field in FIELDS ? t(FIELDS[field]!) : field;
    if (added.length || removed.length) {
      const signed = [...added.map((one) => `+ ${one}`), ...removed.map((one) => `− ${one}`)];
      return `${name}: ${signed.join(', ')}`;
    }
    return `${name}: ${shown(field, before)} → ${shown(field, after)}`;
  });
}
