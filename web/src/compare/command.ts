// The same comparison on the command line. Pure.
import { rulesFor, type Choices, type Fit } from './options';

// A file's name that would be read as an option or as a stored photo's number.
const quoted = (name: string): string => shell(/^(-|\d+$)/.test(name) ? `./${name}` : name);
const shell = (text: string): string => (/^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

// `sides`: files' names, or numbers of stored photos. Boxes in pixels of the first original.
export function commandLine(choices: Choices, fit: Fit, sides: readonly [number | string, number | string], mask: string): string {
  const words = ['likeness compare'];
  if (fit !== 'original') words.push(`--${fit}`);
  const rules = rulesFor(choices, fit);
  words.push(rules === 'eye' ? `--like pixelmatch --threshold ${choices.threshold}` : `--ignore ${rules}`);
  if (choices.boxes.length) words.push(`--ignore-box=${choices.boxes.map(({ x, y, width, height }) => `${x}:${y}:${width}x${height}`).join(',')}`);
  if (mask) words.push(`--mask ${quoted(mask)}`);
  return [...words, ...sides.map((one) => (typeof one === 'number' ? String(one) : quoted(one)))].join(' ');
}
