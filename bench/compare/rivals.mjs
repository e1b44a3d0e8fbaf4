// The rivals that run in Node, for compare_bench.
//   node rivals.mjs DIR RIVAL A B                        decodes the files; prints how many pixels differ
//   node rivals.mjs DIR RIVAL A B WIDTH HEIGHT ROUNDS    A and B are raw RGBA; prints the median in ms, and how many
// RIVAL: pixelmatch, pixelmatch-aa-counted, resemble. Resemble.js is given pixels: its own decoding needs a canvas.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [dir, rival, a, b, width, height, rounds] = process.argv.slice(2);
const require = createRequire(path.resolve(dir, 'package.json'));

function decode(file) {
  const bytes = fs.readFileSync(file);
  if (!file.endsWith('.png')) {
    const { data, width: w, height: h } = require('jpeg-js').decode(bytes, { maxMemoryUsageInMB: 2048 });
    return { data, width: w, height: h };
  }
  return require('pngjs').PNG.sync.read(bytes);
}

async function counter() {
  if (rival.startsWith('pixelmatch')) {
    const { default: pixelmatch } = await import(path.resolve(dir, 'node_modules/pixelmatch/index.js'));
    return (x, y) => pixelmatch(x.data, y.data, null, x.width, x.height, { includeAA: rival !== 'pixelmatch' });
  }
  // It asks for a canvas when it is loaded, and uses it only to decode and to draw.
  const Module = require('node:module');
  const load = Module._load;
  Module._load = (name, ...rest) => (name === 'canvas' ? { Image: class {}, createCanvas() {} } : load(name, ...rest));
  const resemble = require('resemblejs');
  return (x, y) => {
    let found;
    resemble.compare(x, y, { returnEarlyThreshold: 101 }, (error, data) => (found = error ?? data));
    return Math.round((found.rawMisMatchPercentage / 100) * x.width * x.height);
  };
}

const count = await counter();
if (width === undefined) {
  console.log(count(decode(a), decode(b)));
} else {
  const raw = (file) => ({ data: new Uint8ClampedArray(fs.readFileSync(file)), width: +width, height: +height });
  const x = raw(a), y = raw(b);
  const times = [];
  let different;
  for (let i = 0; i < +rounds; ++i) {
    const start = performance.now();
    different = count(x, y);
    times.push(performance.now() - start);
  }
  times.sort((p, q) => p - q);
  console.log(times[times.length >> 1].toFixed(2), different);
}
