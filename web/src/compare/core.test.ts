/// <reference types="node" />
// The module for the browser gives what the same sources give on this machine: counts, regions, drawn pixels, verdicts.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Core } from './core';

const root = resolve(new URL('.', import.meta.url).pathname, '../../..');
const modulePath = join(root, 'web/generated/compare.wasm');
const fixtures = join(process.env.LIKENESS_SHARED ?? join(root, '../shared'), 'photos/diff-fixtures');

function findNative(): string | undefined {
  if (process.env.LIKENESS_BROWSER_NATIVE) return process.env.LIKENESS_BROWSER_NATIVE;
  const builds = join(root, 'build');
  const found = existsSync(builds) ? readdirSync(builds).map((name) => join(builds, name, 'src/browser/browser_native')).filter((path) => existsSync(path)) : [];
  return found.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}
const native = findNative();

interface Picture {
  path: string;
  width: number;
  height: number;
}

// Shapes on a rough ground, the same for the same seed; what `change` does comes on top.
function drawn(seed: number, width: number, height: number, change = 0): Uint8Array {
  let state = seed >>> 0;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
  const pixels = new Uint8Array(width * height * 4);
  const fill = (x0: number, y0: number, w: number, h: number, colour: number[]) => {
    for (let y = Math.max(0, y0); y < Math.min(height, y0 + h); y++)
      for (let x = Math.max(0, x0); x < Math.min(width, x0 + w); x++) pixels.set(colour, 4 * (y * width + x));
  };
  for (let i = 0; i < pixels.length; i += 4) pixels.set([90 + random() * 12, 120 + random() * 12, 150 + random() * 12, 255], i);
  for (let i = 0; i < 160; i++) fill(random() * width | 0, random() * height | 0, 4 + random() * 60 | 0, 4 + random() * 60 | 0, [random() * 255, random() * 255, random() * 255, 255]);
  if (change > 0) {
    fill(width / 3 | 0, height / 4 | 0, change, change >> 1, [250, 30, 30, 255]);
    fill(width / 5 | 0, height / 2 | 0, change, change, [20, 200, 20, 128]);
    for (let i = 0; i < pixels.length; i += 4 * 97) pixels[i] = pixels[i]! ^ 9;
  }
  return pixels;
}

