// Two pictures compared in the page: the difference is shown, and nothing of either leaves the browser.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { drawPicture, fileTransfer, fits, missing, shot, startBrowser, startServer, walkIn } from './harness.mjs';

describe('comparing in the page', { skip: missing || false }, () => {
  let server, browser, whole, crop, edited, stranger;
  const files = {};
  before(async () => {
    browser = await startBrowser();
    server = await startServer();
    whole = await drawPicture(browser, { seed: 1 });
    crop = await drawPicture(browser, { seed: 1, crop: [0.1, 0.1, 0.7, 0.7], quality: 0.8 });
    edited = await drawPicture(browser, { seed: 1, patch: [0.6, 0.5, 0.1, 0.15] });
    stranger = await drawPicture(browser, { seed: 2 });
    for (const [name, bytes] of Object.entries({ whole, crop, stranger })) {
      files[name] = join(server.data, `${name}.jpg`);
      writeFileSync(files[name], bytes);
    }
    server.cli('import', '--on-duplicate', 'keep', files.whole, files.crop);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const idOf = (path) => Number(JSON.parse(server.cli('--json', 'search', '--image', path)).results[0].id);

  // Everything that goes out: only GET, no body, and no picture in an address.
  function watch(tab) {
    const sent = [];
    tab.context().on('request', (request) => sent.push({ method: request.method(), url: request.url(), body: request.postDataBuffer()?.length ?? 0 }));
    tab.on('websocket', () => sent.push({ method: 'WEBSOCKET', url: '', body: 1 }));
    return () => {
      assert.ok(sent.length > 0);
      for (const { method, url, body } of sent) {
        assert.equal(body, 0, `${method} ${url} carries ${body} bytes`);
        assert.match(method, /^(GET|HEAD)$/);
        assert.ok(url.startsWith('blob:') || url.length < 300, `${url.slice(0, 80)} is ${url.length} long`);
      }
    };
  }

  const walk = (name, options, steps) => it(name, () => walkIn(browser, server.url, options, steps, name));

  async function drop(tab, where, bytes, name) {
    const data = await fileTransfer(tab, bytes, name);
    for (const type of ['dragenter', 'dragover', 'drop']) await where.dispatchEvent(type, { dataTransfer: data });
  }
  async function dropBoth(tab, a, b) {
    await tab.goto('/compare');
    await drop(tab, tab.getByRole('region', { name: 'First picture' }), a, 'one.jpg');
    await tab.getByText('one.jpg').waitFor();
    await drop(tab, tab.getByRole('region', { name: 'Second picture' }), b, 'two.jpg');
    await tab.locator('.cmp-difference').waitFor();
    await tab.locator('.cmp-percent').waitFor();
  }
  // A pixel of what the difference shows.
  const pixel = (tab, x, y) => tab.getByRole('img', { name: 'Difference of the two pictures' }).evaluate((canvas, [x, y]) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data], [x, y]);

  walk('two dropped files, aligned, and no picture goes out', {}, async (tab) => {
    const nothingOut = watch(tab);
    await dropBoth(tab, whole, crop);
    await tab.getByText(/^What both show is the same|of what both show differs/).waitFor();
    const percent = Number(/[\d.]+/.exec(await tab.locator('.cmp-percent').textContent())[0]);
    assert.ok(percent >= 90, `${percent} % alike`);
    await tab.getByText('49 % of the first is left').waitFor();
    await shot(tab, 'compare-light-1440');
    for (const [key, look] of [['s', 'slider'], ['o', 'onion'], ['d', 'difference']]) {
      await tab.keyboard.press(key);
      await tab.waitForURL((url) => url.searchParams.get('look') === look);
      await shot(tab, `compare-${look}`);
    }
    nothingOut();
  });

  walk('counts by the rules that a person chooses, and draws in the colour chosen', {}, async (tab) => {
    const nothingOut = watch(tab);
    await dropBoth(tab, whole, stranger);
    await tab.getByText(/% different compared to the first/).waitFor();
    assert.ok(Number(/[\d.]+/.exec(await tab.locator('.cmp-percent').textContent())[0]) < 70);
    const share = async () => Number(/([\d.]+) % different/.exec(await tab.locator('.cmp-difference').textContent())[1]);
    const all = await share();
    await tab.getByText('Smooth edges', { exact: true }).click();
    await tab.waitForFunction((all) => Number(/([\d.]+) % different/.exec(document.querySelector('.cmp-difference').textContent)[1]) < all, all);
    await tab.getByRole('button', { name: 'Yellow' }).click();
    await tab.waitForURL((url) => url.searchParams.get('colour') === 'ffff00' && url.searchParams.get('ignore') === 'antialiasing');
    const colours = await tab.getByRole('img', { name: 'Difference of the two pictures' }).evaluate((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let yellow = 0;
      for (let i = 0; i < data.length; i += 4) yellow += data[i] === 255 && data[i + 1] === 255 && data[i + 2] === 0;
      return yellow;
    });
    assert.ok(colours > 1000);
    const saved = tab.waitForEvent('download');
    await tab.getByRole('button', { name: 'Difference as PNG' }).click();
    assert.equal((await saved).suggestedFilename(), 'one-two-difference.png');
    nothingOut();
  });

  walk('goes to what changed, and leaves it out when told', {}, async (tab) => {
    await dropBoth(tab, whole, edited);
    const region = tab.locator('.cmp-regions li').first().getByRole('button').first();
    await region.click();
    assert.equal(await region.getAttribute('aria-pressed'), 'true');
    await tab.locator('.cmp-pane.near').first().waitFor();
    await shot(tab, 'compare-region');
    await tab.keyboard.press('Escape');
    await tab.locator('.cmp-pane.near').first().waitFor({ state: 'detached' });
    await tab.getByRole('button', { name: 'Leave out change 1' }).click();
    await tab.getByText('One box is left out').waitFor();
    await tab.getByText('These images are the same!').waitFor();
  });

  walk('the same picture twice is the same', {}, async (tab) => {
    await dropBoth(tab, whole, whole);
    await tab.getByText('These images are the same!').waitFor();
    await tab.getByText('100 %', { exact: true }).first().waitFor();
    assert.notDeepEqual(await pixel(tab, 5, 5), [255, 0, 255, 255]);
  });

  walk('a photo that comes late does not replace what was chosen meanwhile', {}, async (tab) => {
    const id = idOf(files.whole);
    let release;
    const held = new Promise((done) => { release = done; });
    await tab.route(`**/i/${id}/original`, async (route) => {
      await held;
      await route.continue();
    });
    await tab.goto(`/compare/${id}`);
    await tab.getByRole('region', { name: 'First picture' }).waitFor();
    await drop(tab, tab.getByRole('region', { name: 'First picture' }), stranger, 'one.jpg');
    await drop(tab, tab.getByRole('region', { name: 'Second picture' }), stranger, 'two.jpg');
    await tab.getByText('These images are the same!').waitFor();
    const late = tab.waitForResponse(`**/i/${id}/original`);
    release();
    await (await late).finished();
    await tab.waitForTimeout(500);
    // Another rule asks the core again: it must still hold what the page shows.
    await tab.getByText('Nothing', { exact: true }).click();
    await tab.waitForURL((url) => url.searchParams.get('ignore') === 'nothing');
    await tab.waitForTimeout(500);
    await tab.getByText('These images are the same!').waitFor();
  });

  walk('two stored photos by their numbers, with what may be decided about them', { dark: true }, async (tab) => {
    const nothingOut = watch(tab);
    const [a, b] = [idOf(files.whole), idOf(files.crop)];
    await tab.goto(`/compare/${a}`);
    await tab.getByText('whole.jpg').waitFor();
    const box = tab.getByRole('textbox', { name: 'Number or address of the second picture' });
    await box.fill('https://elsewhere.example/cat.jpg');
    await box.press('Enter');
    await tab.getByText('asks no other site').waitFor();
    await box.fill(`${server.url}/photo/${b}`);
    await box.press('Enter');
    await tab.waitForURL(`**/compare/${a}/${b}`);
    await tab.locator('.cmp-difference').waitFor();
    await tab.getByRole('group', { name: 'Choices' }).waitFor();
    await tab.getByRole('heading', { name: 'Why' }).waitFor();
    await shot(tab, 'compare-dark-stored');
    await tab.keyboard.press('w');
    await tab.waitForURL(`**/compare/${b}/${a}`);
    await tab.locator('.cmp-difference').waitFor();
    nothingOut();
  });

  walk('from an open photo', {}, async (tab) => {
    const a = idOf(files.whole);
    await tab.goto(`/photo/${a}`);
    await tab.locator('.photo-preview.shown').waitFor();
    await tab.getByRole('button', { name: 'Compare with…' }).click();
    await tab.waitForURL(new RegExp(`/compare/${a}`));
    await tab.getByText('whole.jpg').first().waitFor();
  });

  walk('says what it cannot read', {}, async (tab) => {
    await tab.goto('/compare');
    await drop(tab, tab.getByRole('region', { name: 'First picture' }), Buffer.from('no picture at all'), 'broken.jpg');
    await tab.getByText('This browser cannot show the picture.').waitFor();
  });

  walk('on a phone', { width: 390, height: 844, touch: true, scale: 2 }, async (tab) => {
    await tab.goto('/compare');
    await tab.getByRole('region', { name: 'First picture' }).waitFor();
    await shot(tab, 'compare-phone-start');
    await dropBoth(tab, whole, crop);
    await fits(tab, 'compare');
    await shot(tab, 'compare-phone');
  });
});
