import { describe, expect, it } from 'vitest';
import { arrowed, boxBetween, canvasOf, dragged, freshBox, fromFrame, moved, resized, swapped, toFrame } from './areas';
import { commandLine } from './command';
import { compareText, FIRST_CHOICES } from './options';

const canvas = { width: 100, height: 80 };
const box = { x: 10, y: 20, width: 30, height: 40 };

describe('areas', () => {
  it.each([
    [[1.2, 2.7], [5.5, 9], { x: 1, y: 2, width: 5, height: 7 }],
    [[5.5, 9], [1.2, 2.7], { x: 1, y: 2, width: 5, height: 7 }],
    [[-20, -5], [500, 500], { x: 0, y: 0, width: 100, height: 80 }],
    [[120, 10], [140, 20], null],
    [[3, 3], [3, 3], null],
  ] as const)('from %j to %j', (from, to, drawn) => expect(boxBetween(from, to, canvas)).toEqual(drawn));

  it('lie in the first picture, whatever its scale in the frame', () => {
    expect(canvasOf({ canvas: { width: 50, height: 40 }, alignment: { compared_scale: 0.5 } as never })).toEqual(canvas);
    expect(toFrame(box, 0.5)).toEqual({ x: 5, y: 10, width: 15, height: 20 });
    expect(fromFrame({ x: 5, y: 10, width: 15, height: 20 }, 0.5)).toEqual(box);
    expect(fromFrame({ x: 1, y: 1, width: 1, height: 1 }, 0.3)).toEqual({ x: 3, y: 3, width: 4, height: 4 });
  });

  it('stay within the canvas when they are moved, and keep a pixel when they are sized', () => {
    expect(moved(box, 500, -500, canvas)).toEqual({ ...box, x: 70, y: 0 });
    expect(dragged(box, 'se', -500, 500, canvas)).toEqual({ x: 10, y: 20, width: 1, height: 60 });
    expect(dragged(box, 'nw', 5, -3, canvas)).toEqual({ x: 15, y: 17, width: 25, height: 43 });
    expect(dragged(box, 'move', 1, 1, canvas)).toEqual({ ...box, x: 11, y: 21 });
    // One that reaches beyond it stays where it is.
    expect(moved({ x: -5, y: 0, width: 200, height: 10 }, 0, 0, canvas)).toEqual({ x: -5, y: 0, width: 200, height: 10 });
  });

  it('hear arrow keys', () => {
    expect(arrowed(box, 'ArrowRight', false, 10, canvas)).toEqual({ ...box, x: 20 });
    expect(arrowed(box, 'ArrowUp', true, 1, canvas)).toEqual({ ...box, height: 39 });
    expect(arrowed(box, 'a', false, 1, canvas)).toBeNull();
    expect(freshBox([50, 40], { width: 40, height: 40 }, canvas)).toEqual({ x: 45, y: 35, width: 10, height: 10 });
    expect(freshBox([50, 40], { width: 40, height: 40 }, canvas, [{ x: 48, y: 38, width: 9, height: 9 }, { x: 45, y: 35, width: 9, height: 9 }])).toEqual({ x: 51, y: 41, width: 10, height: 10 });
    expect(freshBox([0, 0], canvas, canvas)).toEqual({ x: 0, y: 0, width: 25, height: 20 });
  });

  it('lie in another size of the same picture', () => {
    expect(resized([box], canvas, { width: 301, height: 240 })).toEqual([{ x: 30, y: 60, width: 91, height: 120 }]);
  });

  it('go where the other picture shows them', () => {
    const sizes = { a: canvas, b: { width: 200, height: 40 } };
    expect(swapped([box], sizes, 'original')).toEqual([box]);
    expect(swapped([box], sizes, 'scale')).toEqual([{ x: 20, y: 10, width: 60, height: 20 }]);
    // Mirrored and twice as large.
    const alignment = { a_in_b: [[200, 0], [0, 0], [0, 160], [200, 160]] } as never;
    expect(swapped([box], { ...sizes, alignment }, 'align')).toEqual([{ x: 120, y: 40, width: 60, height: 80 }]);
  });
});

describe('the command', () => {
  it.each([
    ['original', FIRST_CHOICES, ['a.png', 'b.png'], '', 'likeness compare --ignore less a.png b.png'],
    ['align', { ...FIRST_CHOICES, boxes: [box, { ...box, x: -3 }] }, [12, "it's.png"], 'my mask.png', "likeness compare --align --like pixelmatch --threshold 0.1 --ignore-box=10:20:30x40,-3:20:30x40 --mask 'my mask.png' 12 'it'\\''s.png'"],
    ['scale', { ...FIRST_CHOICES, rules: 'colours' }, ['-x.png', '$(b).png'], '', "likeness compare --scale --ignore colours ./-x.png '$(b).png'"],
    // A file is no stored photo.
    ['original', FIRST_CHOICES, ['12', 12], '7', 'likeness compare --ignore less --mask ./7 ./12 12'],
  ] as const)('%s', (fit, choices, names, mask, line) => expect(commandLine({ ...choices, boxes: [...choices.boxes] }, fit, names, mask)).toBe(line));

  it('is what the core is asked', () => {
    expect(compareText({ ...FIRST_CHOICES, boxes: [box] }, 'align', true)).toBe('fit=align regions=100 fidelity=1 rules=pixelmatch threshold=0.1 mask=1 boxes=10,20,30,40');
  });
});
