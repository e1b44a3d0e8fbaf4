// The same comparison on the command line. Pure.
import { rulesFor, type Choices, type Fit } from './options';

const quoted = (name: string): string => shell(name.startsWith('-') ? `./${name}` : name);
const shell = (text: string): string => (/^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

// `names`: of files, or the numbers of stored photos.
export function commandLine(choices: Choices, fit: Fit, names: readonly [string, string], mask: string): string {
  const words = ['likeness compare'];
  if (fit !== 'original') words.push(`--${fit}`);
  const rules = rulesFor(choices, fit);
  words.push(rules === 'eye' ? `--like pixelmatch --threshold ${choices.threshold}` : `--ignore ${rules}`);
  if (choices.boxes.length) words.push(`--ignore-box=${choices.boxes.map(({ x, y, width, height }) => `${x}:${y}:${width}x${height}`).join(',')}`);
  if (mask) words.push(`--mask ${quoted(mask)}`);
  return [...words, ...names.map(quoted)].join(' ');
}
