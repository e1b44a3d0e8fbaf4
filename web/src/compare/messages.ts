// What the page and the worker say to each other.
import type { Difference, Judged } from './core';

export type Ask =
  | { kind: 'module'; module: WebAssembly.Module }
  | { kind: 'picture'; side: 0 | 1; blob: Blob }
  | { kind: 'mask'; blob: Blob }
  | { kind: 'compare'; compare: string; draw: string }
  | { kind: 'draw'; draw: string }
  | { kind: 'judge' };

export interface Decoded {
  bitmap: ImageBitmap;
  width: number;
  height: number;
  translucent: boolean;
}

export interface Compared {
  difference: Difference;
  drawn: ImageBitmap;
  laid: [ImageBitmap, ImageBitmap] | null;  // where the pictures were aligned
  took_ms: number;                          // the comparison itself
}

export interface Answers {
  module: null;
  picture: Decoded;
  mask: ImageBitmap;  // a veil over what it leaves out
  compare: Compared;
  draw: ImageBitmap;
  judge: Judged;
}

export type Request = { id: number; ask: Ask };
export type Reply = { id: number; answer: Answers[keyof Answers] } | { id: number; code: string; error: string; hint: string };
