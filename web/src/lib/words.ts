// Duplicates in words. The server's sentence is shown as it is; these are the short names around it and the meaning of
// each signal, so that no number stands alone.
import type { GroupMember, ImportOutcome, Quality, Signals, VerdictKind } from '../api/client';
import { aspectName, bytes, decimal, dimensions, percent } from './format';
import { t, type PlainText } from './texts';

export type Tone = 'same' | 'altered' | 'different';

const TITLES: Record<VerdictKind, [PlainText, Tone]> = {
  none: ['Different pictures', 'different'],
  exact: ['The same file', 'same'],
  pixel_equal: ['The same pixels in another file', 'same'],
  same_picture: ['The same picture', 'same'],
  mirrored: ['A mirrored copy', 'altered'],
  rotated: ['A turned copy', 'altered'],
  part_of: ['Part of another picture', 'altered'],
  contains: ['Contains another picture', 'altered'],
  edited: ['An edited copy', 'altered'],
  similar: ['Alike, but not a copy', 'different'],
};

export const verdictTitle = (kind: VerdictKind): string => t(TITLES[kind]?.[0] ?? 'A copy');
export const verdictTone = (kind: VerdictKind): Tone => TITLES[kind]?.[1] ?? 'altered';
export const isCopy = (kind: VerdictKind | undefined): boolean => kind !== undefined && kind !== 'none' && kind !== 'similar';

export interface SignalLine {
  signal: string;
  text: string;
  agrees: boolean;
}

const COLOUR_L1_MAX = 131_070;

const ORIENTATION_WORDS: Record<string, PlainText> = {
  rotated90: 'once turned by 90°',
  rotated180: 'once turned by 180°',
  rotated270: 'once turned by 270°',
  mirrored: 'once mirrored',
  mirrored_rotated90: 'once mirrored and turned by 90°',
  mirrored_rotated180: 'once mirrored and turned by 180°',
  mirrored_rotated270: 'once mirrored and turned by 270°',
};

export function signalWords(signals: Signals): SignalLine[] {
  const lines: SignalLine[] = [];
  const { phash, pdq, colour, inliers } = signals;
  const turned = ORIENTATION_WORDS[phash.orientation];
  const turn = turned ? ` ${t(turned)}` : '';
  const bits = (words: string, n: number) => t('{words}: {n} of 256 bits differ', { words, n });
  if (phash.distance === 0) lines.push({ signal: 'phash', text: t('Structure identical') + turn, agrees: true });
  else if (phash.distance <= 20) lines.push({ signal: 'phash', text: bits(t('Structure nearly identical') + turn, phash.distance), agrees: true });
  else if (phash.distance <= 64) lines.push({ signal: 'phash', text: bits(t('Structure alike') + turn, phash.distance), agrees: true });
  else lines.push({ signal: 'phash', text: bits(t('Structure as a whole differs'), phash.distance), agrees: false });

  if (pdq.reliable) {
    const agrees = pdq.distance <= 31;
    lines.push({ signal: 'pdq', text: bits(agrees ? t('PDQ agrees') : t('PDQ disagrees'), pdq.distance), agrees });
  }
  const common = 1 - colour.distance / COLOUR_L1_MAX;
  lines.push({
    signal: 'colour',
    text: t(common > 0.95 ? 'Colours the same: {share} in common' : common > 0.45 ? 'Colours alike: {share} in common' : 'Colours different: {share} in common', { share: percent(common) }),
    agrees: common > 0.45,
  });
  if (inliers > 0) {
    lines.push({ signal: 'local', text: t('{n} point of the two pictures lies at the same place¦{n} points of the two pictures lie at the same place', { n: inliers }), agrees: inliers >= 10 });
  }
  const shown = signals.match_coverage ?? 1;
  if (inliers > 0 && shown < 0.97 && shown > 0) lines.push({ signal: 'coverage', text: t('It shows {share} of the other picture', { share: percent(shown) }), agrees: true });
  const changed = signals.changed_share ?? -1;
  if (changed > 0.001) lines.push({ signal: 'changed', text: t('{share} of the common area was changed', { share: percent(changed) }), agrees: changed < 0.3 });
  if (signals.low_information) lines.push({ signal: 'low', text: t('Little to go by: one of them is nearly flat'), agrees: false });
  return lines;
}

export const proofWords = ({ inliers }: { inliers: number }): string => (inliers > 0 ? t('{n} matching point¦{n} matching points', { n: inliers }) : '');

const ENLARGED_BELOW = 0.6;
const SCORE_CLEARLY = 10;  // below, the scores of two copies say nothing

// "about 2.1 times", from the share of the resolution that carries detail; empty where that is most of it.
const enlarged = ({ upscale_ratio: ratio = 1 }: Quality): string => (ratio > 0 && ratio < ENLARGED_BELOW ? t('about {n} times', { n: decimal(1 / ratio, 1) }) : '');
const flaws = (score: number): string => t('{n} of 100', { n: Math.round(score) });

