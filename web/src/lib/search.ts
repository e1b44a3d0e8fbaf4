// Words that are looked for, and how near a photo was found to be.
import type { SearchHit } from '../api/client';
import { t } from './texts';

// "a dog on the beach, sunset" -> two texts. A minus before one means: not this.
const split = (words: string): string[] => words.split(/[,;\n]/).map((text) => text.trim()).filter(Boolean);

export const textsOf = (text: string, minus: string): string[] =>
  [...split(text), ...split(minus).map((words) => `-${words.replace(/^-+\s*/, '')}`)];

// "“beach”, without “people”": the question in words again.
export function questionWords(text: string, minus: string): string {
  const quoted = (texts: string[]) => texts.map((one) => `“${one}”`).reduce((a, b) => (a ? t('{a} and {b}', { a, b }) : b), '');
  const texts = textsOf(text, minus);
  const [wanted, unwanted] = [texts.filter((one) => !one.startsWith('-')), texts.filter((one) => one.startsWith('-')).map((one) => one.slice(1).trim())];
  return [quoted(wanted), unwanted.length ? t('without {words}', { words: quoted(unwanted) }) : ''].filter(Boolean).join(', ');
}

export const distanceText = (distance: number): string => distance.toFixed(4);

// Of words the score (the cosine, larger is nearer), of looks the distance (smaller is nearer).
export function nearness({ signals }: Pick<SearchHit, 'signals'>): string {
  const parts: string[] = [];
  for (const { signal, distance, cosine } of signals) {
    if (signal === 'text') parts.push(t('score {value}', { value: distanceText(cosine ?? 1 - distance) }));
    if (signal === 'look') parts.push(t('distance {value}', { value: distanceText(distance) }));
  }
  return parts.join(' · ');
}

export const lookDistance = ({ signals }: Pick<SearchHit, 'signals'>): string => {
  const look = signals.find(({ signal }) => signal === 'look');
  return look ? distanceText(look.distance) : '';
};
