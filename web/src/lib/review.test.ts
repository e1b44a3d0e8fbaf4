import { describe, expect, it } from 'vitest';
import type { DuplicateGroup, GroupMember, Verdict } from '../api/client';
import { decisionFor, nextPair, remaining, type Done } from './review';

const member = (id: number, keep = false): GroupMember => ({ id, keep, width: 1, height: 1, size_bytes: 1, quality: {} });
const verdict = (sentence: string): Verdict => ({ kind: 'same_picture', rule: '', score: 1, distance: 0, sentence });
const group: DuplicateGroup = {
  kind: 'same_picture',
  members: [member(10), member(20, true), member(30)],
  evidence: [{ a: 0, b: 1, verdict: verdict('10 in 20') }, { a: 1, b: 2, verdict: verdict('20 in 30') }],
  keep_reasons: [],
};
const ids = (done: Done[]) => {
  const pair = nextPair(group, 0, done);
  return pair && [pair.a.id, pair.b.id];
};

describe('the order of review', () => {
  it('shows the proposed keeper on the left, with its evidence in either direction', () => {
    const pair = nextPair(group, 4, [])!;
    expect([pair.group, pair.a.id, pair.b.id, pair.verdict!.sentence, pair.queryIsA]).toEqual([4, 20, 10, '10 in 20', false]);
  });
  it.each<[string, Done[], number[] | null]>([
    ['the left is kept', [{ a: 20, b: 10, choice: 'keep_a' }], [20, 30]],
    ['the right is kept', [{ a: 20, b: 10, choice: 'keep_b' }], [10, 30]],
    ['they are versions', [{ a: 20, b: 10, choice: 'alternate' }], [20, 30]],
    ['all is decided', [{ a: 20, b: 10, choice: 'keep_a' }, { a: 20, b: 30, choice: 'not_duplicate' }], null],
  ])('goes on when %s', (_, done, next) => expect(ids(done)).toEqual(next));
  it('counts what is left', () => {
    expect(remaining(group, [])).toBe(2);
    expect(remaining(group, [{ a: 20, b: 10, choice: 'keep_a' }])).toBe(1);
  });
});

describe('what the server hears', () => {
  it('keeps a and trashes b', () => {
    expect(decisionFor(1, 2, 'keep_a')).toEqual({ a: 1, b: 2, kind: 'duplicate' });
    expect(decisionFor(1, 2, 'keep_b')).toEqual({ a: 2, b: 1, kind: 'duplicate' });
    expect(decisionFor(1, 2, 'not_duplicate')).toEqual({ a: 1, b: 2, kind: 'not_duplicate' });
  });
});
