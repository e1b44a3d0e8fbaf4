// The order of work in a group of copies: the picture to keep against each other one, and what remains after each choice.
import type { DecisionKind, DuplicateGroup, GroupMember, Verdict } from '../api/client';
import type { PlainText } from './texts';

export interface Pair {
  group: number;      // index of the group
  a: GroupMember;     // shown on the left: what is proposed to be kept
  b: GroupMember;
  verdict?: Verdict;  // absent when the two are linked only through others
  queryIsA: boolean;  // which side the verdict's query is; its regions and transform are said from there
}

export type Choice = 'keep_a' | 'keep_b' | 'alternate' | 'keep_both' | 'not_duplicate';

export interface Done {
  a: number;
  b: number;
  choice: Choice;
  decision?: number;  // the server's id of it
}

const key = (a: number, b: number): string => (a < b ? `${a}-${b}` : `${b}-${a}`);

// The next pair of the group that nobody has decided, or none.
export function nextPair(group: DuplicateGroup, index: number, done: readonly Done[]): Pair | null {
  const gone = new Set<number>();
  const settled = new Set<string>();
  for (const { a, b, choice } of done) {
    if (choice === 'keep_a') gone.add(b);
    else if (choice === 'keep_b') gone.add(a);
    else settled.add(key(a, b));
  }
  const left = group.members.filter((member) => member.id !== undefined && !gone.has(member.id));
  const keeper = left.find((member) => member.keep) ?? left[0];
  if (!keeper) return null;
  const ordered = [keeper, ...left.filter((member) => member !== keeper)];
  for (let i = 0; i < ordered.length; i++) {
    for (let j = i + 1; j < ordered.length; j++) {
      const [a, b] = [ordered[i]!, ordered[j]!];
      if (settled.has(key(a.id!, b.id!))) continue;
      const evidence = evidenceFor(group, a, b);
      // Beyond the keeper's own pairs only those with evidence are worth a question.
      if (i > 0 && !evidence) continue;
      return { group: index, a, b, ...(evidence ?? { queryIsA: true }) };
    }
  }
  return null;
}

function evidenceFor(group: DuplicateGroup, a: GroupMember, b: GroupMember): { verdict: Verdict; queryIsA: boolean } | null {
  const [ia, ib] = [group.members.indexOf(a), group.members.indexOf(b)];
  for (const evidence of group.evidence) {
    if (evidence.a === ia && evidence.b === ib) return { verdict: evidence.verdict, queryIsA: true };
    if (evidence.a === ib && evidence.b === ia) return { verdict: evidence.verdict, queryIsA: false };
  }
  return null;
}

export const remaining = (group: DuplicateGroup, done: readonly Done[]): number => {
  let pairs = 0;
  const made = [...done];
  for (let pair = nextPair(group, 0, made); pair; pair = nextPair(group, 0, made)) {
    made.push({ a: pair.a.id!, b: pair.b.id!, choice: 'keep_a' });
    pairs++;
  }
  return pairs;
};

// What a choice is called at the server, which keeps `a` and puts `b` into the trash for `duplicate`.
export function decisionFor(a: number, b: number, choice: Choice): { a: number; b: number; kind: DecisionKind } {
  switch (choice) {
    case 'keep_a':
      return { a, b, kind: 'duplicate' };
    case 'keep_b':
      return { a: b, b: a, kind: 'duplicate' };
    default:
      return { a, b, kind: choice };
  }
}

export const choiceWords: Record<Choice, PlainText> = {
  keep_a: 'Kept the left one',
  keep_b: 'Kept the right one',
  alternate: 'Linked as versions',
  keep_both: 'Kept both',
  not_duplicate: 'Not copies',
};
