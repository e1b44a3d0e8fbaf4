import { Fragment, type ReactNode } from 'react';
import { template, written, type Text } from '../lib/texts';

type Part = ReactNode | ((inner: string) => ReactNode);

// A text with parts that are more than text: "<a>…</a>" goes through the function `a`, "{key}" is the node `key`.
export function Rich({ text, parts }: { text: Text; parts: Record<string, Part> }) {
  const n = parts.n;
  const pieces: ReactNode[] = [];
  let rest = template(text, typeof n === 'number' ? n : undefined);
  for (let match = find(rest); match; match = find(rest)) {
    const [whole, tag, inner, name] = match;
    const part = parts[(tag ?? name)!];
    pieces.push(rest.slice(0, match.index), typeof part === 'function' ? part(fill(inner ?? '', parts)) : typeof part === 'number' ? written(part) : part);
    rest = rest.slice(match.index + whole.length);
  }
  pieces.push(rest);
  return pieces.map((piece, i) => <Fragment key={i}>{piece}</Fragment>);
}

const find = (text: string) => /<(\w+)>(.*?)<\/\1>|\{(\w+)\}/.exec(text);

const fill = (text: string, parts: Record<string, Part>): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const part = parts[name];
    return typeof part === 'number' || typeof part === 'string' ? written(part) : whole;
  });
