import { describe, expect, it } from 'vitest';
import { aspectName, bytes, coordinates, count, dimensions, exposure, megapixels, percent, photos } from './format';
import { monthName, relativeTime } from './time';
import { factRows, isCopy, outcomeWords, proofWords, qualityWords, sentence, signalWords, upperFirst, verdictTitle } from './words';

const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('numbers', () => {
  it.each([
    [0, '0 B'], [999, '999 B'], [1000, '1 kB'], [1_240_000, '1.2 MB'], [45_600_000, '46 MB'], [999_600_000, '1 GB'], [7.2e12, '7.2 TB'],
  ])('%i bytes are %s', (value, text) => expect(plain(bytes(value))).toBe(text));
  it.each([[6000, 4000, '24 MP'], [1280, 853, '1.1 MP'], [64, 64, '0 MP']])('%i × %i is %s', (w, h, text) =>
    expect(plain(megapixels(w, h))).toBe(text));
  it.each([[6000, 4000, '3:2'], [1080, 1920, '9:16'], [1000, 777, ''], [512, 512, '1:1']])('%i × %i has the shape "%s"', (w, h, text) =>
    expect(aspectName(w, h)).toBe(text));
  it('writes the rest', () => {
    expect(count(1234567)).toBe('1,234,567');
    expect(photos(1)).toBe('1 photo');
    expect(photos(3)).toBe('3 photos');
    expect(dimensions(10, 20)).toBe('10 × 20');
    expect(plain(percent(0.384))).toBe('38 %');
    expect(plain(percent(0.0123))).toBe('1.2 %');
    expect(plain(exposure(0.004))).toBe('1/250 s');
    expect(plain(exposure(2.5))).toBe('2.5 s');
    expect(coordinates(-33.86, 151.2)).toBe('33.86000° S, 151.20000° E');
  });
});

describe('times', () => {
  const now = new Date(2026, 5, 15, 12, 0, 0);
  const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString();
  it.each([
    [10, 'just now'], [300, '5 minutes ago'], [3 * 3600, '3 hours ago'], [26 * 3600, 'yesterday'], [5 * 86400, '5 days ago'],
    [60 * 86400, '16 April'], [400 * 86400, '11 May 2025'],
  ])('%i seconds ago is %s', (seconds, text) => expect(relativeTime(ago(seconds), now)).toBe(text));
  it('knows when there is no time', () => {
    expect(relativeTime('', now)).toBe('');
    expect(relativeTime('rubbish', now)).toBe('');
  });
  it.each([['2023-05', 'May 2023'], ['', 'No date'], ['unknown', 'unknown']])('month %s is %s', (month, text) =>
    expect(monthName(month)).toBe(text));
});

describe('duplicates in words', () => {
  it('says what a verdict means', () => {
    expect(verdictTitle('exact')).toBe('The same file');
    expect(verdictTitle('part_of')).toBe('Part of another picture');
    expect(isCopy('similar')).toBe(false);
    expect(isCopy('mirrored')).toBe(true);
  });
  it('explains each signal with its meaning, never a bare number', () => {
    const words = signalWords({
      phash: { distance: 6, upright_distance: 120, orientation: 'mirrored' },
      pdq: { distance: 12, reliable: true },
      colour: { distance: 13107 },
      inliers: 184,
      low_information: false,
      query_coverage: 1,
      match_coverage: 0.38,
      changed_share: 0.05,
    });
    expect(words.map((line) => plain(line.text))).toEqual([
      'Structure nearly identical once mirrored: 6 of 256 bits differ',
      'PDQ agrees: 12 of 256 bits differ',
      'Colours alike: 90 % in common',
      '184 points of the two pictures lie at the same place',
      'It shows 38 % of the other picture',
      '5 % of the common area was changed',
    ]);
    expect(words.every((line) => line.agrees)).toBe(true);
  });
  it.each([
    [{ status: 'imported' }, 'Added'],
    [{ status: 'imported', replaced: 4 }, 'Added; it replaced a lesser copy'],
    [{ status: 'imported', verdict: { kind: 'mirrored' } }, 'Added beside its copy'],
    [{ status: 'duplicate', verdict: { kind: 'exact' } }, 'Not added: the same file is here'],
    [{ status: 'duplicate', verdict: { kind: 'part_of' } }, 'Not added: it is part of one here'],
    [{ status: 'rejected', error: { code: 'unsupported', message: 'not a picture' } }, 'not a picture'],
  ])('says how %j ended', (outcome, text) => expect(outcomeWords({ path: 'x', ...outcome } as never)).toBe(text));
  it('keeps numbers with their signs', () => expect(sentence('Shows 38 % of it, turned by 90 °.')).toBe('Shows 38\u202f% of it, turned by 90\u202f°.'));
  it('offers points only where there are some', () => {
    expect(proofWords({ inliers: 0 })).toBe('');
    expect(proofWords({ inliers: 12 })).toBe('12 matching points');
  });
});

describe('facts of a pair', () => {
  const base = { width: 1000, height: 500, size_bytes: 1000, format: 'jpeg', quality: {}, keep: false };
  it('marks the better value, and none where they are equal', () => {
    const rows = factRows(
      { ...base, name: 'a.jpg', quality: { jpeg_quality: 92, upscale_ratio: 1 } },
      { ...base, name: 'b.jpg', width: 3000, height: 1500, quality: { jpeg_quality: 75, upscale_ratio: 1 } },
    );
    const better = Object.fromEntries(rows.map((row) => [row.label, row.better]));
    expect(better).toMatchObject({ Size: 'b', Quality: 'a', Shape: '', Format: '', Name: '' });
  });
  it('says when one was enlarged', () => {
    const rows = factRows({ ...base, quality: { upscale_ratio: 0.48 } }, { ...base, quality: { upscale_ratio: 0.8 } });
    expect(rows.find((row) => row.label === 'Soft or enlarged')).toMatchObject({ a: 'about 2.1 times', b: 'no', better: 'b' });
  });
  it.each<[number, number, string]>([[23, 51, 'a'], [40, 23, 'b'], [23, 30, '']])('flaws of %i and %i: %s', (a, b, better) => {
    const rows = factRows({ ...base, quality: { score: a } }, { ...base, quality: { score: b } });
    expect(rows.find((row) => row.label === 'Flaws')).toMatchObject({ a: `${a} of 100`, b: `${b} of 100`, better });
  });
  it('says what the pixels say of one photo', () => {
    expect(qualityWords({ sharpness: 3, upscale_ratio: 1 })).toBe('');
    expect(qualityWords({ score: 22.6, upscale_ratio: 0.5 })).toBe('flaws 23 of 100 · soft, or enlarged from a smaller picture');
  });
});

describe('a message of the server', () => {
  it.each([['no model is in use', 'No model is in use'], ['cat.webp: cannot decode', 'cat.webp: cannot decode'], ['', '']])('%s', (text, shown) => expect(upperFirst(text)).toBe(shown));
});