function nativeAnswers(a: Picture, b: Picture, options: string) {
  const run = spawnSync(native!, ['answer', a.path, `${a.width}`, `${a.height}`, b.path, `${b.width}`, `${b.height}`, options], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  const [difference, checksum, verdict, times] = run.stdout.trim().split('\n');
  return { difference: JSON.parse(difference!), checksum, verdict: JSON.parse(verdict!), times: times!.split(' ').map(Number) };
}

const table = Array.from({ length: 256 }, (_, i) => {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});
function crc32c(bytes: Uint8ClampedArray): string {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}

describe.skipIf(!native || !existsSync(modulePath))('the core in WebAssembly', { timeout: 120_000 }, () => {
  let folder = '';
  let core: Core;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'likeness-core-'));
    core = new Core(new WebAssembly.Module(readFileSync(modulePath)));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const save = (name: string, width: number, height: number, pixels: Uint8Array): Picture => {
    const path = join(folder, name);
    writeFileSync(path, pixels);
    return { path, width, height };
  };
  const give = (a: Picture, b: Picture) => [a, b].forEach(({ path, width, height }, side) => core.picture(side as 0 | 1, width, height).set(readFileSync(path)));
  const check = (a: Picture, b: Picture, options: string) => {
    const expected = nativeAnswers(a, b, options);
    give(a, b);
    expect(core.compare(options)).toEqual(expected.difference);
    expect(crc32c(core.draw(options).data)).toBe(expected.checksum);
    expect(core.judge()).toEqual(expected.verdict);
    return expected;
  };

  it.each(['nothing', 'less', 'colours', 'antialiasing', 'alpha', 'pixelmatch', 'pixelmatch-5', 'pixelmatch-7', 'odiff'])('counts as the native one does by the rules %s', (rules) => {
    const a = save('a', 333, 257, drawn(1, 333, 257)), b = save('b', 333, 257, drawn(1, 333, 257, 60));
    const { difference } = check(a, b, `rules=${rules} fidelity=1 regions=20 style=flat-intensity colour=ffff00 opacity=0.3`);
    expect(difference.different_pixels).toBeGreaterThan(1000);
    expect(difference.regions_found).toBeGreaterThan(0);
  });

  it.each(['original', 'scale'])('takes pictures of unequal sizes: %s', (fit) => {
    const a = save('a', 320, 200, drawn(2, 320, 200)), b = save('b', 200, 320, drawn(3, 200, 320));
    check(a, b, `fit=${fit} rules=less boxes=0,0,50,50/300,10,100,5`);
  });

  it('lays a crop over its whole and finds what was put on it', () => {
    const [width, height, left, top, w, h] = [640, 480, 90, 70, 480, 360] as const;
    const whole = drawn(5, width, height), crop = new Uint8Array(w * h * 4);
    for (let y = 0; y < h; y++) crop.set(whole.subarray(4 * ((y + top) * width + left), 4 * ((y + top) * width + left + w)), 4 * y * w);
    for (let y = 100; y < 150; y++) for (let x = 200; x < 300; x++) crop.set([255, 255, 255, 255], 4 * (y * w + x));
    const { difference, verdict } = check(save('a', width, height, whole), save('b', w, h, crop), 'fit=align rules=pixelmatch threshold=0.2');
    expect(difference.aligned).toBe(true);
    expect(difference.alignment.b_in_a[0][0]).toBeCloseTo(left, 0);
    expect(difference.regions[0].box.x).toBeGreaterThan(left + 190);
    expect(verdict.verdict.kind).toBe('contains');
  });

  it('leaves out areas where the first picture has them, and what is light in a mask', () => {
    const [width, height, w, h] = [640, 480, 320, 240] as const;
    const whole = drawn(5, width, height), small = new Uint8Array(w * h * 4);
    for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) for (let c = 0; c < 4; c++) {
      const at = (dx: number, dy: number) => whole[4 * ((2 * y + dy) * width + 2 * x + dx) + c]!;
      small[4 * (y * w + x) + c] = (at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4;
    }
    for (let y = 100; y < 130; y++) for (let x = 200; x < 250; x++) small.set([255, 255, 255, 255], 4 * (y * w + x));
    const [a, b] = [save('a', width, height, whole), save('b', w, h, small)];
    const options = 'fit=align rules=pixelmatch threshold=0.2';
    const { difference: all } = check(a, b, options);
    const { difference: boxed } = check(a, b, `${options} boxes=390,190,120,80`);
    expect(boxed.alignment!.compared_scale).toBeCloseTo(0.5, 2);
    expect(all.different_pixels).toBeGreaterThan(1000);
    expect(boxed.different_pixels).toBeLessThan(50);
    give(a, b);
    const mask = core.mask(width, height).fill(0);
    for (let y = 190; y < 270; y++) mask.fill(255, 4 * (y * width + 390), 4 * (y * width + 510));
    const veil = core.maskPainted();
    expect([veil.width, veil.height, veil.data[3], veil.data[4 * (200 * width + 400) + 3]! > 0]).toEqual([width, height, 0, true]);
    expect(core.compare(`${options} mask=1`)).toMatchObject({ masked: true });
    expect(core.compare(`${options} mask=1`).different_pixels).toBeLessThan(50);
    expect(core.compare(options).different_pixels).toBe(all.different_pixels);
    core.mask(w, h).fill(255);
    core.maskPainted();
    expect(core.compare(`fit=original mask=1`)).toMatchObject({ masked: false, ignored_pixels: 0 });
  });

  it('says that equal pictures are equal, and takes one pixel', () => {
    const a = save('a', 64, 64, drawn(7, 64, 64));
    const { difference, verdict } = check(a, a, 'fit=align');
    expect(difference.equal).toBe(true);
    expect(verdict.verdict.kind).toBe('pixel_equal');
    const dot = save('dot', 1, 1, new Uint8Array([1, 2, 3, 255]));
    check(dot, a, 'fit=scale rules=pixelmatch');
  });

  it('refuses options that are none', () => {
    for (const options of ['rules=none', 'fit=', 'boxes=1,2,3', 'colour=red', 'nonsense', 'opacity=2', 'style=blink']) expect(() => core.compare(options)).toThrow('no options');
  });

  it.skipIf(!existsSync(fixtures))('counts the fixtures of the known tools as the native one does', async () => {
    const rows = readFileSync(join(fixtures, 'EXPECTED.tsv'), 'utf8').trim().split('\n').slice(1).map((line) => line.split('\t'));
    const pairs = [...new Set(rows.map(([, a, b]) => `${a}\n${b}`))].map((pair) => pair.split('\n')).filter((pair) => pair.every((name) => existsSync(join(fixtures, name))));
    expect(pairs.length).toBeGreaterThan(0);
    for (const names of pairs) {
      const [a, b] = names.map((name) => {
        const path = join(folder, name.replaceAll('/', '-'));
        const run = spawnSync(native!, ['decode', join(fixtures, name), path], { encoding: 'utf8' });
        const [width = 0, height = 0] = run.stdout.trim().split(' ').map(Number);
        return { path, width, height };
      }) as [Picture, Picture];
      for (const rules of ['pixelmatch', 'less', 'odiff']) check(a, b, `rules=${rules}`);
      await new Promise((done) => setTimeout(done));  // the runner wants to hear of us
    }
  });
});
