import { describe, expect, it } from 'vitest';
import type { SearchHit } from '../api/client';
import { lookDistance, nearness, questionWords, textsOf } from './search';

describe('words that are looked for', () => {
  it.each<[string, string, string[]]>([
    ['', '', []],
    [' a dog on the beach ', '', ['a dog on the beach']],
    ['beach, sunset,', '', ['beach', 'sunset']],
    ['beach', 'people; cars', ['beach', '-people', '-cars']],
    ['beach, -people', '- snow', ['beach', '-people', '-snow']],
  ])('“%s” without “%s”', (text, minus, texts) => expect(textsOf(text, minus)).toEqual(texts));
  it.each<[string, string, string]>([
    ['a dog', '', '“a dog”'],
    ['beach, sunset', 'people', '“beach” and “sunset”, without “people”'],
    ['beach, - people', '', '“beach”, without “people”'],
    ['', 'snow', 'without “snow”'],
  ])('“%s” without “%s” is said as %s', (text, minus, words) => expect(questionWords(text, minus)).toBe(words));
});

describe('how near a photo is', () => {
  const hit = (...signals: [SearchHit['signals'][number]['signal'], number][]) =>
    ({ signals: signals.map(([signal, distance]) => ({ signal, distance, score: 0.01, rank: 1, cosine: 1 - distance })) });
  it.each<[string, ReturnType<typeof hit>, string]>([
    ['by words', hit(['text', 0.725_94]), 'score 0.2741'],
    ['by look', hit(['look', 0.1]), 'distance 0.1000'],
    ['by both', hit(['look', 0.25], ['text', 0.5]), 'distance 0.2500 · score 0.5000'],
    ['by colour alone', hit(['colour', 4000]), ''],
  ])('%s', (_, found, words) => expect(nearness(found)).toBe(words));
  it('has four decimals of distance', () => expect(lookDistance(hit(['text', 0.5], ['look', 0.123_456]))).toBe('0.1235'));
  it('has none that was not looked for', () => expect(lookDistance(hit(['phash', 3]))).toBe(''));
});
