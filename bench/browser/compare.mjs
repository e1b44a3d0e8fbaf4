// The comparison in WebAssembly against the same sources on this machine, one thread each, pixels already decoded.
//
//   node bench/browser/compare.mjs PICTURE [ROUNDS]
//
// The second picture is the first as a camera's other file of it may be: one pixel in three moved by up to 8 levels, and a
// box painted over. See bench/RESULTS.md.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(new URL('.', import.meta.url).pathname, '../..');
const native = process.env.LIKENESS_BROWSER_NATIVE ?? join(root, 'build/release/src/browser/browser_native');
const module = new WebAssembly.Module(readFileSync(join(root, 'web/generated/compare.wasm')));
const [picture, rounds = '5'] = process.argv.slice(2);

const run = (...words) => {
  const { status, stdout, stderr } = spawnSync(native, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
};
const folder = mkdtempSync(join(tmpdir(), 'likeness-bench-'));
const paths = [join(folder, 'a'), join(folder, 'b')];
const [width, height] = run('decode', picture, paths[0]).split(' ').map(Number);
const changed = Buffer.from(readFileSync(paths[0]));
let state = 1;
for (let i = 0; i < changed.length; i += 12)
  for (let c = 0; c < 3; c++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    changed[i + c] = Math.min(255, Math.max(0, changed[i + c] + (state >>> 24) % 17 - 8));
  }
for (let y = height >> 1; y < (height >> 1) + 300; y++) changed.fill(255, 4 * (y * width + 200), 4 * (y * width + 600));
writeFileSync(paths[1], changed);
const sides = paths.map((raw) => ({ raw, pixels: readFileSync(raw) }));

function instance() {
  let exports;
  const nothing = (count, size) => {
    if (size !== undefined) new DataView(exports.memory.buffer).setUint32(count, 0, true), new DataView(exports.memory.buffer).setUint32(size, 0, true);
    return 0;
  };
  const host = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, name === 'environ_sizes_get' ? nothing : () => 0]));
  exports = new WebAssembly.Instance(module, { wasi_snapshot_preview1: host }).exports;
  exports._initialize();
  return exports;
}
const least = (times) => Math.min(...times);
function inBrowserCode(options) {
  const times = [[], [], []];
  const core = instance();
  for (let round = 0; round < Number(rounds); round++) {
    sides.forEach(({ pixels }, side) => {
      const at = core.likeness_picture(side, width, height);
      new Uint8Array(core.memory.buffer, at, pixels.length).set(pixels);
    });
    const at = core.likeness_input(options.length);
    new Uint8Array(core.memory.buffer, at, options.length).set(Buffer.from(options));
    for (const [i, name] of ['likeness_compare', 'likeness_draw', 'likeness_judge'].entries()) {
      const start = performance.now();
      core[name]();
      times[i].push(performance.now() - start);
    }
  }
  return times.map(least);
}

console.log(`${width}x${height}; least of ${rounds}, ms`);
console.log('options                             compare native / wasm      draw native / wasm     verdict native / wasm');
for (const options of ['rules=nothing regions=0', 'rules=less regions=0', 'rules=colours regions=0', 'rules=pixelmatch-5 regions=0', 'rules=pixelmatch regions=0', 'rules=less regions=100 fidelity=1', 'rules=pixelmatch fit=align regions=100']) {
  const here = run('answer', paths[0], `${width}`, `${height}`, paths[1], `${width}`, `${height}`, options, rounds).split('\n').at(-1).split(' ').map(Number);
  const there = inBrowserCode(options);
  console.log(options.padEnd(40), here.map((ms, i) => `${ms.toFixed(1).padStart(8)} ${there[i].toFixed(1).padStart(8)} ${(there[i] / ms).toFixed(2).padStart(5)}x`).join('  '));
}
rmSync(folder, { recursive: true });
