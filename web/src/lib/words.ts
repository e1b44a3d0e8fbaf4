// Duplicates in words. The server's sentence is shown as it is; these are the short names around it and the meaning of
// each signal, so that no number stands alone.
import type { GroupMember, ImportOutcome, Quality, Signals, VerdictKind } from '../api/client';
import { aspectName, bytes, count, dimensions, percent, plural } from './format';

export type Tone = 'same' | 'altered' | 'different';

const TITLES: Record<VerdictKind, [string, Tone]> = {
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

export const verdictTitle = (kind: VerdictKind): string => TITLES[kind]?.[0] ?? 'A copy';
export const verdictTone = (kind: VerdictKind): Tone => TITLES[kind]?.[1] ?? 'altered';
export const isCopy = (kind: VerdictKind | undefined): boolean => kind !== undefined && kind !== 'none' && kind !== 'similar';

export interface SignalLine {
  signal: string;
  text: string;
  agrees: boolean;
}

const COLOUR_L1_MAX = 131_070;

const ORIENTATION_WORDS: Record<string, string> = {
  upright: '',
  rotated90: ' once turned by 90°',
  rotated180: ' once turned by 180°',
  rotated270: ' once turned by 270°',
  mirrored: ' once mirrored',
  mirrored_rotated90: ' once mirrored and turned by 90°',
  mirrored_rotated180: ' once mirrored and turned by 180°',
  mirrored_rotated270: ' once mirrored and turned by 270°',
};

export function signalWords(signals: Signals): SignalLine[] {
  const lines: SignalLine[] = [];
  const { phash, pdq, colour, inliers } = signals;
  const turn = ORIENTATION_WORDS[phash.orientation] ?? '';
  const bits = `${phash.distance} of 256 bits differ`;
  if (phash.distance === 0) lines.push({ signal: 'phash', text: `Structure identical${turn}`, agrees: true });
  else if (phash.distance <= 20) lines.push({ signal: 'phash', text: `Structure nearly identical${turn}: ${bits}`, agrees: true });
  else if (phash.distance <= 64) lines.push({ signal: 'phash', text: `Structure alike${turn}: ${bits}`, agrees: true });
  else lines.push({ signal: 'phash', text: `Structure as a whole differs: ${bits}`, agrees: false });

  if (pdq.reliable) {
    const agrees = pdq.distance <= 31;
    lines.push({ signal: 'pdq', text: `PDQ ${agrees ? 'agrees' : 'disagrees'}: ${pdq.distance} of 256 bits differ`, agrees });
  }
  const common = 1 - colour.distance / COLOUR_L1_MAX;
  lines.push({
    signal: 'colour',
    text: `Colours ${common > 0.95 ? 'the same' : common > 0.45 ? 'alike' : 'different'}: ${percent(common)} in common`,
    agrees: common > 0.45,
  });
  if (inliers > 0) {
    lines.push({ signal: 'local', text: `${plural(inliers, 'point')} of the two pictures ${inliers === 1 ? 'lies' : 'lie'} at the same place`, agrees: inliers >= 10 });
  }
  const shown = signals.match_coverage ?? 1;
  if (inliers > 0 && shown < 0.97 && shown > 0) lines.push({ signal: 'coverage', text: `It shows ${percent(shown)} of the other picture`, agrees: true });
  const changed = signals.changed_share ?? -1;
  if (changed > 0.001) lines.push({ signal: 'changed', text: `${percent(changed)} of the common area was changed`, agrees: changed < 0.3 });
  if (signals.low_information) lines.push({ signal: 'low', text: 'Little to go by: one of them is nearly flat', agrees: false });
  return lines;
}

export const proofWords = ({ inliers }: { inliers: number }): string => (inliers > 0 ? plural(inliers, 'matching point') : '');

const ENLARGED_BELOW = 0.6;
const SCORE_CLEARLY = 10;  // below, the scores of two copies say nothing

// "about 2.1 times", from the share of the resolution that carries detail; empty where that is most of it.
const enlarged = ({ upscale_ratio: ratio = 1 }: Quality): string => (ratio > 0 && ratio < ENLARGED_BELOW ? `about ${(1 / ratio).toFixed(1)} times` : '');
const flaws = (score: number): string => `${score.toFixed(0)} of 100`;

// What the pixels say, for one photo; empty where there is nothing to say.
export function qualityWords(quality: Quality): string {
  const parts: string[] = [];
  if (quality.score !== undefined) parts.push(`flaws ${flaws(quality.score)}`);
  if (enlarged(quality)) parts.push('soft, or enlarged from a smaller picture');
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
    { label: 'Name', a: a.name ?? a.path ?? '', b: b.name ?? b.path ?? '', better: '' },
    {
      label: 'Size',
      a: dimensions(a.width, a.height),
      b: dimensions(b.width, b.height),
      better: more(a.width * a.height, b.width * b.height),
    },
    { label: 'Shape', a: aspectName(a.width, a.height), b: aspectName(b.width, b.height), better: '' },
    { label: 'File', a: bytes(a.size_bytes), b: bytes(b.size_bytes), better: '' },
    { label: 'Format', a: formatName(a.format), b: formatName(b.format), better: '' },
  ];
  const [qa, qb] = [a.quality.jpeg_quality ?? 0, b.quality.jpeg_quality ?? 0];
  if (qa > 0 || qb > 0) {
    rows.push({ label: 'Quality', a: qa > 0 ? `JPEG ${qa}` : 'lossless or unknown', b: qb > 0 ? `JPEG ${qb}` : 'lossless or unknown', better: qa > 0 && qb > 0 ? more(qa, qb) : '' });
  }
  const [ea, eb] = [enlarged(a.quality), enlarged(b.quality)];
  if (ea || eb) rows.push({ label: 'Soft or enlarged', a: ea || 'no', b: eb || 'no', better: ea && eb ? '' : ea ? 'b' : 'a' });
  const [sa, sb] = [a.quality.score, b.quality.score];
  if (sa !== undefined && sb !== undefined) {
    rows.push({ label: 'Flaws', a: flaws(sa), b: flaws(sb), better: Math.abs(sa - sb) < SCORE_CLEARLY ? '' : more(sb, sa) });
  }
  return rows.filter((row) => row.a || row.b);
}