// What the pixels say, for one photo; empty where there is nothing to say.
export function qualityWords(quality: Quality): string {
  const parts: string[] = [];
  if (quality.score !== undefined) parts.push(t('flaws {score}', { score: flaws(quality.score) }));
  if (enlarged(quality)) parts.push(t('soft, or enlarged from a smaller picture'));
  return parts.join(' · ');
}

export interface FactRow {
  label: string;
  a: string;
  b: string;
  better: 'a' | 'b' | '';
}

type Facts = Pick<GroupMember, 'width' | 'height' | 'size_bytes' | 'format' | 'quality' | 'name' | 'path'>;

// What a person weighs up, row by row; `better` is set only where one value is better without doubt.
export function factRows(a: Facts, b: Facts): FactRow[] {
  const more = (x: number, y: number): FactRow['better'] => (x === y ? '' : x > y ? 'a' : 'b');
  const rows: FactRow[] = [
    { label: t('Name'), a: a.name ?? a.path ?? '', b: b.name ?? b.path ?? '', better: '' },
    {
      label: t('Size'),
      a: dimensions(a.width, a.height),
      b: dimensions(b.width, b.height),
      better: more(a.width * a.height, b.width * b.height),
    },
    { label: t('Shape'), a: aspectName(a.width, a.height), b: aspectName(b.width, b.height), better: '' },
    { label: t('File'), a: bytes(a.size_bytes), b: bytes(b.size_bytes), better: '' },
    { label: t('Format'), a: formatName(a.format), b: formatName(b.format), better: '' },
  ];
  const [qa, qb] = [a.quality.jpeg_quality ?? 0, b.quality.jpeg_quality ?? 0];
  if (qa > 0 || qb > 0) {
    rows.push({ label: t('Quality'), a: qa > 0 ? `JPEG ${qa}` : t('lossless or unknown'), b: qb > 0 ? `JPEG ${qb}` : t('lossless or unknown'), better: qa > 0 && qb > 0 ? more(qa, qb) : '' });
  }
  const [ea, eb] = [enlarged(a.quality), enlarged(b.quality)];
  if (ea || eb) rows.push({ label: t('Soft or enlarged'), a: ea || t('no'), b: eb || t('no'), better: ea && eb ? '' : ea ? 'b' : 'a' });
  const [sa, sb] = [a.quality.score, b.quality.score];
  if (sa !== undefined && sb !== undefined) {
    rows.push({ label: t('Flaws'), a: flaws(sa), b: flaws(sb), better: Math.abs(sa - sb) < SCORE_CLEARLY ? '' : more(sb, sa) });
  }
  return rows.filter((row) => row.a || row.b);
}

const FORMAT_NAMES: Record<string, string> = { jpeg: 'JPEG', jpg: 'JPEG', png: 'PNG', webp: 'WebP', gif: 'GIF', tiff: 'TIFF', bmp: 'BMP', heic: 'HEIC', avif: 'AVIF', jxl: 'JPEG XL' };
export const formatName = (format: string | undefined): string => FORMAT_NAMES[format?.toLowerCase() ?? ''] ?? format?.toUpperCase() ?? '';

const HERE: Partial<Record<VerdictKind, PlainText>> = {
  exact: 'Not added: the same file is here',
  pixel_equal: 'Not added: the same pixels are here',
  same_picture: 'Not added: the same picture is here',
  mirrored: 'Not added: a mirrored copy of one here',
  rotated: 'Not added: a turned copy of one here',
  part_of: 'Not added: it is part of one here',
  contains: 'Not added: it contains one here',
  edited: 'Not added: an edited copy of one here',
};

// One line for the upload tray.
export function outcomeWords(outcome: ImportOutcome): string {
  switch (outcome.status) {
    case 'imported':
      if (outcome.replaced) return t('Added; it replaced a lesser copy');
      if (outcome.verdict && isCopy(outcome.verdict.kind)) return t('Added beside its copy');
      return t('Added');
    case 'duplicate':
      return t(HERE[outcome.verdict?.kind ?? 'same_picture'] ?? 'Not added: the same picture is here');
    case 'rejected':
      return outcome.error?.message ?? t('Refused');
    case 'failed':
      return outcome.error?.message ?? t('It did not work');
  }
}

// The server's sentence as it is, with its numbers kept together with their signs.
export const sentence = (text: string): string => text.replaceAll(/(\d) (%|MP|MB|kB|°)/g, '$1\u202f$2');

// A message as a sentence; one that begins with the name of a file stays as it is.
export const upperFirst = (text: string): string => (/^\S+\.\w+/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1));

export const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

export function imageAlt(image: { name: string; title?: string; tags?: string[] } | undefined): string {
  if (!image) return t('Photo');
  const words = image.title || image.name;
  return image.tags?.length ? `${words}, ${image.tags.slice(0, 4).join(', ')}` : words;
}

export const newPhotos = (value: number): string => t('{n} new photo¦{n} new photos', { n: value });
