// The comparison core as a WebAssembly module (src/browser): pixels and options in, answers out. Holds one pair.
import type { Comparison, Schemas } from '../api/client';
import type { Size } from '../lib/geometry';

export interface Box extends Size {
  x: number;
  y: number;
}

// The answers are the API's (src/answer writes both), without what only a server knows of files.
export type Alignment = Schemas['Alignment'];
export type ChangedRegion = Schemas['Difference']['regions'][number];
export type Difference = Omit<Schemas['Difference'], 'a' | 'b' | 'notes' | 'decode_ms' | 'compare_ms'> & { a: Size; b: Size };
export type Judged = Pick<Comparison, 'verdict' | 'similarity_percent' | 'signals'>;

// The canvas' pixels for one of the first picture's.
export const scaleOf = (d: Pick<Difference, 'alignment'>): number => d.alignment?.compared_scale ?? 1;

export interface Pixels extends Size {
  data: Uint8ClampedArray<ArrayBuffer>;
}

interface Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  likeness_picture(side: number, width: number, height: number): number;
  likeness_input(size: number): number;
  likeness_compare(): number;
  likeness_draw(): number;
  likeness_judge(): void;
  likeness_laid(side: number): number;
  likeness_mask(width: number, height: number): number;
  likeness_mask_painted(): number;
  likeness_text(): number;
  likeness_text_size(): number;
}

const NOT_HERE = 52;  // ENOSYS

// The C library's doors to a system: there is none, and its environment is empty. What it writes before it gives up goes
// nowhere.
const hostOf = (memory: () => WebAssembly.Memory): WebAssembly.ModuleImports => ({
  environ_sizes_get: (count: number, size: number) => {
    const view = new DataView(memory().buffer);
    view.setUint32(count, 0, true);
    view.setUint32(size, 0, true);
    return 0;
  },
  environ_get: () => 0,
  fd_close: () => NOT_HERE,
  fd_seek: () => NOT_HERE,
  fd_write: () => NOT_HERE,
  proc_exit: () => {
    throw new WebAssembly.RuntimeError('the comparison ended');
  },
});

export class Core {
  readonly #exports: Exports;

  constructor(module: WebAssembly.Module) {
    const host = hostOf(() => this.#exports.memory);
    this.#exports = new WebAssembly.Instance(module, { wasi_snapshot_preview1: host }).exports as unknown as Exports;
    this.#exports._initialize();
  }

  // Where the pixels of one side go, R, G, B and straight alpha. Valid until the next call.
  picture(side: 0 | 1, width: number, height: number): Uint8ClampedArray<ArrayBuffer> {
    const at = this.#exports.likeness_picture(side, width, height) >>> 0;
    return this.#bytes(at, width * height * 4);
  }

  compare(options: string): Difference {
    this.#input(options);
    if (!this.#exports.likeness_compare()) throw new Error(`no options: ${options}`);
    return JSON.parse(this.#text()) as Difference;
  }

  // Of the last comparison. The pixels are valid until the next call.
  draw(options: string): Pixels {
    this.#input(options);
    const at = this.#exports.likeness_draw() >>> 0;
    if (!at) throw new Error(`no options: ${options}`);
    return this.#pixels(at);
  }

  // One side as it was compared last. Likewise.
  laid(side: 0 | 1): Pixels {
    return this.#pixels(this.#exports.likeness_laid(side) >>> 0);
  }

  // Where the pixels of a mask go. Likewise.
  mask(width: number, height: number): Uint8ClampedArray<ArrayBuffer> {
    return this.#bytes(this.#exports.likeness_mask(width, height) >>> 0, width * height * 4);
  }

  // Reads them. What the mask leaves out as a veil, with nothing elsewhere.
  maskPainted(): Pixels {
    return this.#pixels(this.#exports.likeness_mask_painted() >>> 0);
  }

  judge(): Judged {
    this.#exports.likeness_judge();
    return JSON.parse(this.#text()) as Judged;
  }

  #bytes(at: number, size: number): Uint8ClampedArray<ArrayBuffer> {
    return new Uint8ClampedArray(this.#exports.memory.buffer as ArrayBuffer, at, size);
  }

  #input(text: string) {
    const bytes = new TextEncoder().encode(text);
    this.#bytes(this.#exports.likeness_input(bytes.length) >>> 0, bytes.length).set(bytes);
  }

  #text(): string {
    const bytes = this.#bytes(this.#exports.likeness_text() >>> 0, this.#exports.likeness_text_size());
    return new TextDecoder().decode(bytes);
  }

  #pixels(at: number): Pixels {
    const [width = 0, height = 0] = this.#text().split(' ').map(Number);
    return { width, height, data: this.#bytes(at, width * height * 4) };
  }
}
