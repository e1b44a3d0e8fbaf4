/// <reference lib="webworker" />
// Decodes and compares away from the page. It has no way to the network and asks for none.
import { Core, type Pixels } from './core';
import type { Answers, Ask, Decoded, Reply, Request } from './messages';

const PIXELS_MAX = 120_000_000;
const BAND_PIXELS = 4_000_000;

class Refusal extends Error {
  constructor(message: string, readonly hint: string, readonly code = 'unsupported') {
    super(message);
  }
}

let module: WebAssembly.Module | null = null;
let core: Core | null = null;
const held: [boolean, boolean] = [false, false];  // which sides the core has a picture of
let light: Blob | null = null;  // the mask that was read last
let isMaskHeld = false;         // whether the core has it

function theCore(): Core {
  if (!module) throw new Refusal('The comparison is not loaded.', 'Reload the page.');
  return (core ??= new Core(module));
}

function pair(): Core {
  if (!core || !held[0] || !held[1]) throw new Refusal('The comparison lost its pictures.', 'Choose them again.');
  return core;
}

// Upright, in sRGB, eight bits a channel, into the room that is asked for. Bands keep the copy that the browser makes small.
async function read(blob: Blob, roomFor: (width: number, height: number) => Uint8ClampedArray): Promise<Decoded> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image', premultiplyAlpha: 'default', colorSpaceConversion: 'default' });
  } catch {
    throw new Refusal('This browser cannot show the picture.', 'It may be damaged, or in a format that browsers do not know: JPEG, PNG, WebP, GIF, BMP and AVIF work. Add it to the library to compare it by its preview.', 'unreadable');
  }
  const { width, height } = bitmap;
  if (width * height > PIXELS_MAX) {
    bitmap.close();
    throw new Refusal('The picture has too many pixels for the browser.', 'At most 120 million are compared in the browser; likeness compare takes larger ones.');
  }
  const rows = Math.max(1, Math.min(height, Math.floor(BAND_PIXELS / width)));
  const canvas = new OffscreenCanvas(width, rows);
  const pen = canvas.getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' });
  if (!pen) throw new Refusal('This browser cannot read pixels.', 'Reload the page.');
  const to = roomFor(width, height);
  let translucent = false;
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    pen.clearRect(0, 0, width, rows);
    pen.drawImage(bitmap, 0, top, width, count, 0, 0, width, count);
    const { data } = pen.getImageData(0, 0, width, count);
    to.set(data, top * width * 4);
    for (let i = 3; i < data.length && !translucent; i += 4) translucent = data[i] !== 255;
  }
  return { bitmap, width, height, translucent };
}

async function picture(side: 0 | 1, blob: Blob): Promise<[Answers['picture'], Transferable[]]> {
  const decoded = await read(blob, (width, height) => {
    held[side] = false;
    return theCore().picture(side, width, height);
  });
  held[side] = true;
  return [decoded, [decoded.bitmap]];
}

async function giveMask(blob: Blob): Promise<Pixels> {
  (await read(blob, (width, height) => {
    isMaskHeld = false;
    return theCore().mask(width, height);
  })).bitmap.close();
  const painted = theCore().maskPainted();
  isMaskHeld = true;
  return painted;
}

async function mask(blob: Blob): Promise<[Answers['mask'], Transferable[]]> {
  light = null;
  const veil = await toBitmap(await giveMask(blob));
  light = blob;
  return [veil, [veil]];
}

// A copy: the module's memory goes on changing.
const toBitmap = ({ width, height, data }: Pixels) => createImageBitmap(new ImageData(new Uint8ClampedArray(data), width, height));

async function answer(ask: Ask): Promise<[Answers[keyof Answers], Transferable[]]> {
  switch (ask.kind) {
    case 'module':
      module = ask.module;
      return [null, []];
    case 'picture':
      return picture(ask.side, ask.blob);
    case 'mask':
      return mask(ask.blob);
    case 'compare': {
      pair();
      // A core that took the place of one that gave up has the pictures that were chosen again, but not the mask.
      if (light && !isMaskHeld && ask.compare.split(' ').includes('mask=1')) await giveMask(light);
      const start = performance.now();
      const difference = pair().compare(ask.compare);
      const took_ms = performance.now() - start;
      const drawn = await toBitmap(pair().draw(ask.draw));
      const laid: [ImageBitmap, ImageBitmap] | null = difference.aligned ? [await toBitmap(pair().laid(0)), await toBitmap(pair().laid(1))] : null;
      return [{ difference, drawn, laid, took_ms }, [drawn, ...(laid ?? [])]];
    }
    case 'draw': {
      const drawn = await toBitmap(pair().draw(ask.draw));
      return [drawn, [drawn]];
    }
    case 'judge':
      return [pair().judge(), []];
  }
}

// One after the other: each answer is of the pair as it was when it was asked.
let last: Promise<unknown> = Promise.resolve();
self.onmessage = ({ data: { id, ask } }: MessageEvent<Request>) => {
  last = last.then(async () => {
    let reply: Reply;
    let moved: Transferable[] = [];
    try {
      const [found, transfer] = await answer(ask);
      reply = { id, answer: found };
      moved = transfer;
    } catch (fault) {
      if (fault instanceof Refusal) reply = { id, code: fault.code, error: fault.message, hint: fault.hint };
      else {
        // The module gave up, as it does where memory ends: what it held is gone.
        core = null;
        held.fill(false);
        isMaskHeld = false;
        reply = { id, code: 'unsupported', error: 'The pictures are too large for this browser.', hint: 'likeness compare on the command line takes them.' };
      }
    }
    self.postMessage(reply, { transfer: moved });
  });
};
