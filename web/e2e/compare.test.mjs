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
    await tab.evaluate(() => {
      window.givenBack = 0;
      const { close } = ImageBitmap.prototype;
      ImageBitmap.prototype.close = function () {
        window.givenBack++;
        close.call(this);
      };
    });
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
    // Pixels of a comparison that is over are given back: two drawn differences, then both pictures and the last.
    assert.equal(await tab.evaluate(() => window.givenBack), 2);
    await tab.keyboard.press('g');
    await tab.keyboard.press('h');
    await tab.waitForURL((url) => url.pathname === '/');
    await tab.waitForFunction(() => window.givenBack === 5);
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
    await tab.getByRole('button', { name: 'Area 1', exact: true }).waitFor();
    await tab.getByText('These images are the same!').waitFor();
  });

  // Where a share of the frame lies on the screen.
  const spot = async (tab, pane, x, y) => {
    const box = await pane.boundingBox();
    const scale = Math.min(box.width / 960, box.height / 640);
    return [box.x + box.width / 2 + (x - 0.5) * 960 * scale, box.y + box.height / 2 + (y - 0.5) * 640 * scale];
  };
  async function drag(tab, pane, from, to) {
    await tab.mouse.move(...await spot(tab, pane, ...from));
    await tab.mouse.down();
    await tab.mouse.move(...await spot(tab, pane, (from[0] + to[0]) / 2, to[1]), { steps: 3 });
    await tab.mouse.move(...await spot(tab, pane, ...to), { steps: 3 });
    await tab.mouse.up();
  }
  const places = (tab, n) => Promise.all(['Left edge', 'Upper edge', 'Width', 'Height'].map(async (side) => Number(await tab.getByRole('textbox', { name: `${side} of area ${n}` }).inputValue())));
  const near = (is, wanted, by = 3) => assert.ok(is.every((value, i) => Math.abs(value - wanted[i]) <= by), `${is} is not near ${wanted}`);
  const differs = (tab) => tab.getByText(/% different compared to the first/).waitFor();
  // A swap waits for the comparison where there are areas.
  const settled = (tab) => tab.locator('[aria-label="Swap the two"]:enabled').waitFor();
  const isSame = (tab) => tab.getByText('These images are the same!').waitFor();

  walk('areas that do not count are drawn, moved, sized and removed by mouse', {}, async (tab) => {
    const nothingOut = watch(tab);
    await tab.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await dropBoth(tab, whole, edited);
    await differs(tab);
    await tab.keyboard.press('i');
    const [first, second] = [tab.locator('.cmp-pane').nth(0), tab.locator('.cmp-pane').nth(1)];
    // What was whitened is at 576, 320 and 96 wide and high.
    await drag(tab, second, [0.55, 0.45], [0.75, 0.7]);
    near(await places(tab, 1), [528, 288, 192, 160]);
    await isSame(tab);
    await shot(tab, 'compare-areas-light-1440');
    await drag(tab, first, [0.6, 0.6], [0.4, 0.6]);  // its middle
    near(await places(tab, 1), [336, 288, 192, 160]);
    await differs(tab);
    await drag(tab, first, [0.55, 0.575], [0.8, 0.575]);  // its right edge
    near(await places(tab, 1), [336, 288, 432, 160]);
    await isSame(tab);
    await tab.getByRole('button', { name: 'Copy as a command' }).click();
    await tab.getByRole('button', { name: 'Copied' }).waitFor();
    const [x, y, width, height] = await places(tab, 1);
    assert.equal(await tab.evaluate(() => navigator.clipboard.readText()), `likeness compare --ignore less --ignore-box=${x}:${y}:${width}x${height} one.jpg two.jpg`);
    // Near by, a box lies where it is drawn.
    await tab.locator('.cmp-regions').waitFor({ state: 'detached' });
    await tab.mouse.move(...await spot(tab, first, 0.25, 0.25));
    for (let i = 0; i < 4; i++) await tab.mouse.wheel(0, -300);
    await tab.locator('.cmp-pane.near').first().waitFor();
    const [cx, cy] = await spot(tab, first, 0.25, 0.25);
    await tab.mouse.move(cx, cy);
    await tab.mouse.down();
    await tab.mouse.move(cx + 40, cy + 40, { steps: 4 });
    await tab.mouse.up();
    const small = await places(tab, 2);
    near(small.slice(0, 2), [240, 160], 2);
    assert.ok(small[2] > 4 && small[2] < 40, `${small}`);
    await tab.getByRole('button', { name: 'Remove area 1' }).click();
    await differs(tab);
    await tab.keyboard.press('Delete');
    assert.equal(await tab.locator('.cmp-areas-list').count(), 0);
    await tab.keyboard.press('Escape');
    assert.equal(await tab.locator('.cmp-pane.drawing').count(), 0);
    nothingOut();
  });

  walk('areas by keyboard, and they go along when the two are swapped', { dark: true }, async (tab) => {
    await dropBoth(tab, whole, edited);
    await tab.getByRole('button', { name: 'Add an area' }).press('Enter');
    await tab.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Area 1');
    assert.deepEqual(await places(tab, 1), [360, 240, 240, 160]);
    for (let i = 0; i < 20; i++) await tab.keyboard.press('Control+ArrowRight');
    await tab.keyboard.press('ArrowDown');
    assert.deepEqual(await places(tab, 1), [560, 241, 240, 160]);
    await differs(tab);
    for (let i = 0; i < 3; i++) await tab.keyboard.press('Shift+Control+ArrowDown');
    assert.deepEqual(await places(tab, 1), [560, 241, 240, 190]);
    await isSame(tab);
    await shot(tab, 'compare-areas-dark-1440');
    await tab.keyboard.press('w');
    await tab.getByText('two.jpg').first().waitFor();
    await isSame(tab);
    assert.deepEqual(await places(tab, 1), [560, 241, 240, 190]);
    const width = tab.getByRole('textbox', { name: 'Width of area 1' });
    await width.fill('20');
    await differs(tab);
    await tab.getByRole('button', { name: 'Area 1', exact: true }).press('Delete');
    assert.equal(await tab.locator('.cmp-areas-list').count(), 0);
  });

  walk('areas lie in the first picture where the second is a part of it', {}, async (tab) => {
    await dropBoth(tab, whole, crop);
    await tab.getByText(/^What both show is the same|of what both show differs/).waitFor();
    await tab.getByRole('button', { name: 'Add an area' }).click();
    assert.deepEqual(await places(tab, 1), [360, 240, 240, 160]);
    await settled(tab);
    await tab.keyboard.press('w');
    await tab.locator('.cmp-areas-list').waitFor();
    near(await places(tab, 1), [360 - 96, 240 - 64, 240, 160], 2);
  });

  walk('areas stay where they belong when the two are swapped before they are compared', {}, async (tab) => {
    await dropBoth(tab, whole, crop);
    await tab.getByText(/^What both show is the same|of what both show differs/).waitFor();
    await tab.getByRole('button', { name: 'Add an area' }).click();
    assert.deepEqual(await places(tab, 1), [360, 240, 240, 160]);
    await settled(tab);
    // Laid another way, and swapped at once: what is known of the alignment is no longer true.
    assert.equal(await tab.getByText('Original size', { exact: true }).evaluate(async (words) => {
      words.click();
      await new Promise((done) => setTimeout(done));
      window.dispatchEvent(new KeyboardEvent('keydown', { key: 'w', bubbles: true }));
      return new URL(location).searchParams.get('fit');
    }), 'original');
    await settled(tab);
    assert.match(await tab.getByRole('region', { name: 'First picture' }).textContent(), /one\.jpg/);
    await tab.keyboard.press('w');
    await tab.getByRole('region', { name: 'First picture' }).getByText('two.jpg').waitFor();
    await settled(tab);
    assert.deepEqual(await places(tab, 1), [360, 240, 240, 160]);
  });

  walk('another first picture begins without areas, of the same name too', {}, async (tab) => {
    await dropBoth(tab, whole, edited);
    await differs(tab);
    await tab.getByRole('button', { name: 'Add an area' }).click();
    await tab.locator('.cmp-areas-list').waitFor();
    await drop(tab, tab.getByRole('region', { name: 'Second picture' }), stranger, 'two.jpg');
    await tab.locator('.cmp-areas-list').waitFor();
    await settled(tab);
    await drop(tab, tab.getByRole('region', { name: 'First picture' }), stranger, 'one.jpg');
    await isSame(tab);
    assert.equal(await tab.locator('.cmp-areas-list').count(), 0);
  });

  walk('an area that is being drawn is gone when drawing ends', {}, async (tab) => {
    await dropBoth(tab, whole, edited);
    await differs(tab);
    const first = tab.locator('.cmp-pane').first();
    for (const key of ['Escape', 'i']) {
      await tab.keyboard.press('i');
      await tab.mouse.move(...await spot(tab, first, 0.2, 0.2));
      await tab.mouse.down();
      await tab.mouse.move(...await spot(tab, first, 0.4, 0.4), { steps: 3 });
      await tab.getByRole('button', { name: 'Area 1', exact: true }).waitFor();
      await tab.keyboard.press(key);
      await tab.locator('.cmp-pane.drawing').first().waitFor({ state: 'detached' });
      assert.equal(await tab.locator('.cmp-area').count(), 0);
      await tab.mouse.up();
      assert.equal(await tab.locator('.cmp-areas-list').count(), 0);
    }
    await tab.keyboard.press('i');
    await drag(tab, first, [0.25, 0.25], [0.5, 0.5]);
    near(await places(tab, 1), [240, 160, 240, 160]);
  });

  walk('a mask leaves out what is light in it', {}, async (tab) => {
    const nothingOut = watch(tab);
    const paint = (width, height, [x, y, w, h]) => tab.evaluate(async ([width, height, x, y, w, h]) => {
      const canvas = new OffscreenCanvas(width, height);
      const pen = canvas.getContext('2d');
      pen.fillRect(0, 0, width, height);
      pen.fillStyle = '#fff';
      pen.fillRect(x, y, w, h);
      const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
      return btoa(String.fromCharCode(...bytes));
    }, [width, height, x, y, w, h]).then((base64) => Buffer.from(base64, 'base64'));
    await dropBoth(tab, whole, edited);
    await differs(tab);
    const choose = async (bytes, name) => {
      const chooser = tab.waitForEvent('filechooser');
      await tab.getByRole('button', { name: 'Mask…' }).click();
      await (await chooser).setFiles({ name, mimeType: 'image/png', buffer: bytes });
      await tab.locator('.cmp-mask').getByText(name).waitFor();
    };
    await choose(await paint(960, 640, [560, 300, 140, 140]), 'right.png');
    await isSame(tab);
    await shot(tab, 'compare-mask-light-1440');
    await choose(await paint(500, 500, [0, 0, 500, 500]), 'small.png');
    await tab.getByText('The mask is not used').waitFor();
    await differs(tab);
    await choose(Buffer.from('no picture'), 'broken.png');
    await tab.getByText('This browser cannot show the picture.').waitFor();
    const dropped = await fileTransfer(tab, await paint(960, 640, [560, 300, 140, 140]), 'dropped.png');
    await tab.locator('body').dispatchEvent('dragenter', { dataTransfer: dropped });
    const target = tab.locator('[data-drop=mask]');
    for (const type of ['dragover', 'drop']) await target.dispatchEvent(type, { dataTransfer: dropped });
    await isSame(tab);
    await tab.getByRole('button', { name: 'Count all again' }).click();
    await differs(tab);
    nothingOut();
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
    await tab.getByRole('button', { name: 'Add an area' }).click();
    await tab.waitForURL((url) => url.searchParams.has('areas'));
    const drawn = await places(tab, 1);
    await tab.reload();
    await tab.locator('.cmp-areas-list').waitFor();
    assert.deepEqual(await places(tab, 1), drawn);
    await tab.keyboard.press('Escape');
    await settled(tab);
    await tab.keyboard.press('w');
    await tab.waitForURL((url) => url.pathname === `/compare/${b}/${a}`);
    await tab.locator('.cmp-difference').waitFor();
    nothingOut();
  });

  // An original that says where it was taken, as a visitor meets it.
  const refuse = (tab, id) => tab.route(`**/i/${id}/original`, (route) => route.fulfill({
    status: 403, json: { code: 'permission_denied', message: 'the original may say where it was taken', hint: 'log in, or take the preview', request_id: '1' },
  }));
  const refused = (name, steps) => it(name, () => walkIn(browser, server.url, {}, steps, name, { refusals: true }));

  refused('an original that is kept from visitors is compared by its preview', async (tab) => {
    const large = join(server.data, 'large.jpg');
    writeFileSync(large, await drawPicture(browser, { seed: 3, width: 3000, height: 2000 }));
    server.cli('import', large);
    const [a, b] = [idOf(large), idOf(files.whole)];
    await refuse(tab, a);
    await tab.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await tab.goto(`/compare/${a}/${b}`);
    await tab.getByText('goes only to those who have logged in; its preview is compared').waitFor();
    const [width] = /\d+(?= × )/.exec(await tab.getByRole('region', { name: 'First picture' }).textContent());
    assert.ok(Number(width) < 3000, `${width}`);
    await tab.locator('.cmp-difference').waitFor();
    // The command compares originals.
    await tab.getByRole('button', { name: 'Add an area' }).click();
    await tab.getByRole('button', { name: 'Copy as a command' }).click();
    await tab.getByRole('button', { name: 'Copied' }).waitFor();
    const [, box] = /--ignore-box=(\S+) /.exec(await tab.evaluate(() => navigator.clipboard.readText()));
    near(box.split(/[:x]/).map(Number), (await places(tab, 1)).map((value) => value * 3000 / width), 2);
  });

  refused('an animation that is kept from visitors stands still', async (tab) => {
    const blink = join(server.data, 'blink.gif');
    server.cli('compare', '--diff', blink, '--style', 'blink', files.stranger, files.whole);
    server.cli('import', '--on-duplicate', 'keep', blink);
    const id = idOf(blink);
    await refuse(tab, id);
    await tab.goto(`/photo/${id}`);
    await tab.locator(`.photo-preview.shown[src$="/i/${id}/preview"]`).waitFor();
  });

  walk('a mask outlives the core that held it', {}, async (tab) => {
    // Memory ends in the comparison of two pictures when the test says so.
    await tab.route(/\/assets\/worker-.*\.js$/, async (route) => route.fulfill({
      contentType: 'text/javascript',
      body: `let isOver = false;
        new BroadcastChannel('memory').onmessage = () => { isOver = true; };
        const { Instance } = WebAssembly;
        WebAssembly.Instance = function (...args) {
          const { exports } = new Instance(...args);
          return { exports: { ...exports, likeness_compare: () => {
            if (!isOver) return exports.likeness_compare();
            isOver = false;
            throw new WebAssembly.RuntimeError('memory access out of bounds');
          } } };
        };
        ${await (await route.fetch()).text()}`,
    }));
    await dropBoth(tab, whole, edited);
    await differs(tab);
    const chooser = tab.waitForEvent('filechooser');
    await tab.getByRole('button', { name: 'Mask…' }).click();
    await (await chooser).setFiles({ name: 'light.jpg', mimeType: 'image/jpeg', buffer: await drawPicture(browser, { seed: 1, patch: [0, 0, 1, 1] }) });
    await isSame(tab);
    await tab.evaluate(() => new BroadcastChannel('memory').postMessage(''));
    await tab.getByText('Nothing', { exact: true }).click();
    await tab.getByText('The pictures are too large for this browser.').waitFor();
    await drop(tab, tab.getByRole('region', { name: 'First picture' }), whole, 'one.jpg');
    await drop(tab, tab.getByRole('region', { name: 'Second picture' }), edited, 'two.jpg');
    await isSame(tab);
    assert.equal(await tab.getByText('The mask is not used').count(), 0);
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
    await tab.getByRole('button', { name: 'Add an area' }).tap();
    await tab.getByRole('textbox', { name: 'Left edge of area 1' }).waitFor();
    await fits(tab, 'compare with an area');
    await shot(tab, 'compare-phone-areas');
    // By finger, where the page would scroll otherwise.
    const pane = await tab.locator('.cmp-pane').first().boundingBox();
    const fingers = await tab.context().newCDPSession(tab);
    const touch = (type, x, y) => fingers.send('Input.dispatchTouchEvent', { type, touchPoints: x === undefined ? [] : [{ x, y }] });
    const [x, y] = [pane.x + pane.width * 0.15, pane.y + pane.height * 0.2];
    await touch('touchStart', x, y);
    for (let i = 1; i <= 5; i++) await touch('touchMove', x + 8 * i, y + 6 * i);
    await touch('touchEnd');
    await tab.getByRole('textbox', { name: 'Left edge of area 2' }).waitFor();
    // Two fingers look nearer and draw nothing.
    const touches = (type, ...points) => fingers.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    await touches('touchStart', [x, y]);
    await touches('touchMove', [x + 10, y + 10]);
    await touches('touchStart', [x + 10, y + 10], [x + 30, y + 30]);
    for (let i = 1; i <= 5; i++) await touches('touchMove', [x + 10, y + 10], [x + 30 + 8 * i, y + 30 + 8 * i]);
    await touches('touchEnd');
    await tab.locator('.cmp-pane.near').first().waitFor();
    assert.equal(await tab.locator('.cmp-areas-list li').count(), 2);
  });
});
