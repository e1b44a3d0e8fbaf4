// The page as a visitor meets it: the real program, a real browser, real pictures.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { drawPicture, fits, missing, photos, shot, startBrowser, startServer, walkIn } from './harness.mjs';

const GROUPS = ['02-roman-colosseum', '03-ashim-dsilva', '08-kde-alps', '15-kde-poppy', '04-mr-lee', '07-water-lily'];
const PLAIN = 44;

// Six groups of copies and a few dozen photos that are none: real ones where they are at hand, else drawn ones.
async function pictures(browser, folder) {
  if (photos) {
    const copies = GROUPS.map((group) => readdirSync(join(photos, 'neardup', group)).sort().map((name) => join(photos, 'neardup', group, name)));
    const plain = readdirSync(join(photos, 'main')).filter((name) => name.endsWith('.jpg')).filter((_, i) => i % 8 === 0).slice(0, PLAIN).map((name) => join(photos, 'main', name));
    return { copies, plain };
  }
  const write = (name, bytes) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const copies = [];
  for (let seed = 1; seed <= 3; seed++) {
    copies.push([
      write(`drawn-${seed}-a.jpg`, await drawPicture(browser, { seed })),
      write(`drawn-${seed}-b.jpg`, await drawPicture(browser, { seed, crop: seed === 2 ? [0.1, 0.1, 0.7, 0.7] : null, quality: 0.6 })),
    ]);
  }
  const plain = [];
  for (let seed = 10; seed < 40; seed++) plain.push(write(`plain-${seed}.jpg`, await drawPicture(browser, { seed, width: seed % 3 ? 720 : 480, height: seed % 3 ? 480 : 640 })));
  return { copies, plain };
}

