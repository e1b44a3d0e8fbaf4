import { describe, expect, it } from 'vitest';
import { choicesSearch, FIRST_CHOICES, readChoices, type Choices } from './options';

const box = { x: -3, y: 20, width: 30, height: 40 };

describe('the address of a comparison', () => {
  it.each<[string, Partial<Choices>]>([
    ['', {}],
    ['?ignore=eye&threshold=0.2&fit=scale', { rules: 'eye', threshold: 0.2, fit: 'scale' }],
    ['?areas=-3%2C20%2C30%2C40%2F1%2C20%2C30%2C40', { boxes: [box, { ...box, x: 1 }] }],
    ['?style=only&colour=ff3b30&opacity=0.5', { style: 'only', colour: '#ff3b30', opacity: 0.5 }],
  ])('%s is read as it was written', (search, part) => {
    const choices = { ...FIRST_CHOICES, ...part };
    expect(choicesSearch(choices, 'side')).toBe(search);
    expect(readChoices(search)).toEqual({ choices, look: 'side' });
  });

  it('leaves out what is none', () => {
    expect(readChoices('?ignore=all&threshold=2&fit=tight&look=away&areas=1,2,3/1,2,0,4/a,2,3,4/5,6,7,8&colour=red&opacity=-1')).toEqual({ choices: { ...FIRST_CHOICES, boxes: [{ x: 5, y: 6, width: 7, height: 8 }] }, look: 'side' });
  });

  it('does not grow without end', () => expect(choicesSearch({ ...FIRST_CHOICES, boxes: Array(51).fill(box) }, 'side')).toBe(''));
});
