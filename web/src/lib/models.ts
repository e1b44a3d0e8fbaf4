// What the models in use do, and how to get those that are missing, in words.
import type { ModelStatus } from '../api/client';
import { upperFirst } from './words';
import { t, type PlainText } from './texts';

export type ModelRole = ModelStatus['role'];

export interface RoleWords {
  role: ModelRole;
  title: PlainText;
  gives: PlainText;
  get: string;  // the command for it
}

export const ROLES: readonly RoleWords[] = [
  { role: 'image_text', title: 'Words and look', gives: 'Finds photos by words, and what looks alike.', get: 'likeness models pull clip-vit-b-32' },
  { role: 'image', title: 'Look alone', gives: 'Takes over what looks alike, where it is wanted.', get: 'likeness models pull vgg19-fc1' },
  { role: 'scenes', title: 'Scenes', gives: 'Suggests tags for places, indoors and outdoors.', get: 'likeness models pull places365-resnet18' },
  { role: 'objects', title: 'Objects', gives: 'Suggests tags for things.', get: 'likeness models pull yolox-nano-coco' },
  { role: 'words', title: 'Your own words', gives: 'Suggests tags from a list of yours.', get: 'likeness serve --tag-words words.txt' },
  { role: 'quality', title: 'Quality', gives: 'Scores blur, noise and compression, which helps to choose between copies.', get: 'likeness models pull brisque-live' },
];

// Whether some model can say what looks alike.
export const knowsLooks = (models: readonly ModelStatus[] | null): boolean =>
  models?.some(({ role }) => role === 'image_text' || role === 'image') ?? false;

export const areBusy = (models: readonly ModelStatus[] | null): boolean => models?.some(({ waiting }) => waiting > 0) ?? false;

export interface RoleState {
  tone: 'good' | 'busy' | 'bad';
  words: string;
  more: string[];
  share: number;  // of the photos that were looked at
}

// `photos`: how many there are outside the trash.
export function roleState({ waiting, failed, error, answering_model: before }: ModelStatus, photos: number): RoleState {
  const done = Math.max(0, photos - waiting - failed);
  const more: string[] = [];
  if (before) more.push(t('{model} answers until then.', { model: before }));
  if (failed) more.push(error ? t('{n} photo given up: {why}¦{n} photos given up: {why}', { n: failed, why: error }) : t('{n} photo given up.¦{n} photos given up.', { n: failed }));
  else if (error) more.push(upperFirst(error));
  if (error && !error.includes('likeness models')) more.push(t('likeness models verify tells whether its files are sound.'));
  const share = photos ? done / photos : 1;
  if (waiting) return { tone: error ? 'bad' : 'busy', words: t('{done} of {n} photo looked at¦{done} of {n} photos looked at', { done, n: photos }), more, share };
  return { tone: failed || error ? 'bad' : 'good', words: t('{n} photo looked at¦{n} photos looked at', { n: done }), more, share };
}