const FORMAT_NAMES: Record<string, string> = { jpeg: 'JPEG', jpg: 'JPEG', png: 'PNG', webp: 'WebP', gif: 'GIF', tiff: 'TIFF', bmp: 'BMP', heic: 'HEIC', avif: 'AVIF', jxl: 'JPEG XL' };
export const formatName = (format: string | undefined): string => FORMAT_NAMES[format?.toLowerCase() ?? ''] ?? format?.toUpperCase() ?? '';

const HERE: Partial<Record<VerdictKind, string>> = {
  exact: 'the same file is here',
  pixel_equal: 'the same pixels are here',
  same_picture: 'the same picture is here',
  mirrored: 'a mirrored copy of one here',
  rotated: 'a turned copy of one here',
  part_of: 'it is part of one here',
  contains: 'it contains one here',
  edited: 'an edited copy of one here',
};

// One line for the upload tray.
export function outcomeWords(outcome: ImportOutcome): string {
  switch (outcome.status) {
    case 'imported':
      if (outcome.replaced) return 'Added; it replaced a lesser copy';
      if (outcome.verdict && isCopy(outcome.verdict.kind)) return 'Added beside its copy';
      return 'Added';
    case 'duplicate':
      return `Not added: ${HERE[outcome.verdict?.kind ?? 'same_picture'] ?? HERE.same_picture}`;
    case 'rejected':
      return outcome.error?.message ?? 'Refused';
    case 'failed':
      return outcome.error?.message ?? 'It did not work';
  }
}

// The server's sentence as it is, with its numbers kept together with their signs.
export const sentence = (text: string): string => text.replaceAll(/(\d) (%|MP|MB|kB|°)/g, '$1\u202f$2');

// A message as a sentence; one that begins with the name of a file stays as it is.
export const upperFirst = (text: string): string => (/^\S+\.\w+/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1));

export const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

export function imageAlt(image: { name: string; title?: string; tags?: string[] } | undefined): string {
  if (!image) return 'Photo';
  const words = image.title || image.name;
  return image.tags?.length ? `${words}, ${image.tags.slice(0, 4).join(', ')}` : words;
}

export const newPhotos = (value: number): string => `${count(value)} new ${value === 1 ? 'photo' : 'photos'}`;
