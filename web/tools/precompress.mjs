// Writes FILE.br and FILE.gz beside each text asset and the WebAssembly of dist, so that the server never compresses while it answers, and
// holds the first load to its budget.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const FIRST_LOAD_BYTES_MAX = 130 * 1024;
const dist = new URL('../dist/', import.meta.url).pathname;
const compressible = /\.(js|css|html|svg|json|webmanifest|txt|wasm)$/;
const brotli = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });

const sizes = new Map();
for (const name of readdirSync(dist, { recursive: true })) {
  const path = join(dist, name);
  if (!compressible.test(name) || !statSync(path).isFile()) continue;
  const bytes = readFileSync(path);
  const small = brotli(bytes);
  sizes.set(name.replaceAll('\\', '/'), small.length);
  writeFileSync(`${path}.br`, small);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}

const html = readFileSync(join(dist, 'index.html'), 'utf8');
const first = [...html.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map((m) => m[1]);
const total = first.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
for (const [name, size] of [...sizes].sort((a, b) => b[1] - a[1])) {
  console.log(`${(size / 1024).toFixed(1).padStart(7)} KB br  ${name}${first.includes(name) ? '  (first load)' : ''}`);
}
console.log(`first load: ${(total / 1024).toFixed(1)} KB of JavaScript (brotli), budget ${FIRST_LOAD_BYTES_MAX / 1024} KB`);
if (total > FIRST_LOAD_BYTES_MAX) {
  console.error('the first load is over its budget: move something behind a route');
  process.exit(1);
}
