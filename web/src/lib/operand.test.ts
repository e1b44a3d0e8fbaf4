import { describe, expect, it } from 'vitest';
import { operandAt, replaceOperand } from './operand';

// The caret stands at "|".
const at = (marked: string) => {
  const caret = marked.indexOf('|');
  return { text: marked.slice(0, caret) + marked.slice(caret + 1), caret };
};

describe('the operand under the caret', () => {
  it.each<[string, string]>([
    ['win|', 'win'],
    ['winter, fo|', 'fo'],
    ['winter && fo|', 'fo'],
    ['winter&&-fo|', 'fo'],
    ['-(winter ,! rainbow da|', 'rainbow da'],
    ['man-ma|', 'man-ma'],
    ['fate (se|', 'fate (se'],
    ['"red, wh|', 'red, wh'],
    ['sea, |', ''],
    ['win|, sea', 'win'],
    ['width>=19|', 'width>=19'],
  ])('of %s is %s', (marked, text) => {
    const { text: expression, caret } = at(marked);
    expect(operandAt(expression, caret)?.text).toBe(text);
  });
  it.each<[string, string, string]>([
    ['winter, fo|', 'forest', 'winter, forest|'],
    ['winter, -fo|, sea', 'forest', 'winter, -forest|, sea'],
    ['(fo|)', '"red, white"', '("red, white"|)'],
    ['fo|r && sea', 'forest', 'forest|&& sea'],
  ])('of %s is replaced by %s', (marked, written, wanted) => {
    const { text: expression, caret } = at(marked);
    const done = replaceOperand(expression, operandAt(expression, caret)!, written);
    expect(done.text.slice(0, done.caret) + '|' + done.text.slice(done.caret)).toBe(wanted);
  });
});
