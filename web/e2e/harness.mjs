// Starts the real program on a free loopback port with a data folder of its own, and a real browser that watches for what
// must never happen: a word on the console, an error in the page, a request to another host.
//
//   LIKENESS_BIN     the program; without it the newest of build/*/apps/likeness
//   LIKENESS_SHARED  folder with photos/ and models/; without it, pictures drawn by the browser are used, and what needs
//                    models is left out
//   CHROMIUM         the browser, else /usr/bin/chromium
//   SHOTS            folder for screenshots, else none are taken
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');

function findBinary() {
  if (process.env.LIKENESS_BIN) return resolve(process.env.LIKENESS_BIN);
  const builds = join(root, 'build');
  const found = existsSync(builds) ? readdirSync(builds).map((name) => join(builds, name, 'apps/likeness')).filter((path) => existsSync(path)) : [];
  return found.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}

function findPhotos() {
  const folder = join(process.env.LIKENESS_SHARED ?? join(root, '../shared'), 'photos');
  return existsSync(join(folder, 'neardup')) ? folder : null;
}

export const binary = findBinary();
export const browserPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const photos = findPhotos();
const modelFolder = join(process.env.LIKENESS_SHARED ?? join(root, '../shared'), 'models');
export const models = existsSync(join(modelFolder, 'text-image-conse')) ? modelFolder : null;
export const page = join(root, 'web/dist');
export const missing = !binary ? 'the program is not built: set LIKENESS_BIN'
  : !existsSync(browserPath) ? 'no Chromium: set CHROMIUM'
    : !existsSync(join(page, 'index.html')) ? 'the page is not built: run npm run build' : '';

export async function startServer() {
  const data = mkdtempSync(join(tmpdir(), 'likeness-e2e-'));
  const child = spawn(binary, ['--data', data, '--json', 'serve', '--listen', '127.0.0.1:0', '--page', page], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text) => { errors += text; });
  const url = await new Promise((done, fail) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const match = /http:\/\/[^"\s]+/.exec(text);
      if (match) done(match[0].replace(/\/$/, ''));
    });
    child.on('exit', (code) => fail(new Error(`the program ended with ${code}: ${errors}`)));
  });
  const cli = (...args) => {
    const run = spawnSync(binary, ['--data', data, ...args], { encoding: 'utf8' });
    if (run.status !== 0 && run.status !== 1) throw new Error(`${args.join(' ')} ended with ${run.status}: ${run.stderr}`);
    return run.stdout;
  };
  const stop = async () => {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
    rmSync(data, { recursive: true, force: true });
  };
  return { url, data, cli, stop };
}

export const startBrowser = () => chromium.launch({
  executablePath: browserPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
});

// A page that keeps what it should not have seen in `faults`.
export async function openPage(browser, url, { width = 1440, height = 900, dark = false, touch = false, scale = 1, locale = 'en-GB' } = {}) {
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', hasTouch: touch, isMobile: touch, deviceScaleFactor: scale,
    baseURL: url, locale, serviceWorkers: 'block',
  });
  context.setDefaultTimeout(10_000);
  const tab = await context.newPage();
  tab.faults = [];
  tab.on('filechooser', () => {});  // caught from the start: switching it on later races with the key that opens it
  const host = new URL(url).host;
  tab.on('console', (message) => tab.faults.push(`console ${message.type()}: ${message.text()} ${message.location().url}`));
  tab.on('pageerror', (error) => tab.faults.push(`error: ${error.message}`));
  tab.on('request', (request) => {
    const address = new URL(request.url());
    if (/^(https?|wss?):$/.test(address.protocol) && address.host !== host) tab.faults.push(`request to ${address.host}`);
  });
  return tab;
}

export async function shot(tab, name) {
  if (!process.env.SHOTS) return;
  mkdirSync(process.env.SHOTS, { recursive: true });
  await tab.waitForTimeout(350);  // motion ends; only where a person looks at the picture
  await tab.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });
}

// A picture with plenty to see, the same for the same seed, drawn by the browser; `crop` takes a share of it, `patch` is whitened.
export async function drawPicture(browser, { seed, width = 960, height = 640, crop = null, patch = null, quality = 0.9 }) {
  const tab = await browser.newPage();
  const base64 = await tab.evaluate(async ({ seed, width, height, crop, patch, quality }) => {
    let state = seed * 2654435761 % 4294967296;
    const random = () => (state = (state * 1664525 + 1013904223) % 4294967296) / 4294967296;
    const canvas = new OffscreenCanvas(width, height);
    const pen = canvas.getContext('2d');
    const sky = pen.createLinearGradient(0, 0, width * random(), height);
    for (let i = 0; i < 4; i++) sky.addColorStop(i / 3, `hsl(${random() * 360} ${30 + random() * 50}% ${20 + random() * 60}%)`);
    pen.fillStyle = sky;
    pen.fillRect(0, 0, width, height);
    for (let i = 0; i < 220; i++) {
      pen.fillStyle = `hsl(${random() * 360} ${random() * 90}% ${random() * 90}% / ${0.4 + random() * 0.6})`;
      const [x, y, size] = [random() * width, random() * height, 8 + random() * 70];
      pen.beginPath();
      const corners = 3 + Math.floor(random() * 5);
      for (let c = 0; c < corners; c++) pen.lineTo(x + Math.cos(c / corners * 6.28 + random()) * size, y + Math.sin(c / corners * 6.28 + random()) * size);
      pen.fill();
    }
    pen.fillStyle = '#fff';
    if (patch) pen.fillRect(patch[0] * width, patch[1] * height, patch[2] * width, patch[3] * height);
    const [x, y, w, h] = crop ?? [0, 0, 1, 1];
    const out = new OffscreenCanvas(Math.round(width * w), Math.round(height * h));
    out.getContext('2d').drawImage(canvas, -x * width, -y * height);
    const blob = await out.convertToBlob({ type: 'image/jpeg', quality });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  }, { seed, width, height, crop, patch, quality });
  await tab.close();
  return Buffer.from(base64, 'base64');
}

// One walk through the page: it ends with a look at what must not have happened. `refusals`: the browser reports answers of
// 4xx on its console, and this walk wants some.
export async function walkIn(browser, url, options, steps, name, { refusals = false } = {}) {
  const tab = await openPage(browser, url, options);
  try {
    await steps(tab);
    assert.deepEqual(tab.faults.filter((fault) => !refusals || !/status of 4\d\d/.test(fault)), []);
  } catch (error) {
    await shot(tab, `failed-${name.replaceAll(/\W+/g, '-')}`);
    throw error;
  } finally {
    await tab.context().close();
  }
}

export async function fits(tab, place) {
  const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `${place} is ${overflow} px too wide`);
}

// What a drop or a paste carries: one picture file.
export const fileTransfer = (tab, bytes, name) => tab.evaluateHandle(({ base64, name }) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type: 'image/jpeg' }));
  return transfer;
}, { base64: bytes.toString('base64'), name });