describe('the page', { skip: missing || false }, () => {
  let server;
  let browser;
  let set;
  before(async () => {
    browser = await startBrowser();
    server = await startServer();
    set = await pictures(browser, server.data);
    server.cli('import', '--on-duplicate', 'keep', '--tags', 'wild', ...set.plain.slice(0, 12));
    server.cli('import', '--on-duplicate', 'keep', ...set.plain.slice(12), ...set.copies.flatMap((group) => group));
    // An import with "keep" decides for both; taken back, the pairs wait to be reviewed.
    const { decisions } = await (await fetch(`${server.url}/api/v1/decisions`)).json();
    for (const { id } of decisions) await fetch(`${server.url}/api/v1/decisions/${id}`, { method: 'DELETE' });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  // Each walk ends with a look at what must not have happened.
  const walk = (name, options, steps) => it(name, () => walkIn(browser, server.url, options, steps, name));
  const total = () => set.plain.length + set.copies.flatMap((group) => group).length;
  const ready = (tab) => tab.waitForFunction(() => document.querySelectorAll('.tile .picture.shown').length > 6);

  walk('shows all photos in justified rows', {}, async (tab) => {
    await tab.goto('/');
    await ready(tab);
    const list = tab.getByRole('list', { name: /photos, newest first/ });
    assert.match(await list.getAttribute('aria-label'), new RegExp(`^${total()} photos`));
    const edges = await tab.evaluate(() => {
      const rows = new Map();
      for (const tile of document.querySelectorAll('.tile')) {
        const box = tile.getBoundingClientRect();
        rows.set(Math.round(box.top), Math.max(rows.get(Math.round(box.top)) ?? 0, box.right));
      }
      return { right: [...rows.values()].slice(0, -1), width: document.documentElement.clientWidth };
    });
    for (const right of edges.right) assert.ok(Math.abs(right - edges.width) < 1, `a row ends at ${right} of ${edges.width}`);
    await shot(tab, 'gallery-light-1440');
  });

  walk('opens a photo, walks on, and comes back to the same place', {}, async (tab) => {
    await tab.goto('/');
    await ready(tab);
    await tab.mouse.wheel(0, 500);
    await tab.waitForFunction(() => scrollY > 300);
    await tab.waitForTimeout(200);
    const y = await tab.evaluate(() => scrollY);
    // One that is wholly on screen, so that the click itself does not scroll.
    const href = await tab.evaluate(() => [...document.querySelectorAll('.tile a')].find((tile) => {
      const { top, bottom } = tile.getBoundingClientRect();
      return top > 80 && bottom < innerHeight - 20;
    }).getAttribute('href'));
    await tab.locator(`.tile a[href="${href}"]`).click();
    await tab.waitForURL(`**${href}`);
    await tab.locator('.photo-preview.shown').waitFor();
    await shot(tab, 'photo-light-1440');
    await tab.keyboard.press('ArrowRight');
    await tab.waitForFunction((before) => !location.pathname.endsWith(before), href);
    await tab.keyboard.press('ArrowLeft');
    await tab.waitForURL(`**${href}`);
    await tab.keyboard.press('Escape');
    await tab.waitForURL((url) => url.pathname === '/');
    await tab.locator('.photo-view').waitFor({ state: 'detached' });
    assert.ok(Math.abs((await tab.evaluate(() => scrollY)) - y) < 2, 'the place was lost');
    await tab.waitForFunction((href) => document.activeElement?.getAttribute('href') === href, href);
  });

  walk('tells facts, takes tags, and finds what is alike', {}, async (tab) => {
    await tab.goto('/');
    await ready(tab);
    const name = basename(set.copies[0][0]);
    const id = Number(JSON.parse(server.cli('--json', 'search', '--image', set.copies[0][0])).results[0].id);
    await tab.goto(`/photo/${id}`);
    await tab.locator('.photo-preview.shown').waitFor();
    await tab.keyboard.press('i');
    const info = tab.getByRole('complementary', { name: 'About this photo' });
    await info.getByText(/\d+ × \d+/).first().waitFor();
    await info.getByRole('heading', { name: /cop(y|ies) found/ }).waitFor();
    await info.locator('.strip .picture').first().waitFor();
    await tab.keyboard.press('t');
    await tab.keyboard.type('rome');
    await tab.keyboard.press('Enter');
    await info.getByRole('link', { name: 'rome' }).waitFor();
    await tab.waitForTimeout(300);
    await shot(tab, 'photo-info-1440');
    await info.getByRole('link', { name: 'rome' }).click();
    await tab.getByRole('heading', { name: 'rome' }).waitFor();
    assert.equal(await tab.locator('.tile').count(), 1);
    await tab.goto(`/photo/${id}`);
    await tab.locator('.photo-preview.shown').waitFor();
    await tab.keyboard.press('t');
    await info.getByRole('button', { name: 'Remove the tag rome' }).click();
    await info.getByRole('link', { name: 'rome' }).waitFor({ state: 'detached' });
    assert.ok(name);
  });

  walk('searches by tag with completion, and selects by keyboard', {}, async (tab) => {
    await tab.goto('/');
    await ready(tab);
    await tab.keyboard.press('/');
    await tab.keyboard.type('wi');
    await tab.getByRole('option', { name: /wild/ }).waitFor();
    await shot(tab, 'search-1440');
    await tab.keyboard.press('ArrowDown');
    await tab.keyboard.press('Enter');
    await tab.waitForURL('**/search?q=wild');
    await tab.waitForFunction(() => document.querySelectorAll('.tile').length === 12);
    await tab.keyboard.press('ArrowRight');
    await tab.locator('[data-tile]:focus').waitFor();
    await tab.keyboard.press('x');
    await tab.keyboard.press('ArrowRight');
    await tab.keyboard.press('ArrowRight');
    await tab.keyboard.press('Shift+X');
    await tab.getByText('3 selected').waitFor();
    await shot(tab, 'selection-1440');
    await tab.keyboard.press('Escape');
    await tab.getByText('3 selected').waitFor({ state: 'detached' });
  });

  walk('takes an expression, completes a tag within it, and marks a mistake', {}, async (tab) => {
    await tab.goto('/');
    await ready(tab);
    await tab.keyboard.press('/');
    await tab.keyboard.type('width>=1, -WI');
    await tab.getByRole('option', { name: /wild.*12/ }).waitFor();
    await shot(tab, 'expression-completion-1440');
    await tab.keyboard.press('ArrowDown');
    await tab.keyboard.press('Tab');
    const box = tab.getByRole('combobox');
    assert.equal(await box.inputValue(), 'width>=1, -wild');
    await tab.keyboard.press('Enter');
    await tab.waitForURL((url) => url.pathname === '/search' && url.searchParams.get('q') === 'width>=1, -wild');
    await tab.getByRole('status').filter({ hasText: `${total() - 12} photos` }).waitFor();
    await shot(tab, 'expression-1440');
    await tab.goto('/search?q=' + encodeURIComponent('sea, width=1000'));
    const alert = tab.getByRole('alert');
    await alert.filter({ hasText: 'character 11' }).waitFor();
    assert.equal(await alert.locator('mark').textContent(), '=');
    assert.equal(await box.getAttribute('aria-invalid'), 'true');
    await shot(tab, 'expression-mistake-1440');
    await box.fill('wild || sort:newest');
    await tab.keyboard.press('Enter');
    await alert.filter({ hasText: 'sort' }).waitFor();
    await box.fill('nothing*');
    await tab.keyboard.press('Enter');
    await tab.getByRole('heading', { name: 'Nothing fits' }).waitFor();
    assert.equal(await alert.count(), 0);
    tab.faults = tab.faults.filter((fault) => !/status of 4\d\d/.test(fault));
  });

  walk('asks about a copy that is uploaded, and takes an upload back', {}, async (tab) => {
    await tab.goto('/');
    await ready(tab);
    const choose = async (files) => {
      const [chooser] = await Promise.all([tab.waitForEvent('filechooser'), tab.keyboard.press('u')]);
      await chooser.setFiles(files);
    };
    const copy = await drawPicture(browser, { seed: 77 });
    await choose([{ name: 'new.jpg', mimeType: 'image/jpeg', buffer: copy }]);
    const tray = tab.getByRole('region', { name: 'Uploads' });
    await tray.getByText('1 photo added').waitFor();
    await tab.getByRole('list', { name: new RegExp(`^${total() + 1} photos`) }).waitFor();
    const part = await drawPicture(browser, { seed: 77, crop: [0.2, 0.15, 0.6, 0.6], quality: 0.8 });
    await choose([{ name: 'part of new.jpg', mimeType: 'image/jpeg', buffer: part }]);
    const dialog = tab.getByRole('dialog', { name: 'A copy' });
    await dialog.waitFor();
    await dialog.getByText('Here already').waitFor();
    await dialog.locator('.overlay-region').first().waitFor();
    await dialog.locator('.picture.shown').waitFor();
    await shot(tab, 'upload-copy-1440');
    await tab.keyboard.press('1');
    await dialog.waitFor({ state: 'detached' });
    await tray.getByText(/^Not added/).waitFor();
    await tray.getByRole('button', { name: 'Undo adding new.jpg' }).click();
    await tray.getByText('Taken out again').waitFor();
    await tab.getByRole('list', { name: new RegExp(`^${total()} photos`) }).waitFor();
    await shot(tab, 'upload-tray-1440');
  });

  walk('says why a file is refused', {}, async (tab) => {
    await tab.goto('/');
    await ready(tab);
    const [chooser] = await Promise.all([tab.waitForEvent('filechooser'), tab.keyboard.press('u')]);
    await chooser.setFiles([{ name: 'letter.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('Dear Sir or Madam, this is no picture.') }]);
    const line = tab.locator('.line.failed .line-result');
    await line.waitFor();
    assert.ok((await line.textContent()).length > 8);
    // The browser itself reports an answer of refusal; nothing else may be said.
    tab.faults = tab.faults.filter((fault) => !/status of 4\d\d/.test(fault));
  });

  walk('finds a picture without storing it', {}, async (tab) => {
    await tab.goto('/find');
    await tab.getByRole('heading', { name: 'Do you have this picture?' }).waitFor();
    await shot(tab, 'find-empty-1440');
    const [chooser] = await Promise.all([tab.waitForEvent('filechooser'), tab.getByRole('button', { name: 'Choose a picture' }).click()]);
    await chooser.setFiles([{ name: 'asked.jpg', mimeType: 'image/jpeg', buffer: readFileSync(set.copies[1][1]) }]);
    await tab.getByText(/Yes: \d+ cop/).waitFor();
    await tab.locator('.result-copies .picture.shown').first().waitFor();
    await shot(tab, 'find-1440');
    await tab.getByRole('button', { name: 'Blue' }).click();
    await tab.waitForURL('**/find?colour=*');
    await tab.getByRole('region', { name: /Photos in #/ }).waitFor();
    await tab.locator('.result-rows .picture.shown').first().waitFor();
    await shot(tab, 'find-colour-1440');
    assert.equal(JSON.parse(server.cli('--json', 'stats')).images, total());
  });

  walk('reviews duplicates by keyboard and undoes', {}, async (tab) => {
    await tab.goto('/duplicates');
    const stage = tab.locator('.stage');
    await tab.locator('.judge-sentence').waitFor();
    await tab.waitForFunction(() => [...document.querySelectorAll('.pane img')].every((img) => img.complete && img.naturalWidth));
    await shot(tab, 'duplicates-1440');
    const words = await tab.locator('.judge-head').textContent();
    await tab.keyboard.press('Space');
    await tab.locator('.stage.mode-flip').waitFor();
    await shot(tab, 'duplicates-flip-1440');
    await tab.keyboard.press('Space');
    await tab.keyboard.press('Escape');
    await tab.locator('.stage.mode-side').waitFor();
    await tab.keyboard.press('z');
    await tab.locator('.stage.zoomed').waitFor();
    await shot(tab, 'duplicates-zoom-1440');
    await tab.keyboard.press('z');
    await tab.keyboard.press('p');
    await shot(tab, 'duplicates-points-1440');
    await tab.keyboard.press('d');
    await tab.locator('.stage.mode-difference').waitFor();
    await shot(tab, 'duplicates-difference-1440');
    await tab.keyboard.press('d');
    const stats = () => JSON.parse(server.cli('--json', 'stats'));
    const trashed = stats().trashed;
    await tab.keyboard.press('1');
    await tab.getByText('Kept the left one').waitFor();
    assert.equal(stats().trashed, trashed + 1);
    await tab.keyboard.press('Control+z');
    await tab.getByText('Undone').waitFor();
    assert.equal(stats().trashed, trashed);
    assert.equal(await tab.locator('.judge-head').textContent(), words);
    await tab.keyboard.press('ArrowRight');
    await tab.keyboard.press('5');
    await tab.getByText('Not copies', { exact: true }).first().waitFor();
    await tab.keyboard.press('?');
    await tab.getByRole('dialog', { name: 'Keys' }).waitFor();
    await shot(tab, 'help-1440');
    await tab.keyboard.press('Escape');
    await tab.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
    assert.ok(await stage.isVisible());
  });

  walk('is dark where the system is, and can be switched', { dark: true }, async (tab) => {
    await tab.goto('/');
    await ready(tab);
    const ground = () => tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    await shot(tab, 'gallery-dark-1440');
    await tab.getByRole('button', { name: 'Menu' }).click();
    await shot(tab, 'menu-dark-1440');
    await tab.getByRole('menuitemradio', { name: 'Light' }).click();
    const light = await ground();
    assert.notEqual(light, dark);
    await tab.reload();
    await ready(tab);
    assert.equal(await ground(), light);
    await tab.getByRole('button', { name: 'Menu' }).click();
    await tab.getByRole('menuitemradio', { name: 'Dark' }).click();
    for (const [place, name] of [['/duplicates', 'duplicates'], ['/find', 'find'], ['/stats', 'stats'], ['/tags', 'tags'], ['/about', 'about']]) {
      await tab.goto(place);
      if (name === 'duplicates') await tab.locator('.judge-sentence, .note').first().waitFor();
      await tab.waitForTimeout(300);
      await shot(tab, `${name}-dark-1440`);
    }
  });

  walk('fits a phone', { width: 390, height: 844, touch: true, scale: 2 }, async (tab) => {
    await tab.goto('/');
    await ready(tab);
    await shot(tab, 'gallery-light-390');
    await tab.locator('.tile a').nth(4).tap();
    await tab.locator('.photo-preview.shown').waitFor();
    await shot(tab, 'photo-light-390');
    await tab.getByRole('button', { name: 'Facts, copies and similar' }).tap();
    await tab.getByRole('complementary', { name: 'About this photo' }).waitFor();
    await shot(tab, 'photo-info-390');
    for (const place of ['/duplicates', '/find', '/tags', '/stats', '/about']) {
      await tab.goto(place);
      if (place === '/duplicates') await tab.locator('.judge-sentence, .note').first().waitFor();
      await tab.waitForTimeout(400);
      await fits(tab, place);
      await shot(tab, `${place.slice(1)}-light-390`);
    }
  });

  walk('shows what others add behind a quiet pill', {}, async (tab) => {
    await tab.goto('/');
    await ready(tab);
    const file = join(server.data, 'other.jpg');
    writeFileSync(file, await drawPicture(browser, { seed: 99 }));
    server.cli('import', '--on-duplicate', 'keep', file);
    const pill = tab.getByRole('button', { name: '1 new photo' });
    await pill.waitFor();
    await shot(tab, 'pill-1440');
    await pill.click();
    await tab.getByRole('list', { name: new RegExp(`^${total() + 1} photos`) }).waitFor();
  });
});
