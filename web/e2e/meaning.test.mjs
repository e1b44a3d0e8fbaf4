// What models tell, on the page: words, look-alikes, suggested tags, the lucky page, and what is said without a model.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { drawPicture, fileTransfer, fits, missing, models, photos, shot, startBrowser, startServer, walkIn } from './harness.mjs';

const PHOTOS = 100;
const MODELS = ['text-image-conse', 'squeezenet-places365', 'yolox-nano-coco', 'brisque-live'];
const SCREENS = [
  ['light-1440', {}], ['dark-1440', { dark: true }],
  ['light-390', { width: 390, height: 844, touch: true, scale: 2 }], ['dark-390', { width: 390, height: 844, touch: true, scale: 2, dark: true }],
];

describe('the page without a model', { skip: missing || false }, () => {
  let server;
  let browser;
  before(async () => {
    browser = await startBrowser();
    server = await startServer();
    const file = join(server.data, 'one.jpg');
    writeFileSync(file, await drawPicture(browser, { seed: 5 }));
    server.cli('import', file);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  const walk = (name, options, steps) => it(name, () => walkIn(browser, server.url, options, steps, name, { refusals: true }));

  for (const [screen, options] of SCREENS.filter(([name]) => /light/.test(name))) {
    walk(`says what is missing and how to get it, ${screen}`, options, async (tab) => {
      await tab.goto('/find?text=a+dog');
      const alert = tab.getByRole('alert');
      await alert.getByText('No model for words is in use').waitFor();
      await alert.getByText(/likeness models pull/).waitFor();
      await shot(tab, `find-no-model-${screen}`);
      // The rest of the view goes on.
      await tab.getByRole('button', { name: 'Clear the words' }).click();
      await tab.getByRole('button', { name: 'Blue' }).click();
      await tab.waitForURL('**/find?colour=*');
      await alert.waitFor({ state: 'detached' });
      await tab.goto('/lucky');
      await tab.waitForURL('**/lucky/1');
      await alert.getByText('No model for look-alikes is in use').waitFor();
      await tab.locator('.lucky-chosen .picture.shown').waitFor();
      await shot(tab, `lucky-no-model-${screen}`);
      await alert.getByRole('link', { name: 'Models' }).click();
      await tab.waitForURL('**/stats');
      await tab.waitForFunction(() => document.querySelectorAll('.model-none').length === 6);
      await tab.getByText('likeness models pull clip-vit-b-32').waitFor();
      await fits(tab, 'stats');
      await shot(tab, `stats-no-model-${screen}`);
      await tab.goto('/photo/1');
      await tab.locator('.photo-preview.shown').waitFor();
      tab.faults.length = 0;
      if (options.touch) await tab.getByRole('button', { name: 'Facts, copies and similar' }).tap();
      else await tab.keyboard.press('i');
      await tab.getByText(/A model has to tell/).waitFor();
      assert.deepEqual(tab.faults, [], 'a photo does not ask for what nobody can tell');
    });
  }
});

describe('the page with a broken model', { skip: missing || (models ? false : 'no shared models') }, () => {
  it('says so, and everything else goes on', async () => {
    const browser = await startBrowser();
    const server = await startServer();
    try {
      server.cli('models', 'pull', 'squeezenet-places365', '--from', models);
      const folder = join(server.data, 'models/squeezenet-places365');
      truncateSync(join(folder, readdirSync(folder).find((name) => name.endsWith('.onnx'))), 1000);
      const file = join(server.data, 'one.jpg');
      writeFileSync(file, await drawPicture(browser, { seed: 6 }));
      server.cli('import', file);
      await walkIn(browser, server.url, {}, async (tab) => {
        await tab.goto('/stats');
        await tab.locator('.models .model-bad').waitFor({ timeout: 30_000 });
        await tab.getByText(/is damaged: .* fetch it again: likeness models pull squeezenet-places365/).waitFor();
        await shot(tab, 'stats-broken-light-1440');
        await tab.goto('/');
        await tab.locator('.tile .picture.shown').waitFor();
      }, 'broken');
    } finally {
      await browser.close();
      await server.stop();
    }
  });
});

describe('the page with models', { skip: missing || (!models || !photos ? 'no shared models and photos' : false) }, () => {
  let server;
  let browser;
  let names;
  before(async () => {
    browser = await startBrowser();
    server = await startServer();
    const all = readdirSync(join(photos, 'main')).filter((name) => name.endsWith('.jpg')).sort();
    names = all.filter((_, i) => i % Math.floor(all.length / PHOTOS) === 0).slice(0, PHOTOS);
    server.cli('import', '--on-duplicate', 'keep', ...names.map((name) => join(photos, 'main', name)));
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  const walk = (name, options, steps) => it(name, () => walkIn(browser, server.url, options, steps, name, { refusals: true }));
  const stats = () => JSON.parse(server.cli('--json', 'stats'));
  const search = (...args) => JSON.parse(server.cli('--json', 'search', ...args)).results;
  const captions = (tab) => tab.locator('.result-caption').allTextContents();

  walk('shows how far the models are, live', {}, async (tab) => {
    await tab.goto('/stats');
    await tab.getByText('none in use').first().waitFor();
    for (const name of MODELS) server.cli('models', 'pull', name, '--from', models);
    // The server's worker begins by itself; the page hears of it without being reloaded.
    await tab.locator('.models progress').first().waitFor({ timeout: 60_000 });
    await shot(tab, 'stats-busy-light-1440');
    server.cli('models', 'apply');
    const photosHere = stats().images;
    await tab.waitForFunction((count) => [...document.querySelectorAll('.models [role=status]')].filter((line) => line.textContent === `${count} photos looked at`).length === 4, photosHere);
    assert.equal(await tab.locator('.model-none').count(), 2);
    await tab.getByText('text-image-conse').waitFor();
  });

  walk('finds photos by words, without some, and keeps the question in the address', {}, async (tab) => {
    await tab.goto('/find');
    await tab.getByRole('textbox', { name: 'Show me' }).fill('beach');
    await tab.keyboard.press('Enter');
    await tab.waitForURL('**/find?text=beach');
    const list = tab.getByRole('region', { name: 'Photos of “beach”' });
    await list.locator('.picture.shown').first().waitFor();
    const hits = search('--text', 'beach', '--count', '60');
    assert.equal(await list.getByRole('listitem').count(), hits.length);
    assert.equal(await list.getByRole('link').first().getAttribute('href'), `/photo/${hits[0].id}`);
    assert.equal((await captions(tab))[0], `score ${hits[0].signals[0].cosine.toFixed(4)}`);
    await tab.getByRole('textbox', { name: 'But without' }).fill('people, sunset');
    await tab.getByRole('button', { name: 'Search', exact: true }).click();
    await tab.waitForURL('**/find?text=beach&minus=people%2C+sunset');
    await tab.getByRole('region', { name: 'Photos of “beach”, without “people” and “sunset”' }).waitFor();
    const left = search('--text', 'beach', '--text=-people', '--text=-sunset', '--count', '60');
    assert.equal((await captions(tab))[0], `score ${left[0].signals[0].cosine.toFixed(4)}`);
    await tab.reload();
    await tab.getByRole('region', { name: /without “people”/ }).waitFor();
    assert.equal(await tab.getByRole('textbox', { name: 'But without' }).inputValue(), 'people, sunset');
    await tab.goBack();
    await list.waitFor();
    // A photo opens over the results, and the arrows walk along them.
    await list.getByRole('link').first().click();
    await tab.waitForURL(`**/photo/${hits[0].id}`);
    await tab.locator('.photo-preview.shown').waitFor();
    await tab.keyboard.press('ArrowRight');
    await tab.waitForURL(`**/photo/${hits[1].id}`);
    await tab.keyboard.press('Escape');
    await tab.waitForURL('**/find?text=beach');
    await tab.getByRole('button', { name: 'Clear the words' }).click();
    await tab.waitForURL((url) => url.pathname === '/find' && !url.search);
    await tab.getByRole('heading', { name: 'Do you have this picture?' }).waitFor();
  });

  walk('mixes words with a stored photo and with one from outside', {}, async (tab) => {
    const [first] = search('--text', 'mountain');
    await tab.goto(`/find?like=${first.id}&text=city`);
    await tab.getByRole('region', { name: 'Looks like it, and “city”' }).waitFor();
    const mixed = search('--like', String(first.id), '--by', 'look', '--text', 'city', '--count', '60');
    const caption = (hit) => hit.signals.map(({ signal, distance, cosine }) => (signal === 'text' ? `score ${cosine.toFixed(4)}` : `distance ${distance.toFixed(4)}`)).join(' · ');
    assert.equal((await captions(tab))[0], caption(mixed[0]));
    await tab.locator('.result-rows .picture.shown').first().waitFor();
    await shot(tab, 'find-mixed-light-1440');
    await tab.goto('/find?text=city&minus=night');
    await tab.getByRole('region', { name: 'Photos of “city”, without “night”' }).waitFor();
    const [chooser] = await Promise.all([tab.waitForEvent('filechooser'), tab.getByRole('button', { name: 'Choose a picture' }).click()]);
    await chooser.setFiles([{ name: 'asked.jpg', mimeType: 'image/jpeg', buffer: readFileSync(join(photos, 'main', names[3])) }]);
    await tab.getByRole('region', { name: 'Looks like it, and “city”, without “night”' }).waitFor();
    await tab.locator('.result-rows .picture.shown').first().waitFor();
    assert.match((await captions(tab))[0], /^(distance|score) 0\.\d{4} · (distance|score) /);
    // Without the words: its copies, and beside them what looks like it.
    await tab.getByRole('button', { name: 'Clear the words' }).click();
    await tab.getByText(/Yes: \d+ cop/).waitFor();
    await tab.getByRole('region', { name: /^Looks like it$/ }).locator('.picture.shown').first().waitFor();
    await shot(tab, 'find-picture-looks-light-1440');
  });

  walk('offers words in the one search box', {}, async (tab) => {
    await tab.goto('/');
    await tab.locator('.tile .picture.shown').first().waitFor();
    await tab.keyboard.press('/');
    await tab.keyboard.type('snowy mountain');
    await tab.getByRole('option', { name: 'Photos that show “snowy mountain”' }).waitFor();
    await shot(tab, 'search-words-light-1440');
    await tab.keyboard.press('ArrowDown');
    await tab.keyboard.press('Enter');
    await tab.waitForURL('**/find?text=snowy+mountain');
    await tab.locator('.result-rows .picture.shown').first().waitFor();
    await tab.goto('/?tag=snowy+mountain');
    await tab.getByRole('link', { name: 'Photos that show it' }).click();
    await tab.waitForURL('**/find?text=snowy+mountain');
  });

  walk('says what is wrong with a question and goes on', {}, async (tab) => {
    await tab.goto('/find?minus=people');
    await tab.getByRole('alert').getByText('Only words to leave out').waitFor();
    await tab.getByRole('textbox', { name: 'Show me' }).fill('x'.repeat(20_000));
    await tab.keyboard.press('Enter');
    await tab.getByRole('alert').getByText('Only words to leave out').waitFor({ state: 'detached' });
    await tab.getByRole('alert').waitFor();
    await tab.getByRole('button', { name: 'Clear the words' }).click();
    await tab.getByRole('alert').waitFor({ state: 'detached' });
  });

  walk('takes suggested tags by keyboard and mouse, and takes answers back', {}, async (tab) => {
    const detail = async (id) => (await fetch(`${server.url}/api/v1/images/${id}`)).json();
    let image;
    for (let id = 1; id <= PHOTOS && !image; id++) {
      const one = await detail(id);
      if ((one.automatic_tags?.filter((tag) => tag.state === 'suggested') ?? []).length >= 3) image = one;
    }
    const [first, second] = image.automatic_tags.map(({ tag }) => tag);
    await tab.goto(`/photo/${image.id}`);
    await tab.locator('.photo-preview.shown').waitFor();
    await tab.keyboard.press('i');
    const section = tab.getByRole('region', { name: 'Suggested tags' });
    const accept = (tag) => section.getByRole('button', { name: new RegExp(`^Accept the tag ${tag}, suggested by .+, [\\d.]+.% sure$`) });
    await accept(first).focus();
    await tab.getByRole('tooltip').waitFor();
    assert.match(await tab.getByRole('tooltip').textContent(), new RegExp(`${image.automatic_tags[0].model}, [\\d.]+.% sure`));
    await shot(tab, 'photo-suggested-light-1440');
    await tab.keyboard.press('Enter');
    const tags = tab.getByRole('region', { name: 'Tags', exact: true });
    await tags.getByRole('link', { name: first }).waitFor();
    await accept(first).waitFor({ state: 'detached' });
    await tab.waitForFunction((tag) => document.activeElement?.getAttribute('aria-label')?.startsWith(`Accept the tag ${tag}`), second);
    assert.deepEqual((await detail(image.id)).tags, [...image.tags, first]);
    await tab.getByRole('button', { name: 'Undo' }).click();
    await accept(first).waitFor();
    assert.deepEqual((await detail(image.id)).tags, image.tags);
    await section.getByRole('button', { name: `Reject the tag ${second}` }).click();
    await accept(second).waitFor({ state: 'detached' });
    await section.getByText('1 rejected').click();
    await section.getByRole('button', { name: `Suggest the tag ${second} again` }).click();
    await accept(second).waitFor();
    assert.deepEqual(await detail(image.id), image, 'everything is as it was');
  });

  walk('shows what looks like a photo, with distances', {}, async (tab) => {
    await tab.goto('/photo/7');
    await tab.locator('.photo-preview.shown').waitFor();
    await tab.keyboard.press('i');
    const strip = tab.getByRole('region', { name: 'Looks like it' });
    await strip.locator('.picture').first().waitFor();
    const hits = search('--like', '7', '--by', 'look');
    assert.equal(await strip.locator('.strip-distance').first().textContent(), hits[0].signals[0].distance.toFixed(4));
    await strip.getByRole('link', { name: /, distance 0\.\d{4}$/ }).first().click();
    await tab.waitForURL(`**/photo/${hits[0].id}`);
    await tab.getByText('1 of 24 by look').waitFor();
    await tab.goBack();
    await tab.waitForURL('**/photo/7');
    await strip.getByRole('link', { name: 'Nine of them, large' }).click();
    await tab.waitForURL('**/lucky/7');
  });

  walk('is lucky: a random photo, its nine nearest, the next by one key', {}, async (tab) => {
    await tab.goto('/lucky');
    await tab.waitForURL(/\/lucky\/\d+$/);
    const at = () => tab.evaluate(() => location.pathname);
    const nearest = tab.getByRole('region', { name: 'Nearest by look' });
    const check = async () => {
      const id = (await at()).split('/').pop();
      await nearest.getByRole('listitem').nth(8).waitFor();
      const hits = search('--like', id, '--by', 'look', '--count', '9');
      assert.equal(hits.length, 9);
      await tab.waitForFunction((expected) => JSON.stringify([...document.querySelectorAll('.result-caption')].map((one) => one.textContent)) === expected,
        JSON.stringify(hits.map((hit) => hit.signals[0].distance.toFixed(4))));
      assert.deepEqual(await nearest.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href'))), hits.map((hit) => `/photo/${hit.id}`));
    };
    await check();
    const first = await at();
    await tab.keyboard.press('n');
    await tab.waitForFunction((before) => location.pathname !== before, first);
    const second = await at();
    await check();
    await tab.getByRole('button', { name: 'Another' }).click();
    await tab.waitForFunction((before) => location.pathname !== before, second);
    await tab.goBack();
    await tab.waitForURL(`**${second}`);
    await tab.goBack();
    await tab.waitForURL(`**${first}`);
    await check();
    await nearest.getByRole('link').first().click();
    await tab.waitForURL('**/photo/*');
    await tab.locator('.photo-preview.shown').waitFor();
    await tab.keyboard.press('Escape');
    await tab.waitForURL(`**${first}`);
    // One's own photo: chosen, then pasted.
    const [chooser] = await Promise.all([tab.waitForEvent('filechooser'), tab.getByRole('button', { name: 'Yours' }).click()]);
    await chooser.setFiles([{ name: 'mine.jpg', mimeType: 'image/jpeg', buffer: readFileSync(join(photos, 'main', names[5])) }]);
    await tab.waitForURL('**/lucky/yours');
    await nearest.getByRole('listitem').nth(8).waitFor();
    await tab.locator('.result-rows .picture.shown').first().waitFor();
    await shot(tab, 'lucky-own-light-1440');
    const before = stats().images;
    const pasted = await fileTransfer(tab, readFileSync(join(photos, 'main', names[6])), 'pasted.jpg');
    await pasted.evaluate((clipboardData) => window.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })));
    await tab.getByText('pasted.jpg').waitFor();
    await nearest.getByRole('listitem').nth(8).waitFor();
    assert.equal(stats().images, before, 'nothing was stored');
    await tab.reload();
    await tab.getByRole('heading', { name: 'What looks like your picture?' }).waitFor();
    await tab.keyboard.press('n');
    await tab.waitForURL(/\/lucky\/\d+$/);
    await check();
  });

  for (const [screen, options] of SCREENS) {
    walk(`looks right, ${screen}`, options, async (tab) => {
      for (const [place, name, wait] of [['/find?text=mountain%2C+snow&minus=people', 'find-words', '.result-rows .picture.shown'], ['/lucky/12', 'lucky', '.result-rows .picture.shown'],
        ['/stats', 'stats-models', '.models li']]) {
        await tab.goto(place);
        await tab.locator(wait).first().waitFor();
        await tab.waitForTimeout(500);
        await fits(tab, place);
        await shot(tab, `${name}-${screen}`);
      }
      await tab.goto('/photo/12');
      await tab.locator('.photo-preview.shown').waitFor();
      await tab.getByRole('button', { name: 'Facts, copies and similar' }).click();
      await tab.getByRole('region', { name: 'Looks like it' }).locator('.picture').first().waitFor();
      await tab.getByRole('region', { name: 'Looks like it' }).scrollIntoViewIfNeeded();
      await shot(tab, `photo-looks-${screen}`);
    });
  }
});
