// What a person chose for a comparison, as the core reads it and as the address of the page keeps it. Pure.
import type { Box } from './core';

export const RULES = ['nothing', 'less', 'colours', 'antialiasing', 'alpha', 'eye'] as const;
export const FITS = ['original', 'scale', 'align'] as const;
export const STYLES = ['flat', 'movement', 'flat-intensity', 'movement-intensity', 'only', 'grey'] as const;
export const LOOKS = ['side', 'slider', 'blink', 'onion', 'difference'] as const;
export type Rules = (typeof RULES)[number];
export type Fit = (typeof FITS)[number];
export type Style = (typeof STYLES)[number];
export type Look = (typeof LOOKS)[number];

export interface Choices {
  rules: Rules | '';  // '': by how they are laid
  threshold: number;  // of "eye", 0..1
  fit: Fit | '';      // '': by the sizes
  boxes: Box[];       // left out, in pixels of the first picture
  style: Style;
  colour: string;     // "#ff00ff"
  opacity: number;    // of what is equal, 0..1
}

export const FIRST_CHOICES: Choices = { rules: '', threshold: 0.1, fit: '', boxes: [], style: 'flat', colour: '#ff00ff', opacity: 1 };

// What an alignment resamples is never the same to the last bit, nor is what was compressed.
export const rulesFor = (choices: Choices, fit: Fit): Rules => choices.rules || (fit === 'align' ? 'eye' : 'less');

// "eye": distances as the eye sees them, smoothed edges left out.
export function compareText(choices: Choices, fit: Fit, mask: boolean): string {
  const rules = rulesFor(choices, fit);
  const words = [`fit=${fit}`, 'regions=100', 'fidelity=1'];
  if (rules === 'eye') words.push('rules=pixelmatch', `threshold=${choices.threshold}`);
  else words.push(`rules=${rules}`);
  if (mask) words.push('mask=1');
  if (choices.boxes.length) words.push(`boxes=${areasText(choices.boxes)}`);
  return words.join(' ');
}

export const drawText = ({ style, colour, opacity }: Choices): string => `style=${style} colour=${colour.slice(1)} opacity=${opacity}`;

const among = <T extends string>(text: string | null, words: readonly T[], first: T): T => (words.includes(text as T) ? (text as T) : first);

function share(text: string | null, first: number): number {
  const value = text === null || text === '' ? NaN : Number(text);
  return value >= 0 && value <= 1 ? value : first;
}

const AREAS_MAX = 50;  // in an address

const areasText = (boxes: readonly Box[]): string => boxes.map(({ x, y, width, height }) => [x, y, width, height].join(',')).join('/');

function readAreas(text: string): Box[] {
  const boxes = text.split('/').map((word) => (/^-?\d{1,7},-?\d{1,7},[1-9]\d{0,6},[1-9]\d{0,6}$/.test(word) ? word.split(',').map(Number) : []));
  return boxes.slice(0, AREAS_MAX).filter((one) => one.length === 4).map(([x, y, width, height]) => ({ x: x!, y: y!, width: width!, height: height! }));
}

export function readChoices(search: string): { choices: Choices; look: Look } {
  const query = new URLSearchParams(search);
  const colour = query.get('colour') ?? '';
  return {
    look: among(query.get('look'), LOOKS, 'side'),
    choices: {
      rules: among<Rules | ''>(query.get('ignore'), RULES, ''),
      threshold: share(query.get('threshold'), FIRST_CHOICES.threshold),
      fit: among<Fit | ''>(query.get('fit'), FITS, ''),
      boxes: readAreas(query.get('areas') ?? ''),
      style: among(query.get('style'), STYLES, FIRST_CHOICES.style),
      colour: /^[0-9a-f]{6}$/.test(colour) ? `#${colour}` : FIRST_CHOICES.colour,
      opacity: share(query.get('opacity'), FIRST_CHOICES.opacity),
    },
  };
}

// Only what is not as at first.
export function choicesSearch(choices: Choices, look: Look): string {
  const query = new URLSearchParams();
  if (look !== 'side') query.set('look', look);
  if (choices.rules) query.set('ignore', choices.rules);
  if (choices.rules === 'eye' && choices.threshold !== FIRST_CHOICES.threshold) query.set('threshold', String(choices.threshold));
  if (choices.fit) query.set('fit', choices.fit);
  if (choices.boxes.length && choices.boxes.length <= AREAS_MAX) query.set('areas', areasText(choices.boxes));
  if (choices.style !== FIRST_CHOICES.style) query.set('style', choices.style);
  if (choices.colour !== FIRST_CHOICES.colour) query.set('colour', choices.colour.slice(1));
  if (choices.opacity !== FIRST_CHOICES.opacity) query.set('opacity', String(choices.opacity));
  return query.size ? `?${query}` : '';
}
