// Accounts, albums, moderation and editing as a person meets them. The server's answers are made up in the browser's network
// layer, so that every state of them is seen; page.test.mjs walks through the real program.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fakeSite, PEOPLE } from './fake-people.mjs';
import { fits, missing, shot, startBrowser, startServer, walkIn } from './harness.mjs';

describe('people', { skip: missing || false }, () => {
  let server;
  let browser;
  before(async () => {
    browser = await startBrowser();
    server = await startServer();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  const walk = (name, options, who, steps, more) => it(name, () => walkIn(browser, server.url, options, async (tab) => {
    const fake = await fakeSite(tab, who);
    await steps(tab, fake);
  }, name, more));

  walk('offers a visitor nothing that would be refused', {}, 'visitor', async (tab) => {
    await tab.goto('/');
    await tab.locator('.tile').first().waitFor();
    assert.equal(await tab.getByRole('button', { name: 'Upload' }).count(), 0);
    await tab.getByRole('button', { name: 'Menu' }).click();
    const items = await tab.getByRole('menuitem').allTextContents();
    for (const name of ['Your account', 'Administration', 'Waiting for approval', 'Duplicates', 'Trash', 'Favourites']) assert.ok(!items.includes(name), name);
    await shot(tab, 'visitor-menu-1440');
    await tab.keyboard.press('Escape');
    await tab.locator('.tile a').first().click();
    await tab.locator('.photo-preview.shown').waitFor();
    await tab.keyboard.press('i');
    const info = tab.getByRole('complementary', { name: 'About this photo' });
    await info.getByText('IMG_24.jpg').first().waitFor();
    assert.equal(await info.getByRole('button', { name: /Remove the tag|Edit/ }).count(), 0);
    assert.equal(await tab.getByRole('button', { name: 'Into the trash' }).count(), 0);
    await shot(tab, 'visitor-photo-1440');
  });

  walk('logs in with a second step', {}, 'visitor', async (tab, fake) => {
    await tab.goto('/');
    await tab.getByRole('link', { name: 'Log in' }).click();
    await tab.getByRole('heading', { name: 'Log in' }).waitFor();
    await shot(tab, 'login-1440');
    await tab.getByLabel('Name or mail address').fill('ann');
    await tab.getByLabel('Password').fill('wrong');
    await tab.keyboard.press('Enter');
    await tab.getByRole('alert').getByText('No such name and password').waitFor();
    await shot(tab, 'login-wrong-1440');
    await tab.getByLabel('Password').fill('correct horse');
    await tab.keyboard.press('Enter');
    await tab.getByRole('heading', { name: 'Second step' }).waitFor();
    await shot(tab, 'login-second-1440');
    await tab.getByLabel('Code').fill('123456');
    await tab.keyboard.press('Enter');
    await tab.waitForURL((url) => url.pathname === '/');
    assert.equal(fake.who, 'admin');
    await tab.getByRole('button', { name: 'Menu' }).click();
    await tab.getByRole('menuitem', { name: 'Administration' }).waitFor();
    await shot(tab, 'admin-menu-1440');
  }, { refusals: true });

  walk('signs up, confirms, recovers and sets up', {}, 'visitor', async (tab, fake) => {
    await tab.goto('/signup');
    await tab.getByLabel('Name').fill('Bob');
    await tab.getByLabel('Mail address').fill('bob@example.org');
    await tab.getByLabel('Password').fill('long enough');
    await shot(tab, 'signup-1440');
    await tab.keyboard.press('Enter');
    await tab.getByRole('heading', { name: 'Look into your mail' }).waitFor();
    assert.deepEqual(fake.asked('POST /account'), { name: 'Bob', email: 'bob@example.org', password: 'long enough' });
    await tab.goto('/confirm#abc-123');
    await tab.getByRole('heading', { name: 'Your address is confirmed' }).waitFor();
    assert.deepEqual(fake.asked('POST /account/confirm'), { token: 'abc-123' });
    assert.equal(new URL(tab.url()).hash, '');
    await tab.goto('/forgot');
    await tab.getByLabel('Mail address').fill('bob@example.org');
    await tab.keyboard.press('Enter');
    await tab.getByRole('heading', { name: 'Look into your mail' }).waitFor();
    await tab.goto('/reset#tok');
    await tab.getByLabel('Password').fill('another one');
    await tab.keyboard.press('Enter');
    await tab.getByRole('heading', { name: 'The password is changed' }).waitFor();
    assert.deepEqual(fake.asked('POST /account/password'), { token: 'tok', password: 'another one' });
    await tab.goto('/setup#first');
    await tab.getByLabel('Name').fill('Ann');
    await tab.getByLabel('Password').fill('correct horse');
    await tab.getByLabel(/Only who has an account/).check();
    await shot(tab, 'setup-1440');
    await tab.getByRole('button', { name: 'Begin' }).click();
    await tab.waitForURL((url) => url.pathname === '/');
    assert.deepEqual(fake.asked('POST /setup'), { code: 'first', name: 'Ann', password: 'correct horse', visitors: 'nothing' });
  });

  walk('keeps an account: second factor, devices, tokens', {}, 'admin', async (tab, fake) => {
    await tab.goto('/account');
    await tab.getByRole('heading', { name: 'Your account' }).waitFor();
    await tab.getByText('Firefox, Linux').waitFor();
    await shot(tab, 'account-1440');
    await tab.getByRole('button', { name: 'Switch it on' }).click();
    await tab.getByLabel('Your password').fill('correct horse');
    await tab.keyboard.press('Enter');
    await tab.getByRole('img', { name: 'QR code for the authenticator' }).waitFor();
    await tab.getByLabel('Code', { exact: true }).fill('123456');
    await shot(tab, 'account-qr-1440');
    await tab.keyboard.press('Enter');
    await tab.getByText('aaaa-1111').waitFor();
    await tab.getByRole('button', { name: 'I have kept it' }).click();
    await tab.getByRole('button', { name: 'New token' }).click();
    await tab.getByLabel('What it is for').fill('backup');
    await tab.getByLabel('Your password').fill('one two three four');
    await shot(tab, 'account-token-1440');
    await tab.getByRole('button', { name: 'Make the token' }).click();
    await tab.getByText('lk_secret').waitFor();
    assert.deepEqual(fake.asked('POST /account/tokens').scopes, ['read']);
    assert.equal(fake.asked('POST /account/tokens').current_password, 'one two three four');
    await tab.getByRole('button', { name: 'Log out everywhere else' }).click();
    await tab.getByText('Logged out everywhere else').waitFor();
    await tab.getByRole('button', { name: 'Remove', exact: true }).first().click();
    await tab.getByLabel('Your present password').last().fill('one two three four');
    await shot(tab, 'account-provider-1440');
    await tab.keyboard.press('Enter');
    await tab.getByRole('link', { name: 'Bind it' }).waitFor();
    assert.deepEqual(fake.asked('DELETE /account/providers/github'), { current_password: 'one two three four' });
  });

  walk('finds a picture by its address, where it may', {}, 'moderator', async (tab, fake) => {
    await tab.goto('/find');
    await tab.getByText('Or give its address').click();
    await tab.getByLabel('Address of the picture').fill('https://example.org/far%20away.png');
    await shot(tab, 'find-address-1440');
    await tab.keyboard.press('Enter');
    await tab.getByText('far away.png').waitFor();
    assert.deepEqual(fake.asked('POST /fetch'), { url: 'https://example.org/far%20away.png' });
  });

  walk('administers people and the site', {}, 'admin', async (tab, fake) => {
    await tab.goto('/admin');
    await tab.getByLabel('Role of Bob').selectOption('moderator');
    await tab.getByText('Saved').waitFor();
    assert.deepEqual(fake.asked('PATCH /users/2'), { role: 'moderator' });
    await shot(tab, 'admin-1440');
    await tab.getByRole('button', { name: 'Add somebody' }).click();
    await tab.getByRole('dialog').getByLabel('Name').fill('Cid');
    await tab.getByRole('dialog').getByLabel('Password').fill('long enough');
    await shot(tab, 'admin-add-1440');
    await tab.keyboard.press('Enter');
    await tab.getByText('Cid can log in now').waitFor();
    await tab.getByLabel('Name of the gallery').fill('Our photos');
    await tab.getByRole('button', { name: 'Save' }).click();
    await tab.waitForFunction(() => document.querySelector('.mark')?.textContent === 'Our photos');
    assert.equal(fake.asked('PATCH /settings').site_name, 'Our photos');
  });

  walk('moderates by keys', {}, 'moderator', async (tab, fake) => {
    await tab.goto('/moderation');
    await tab.locator('.waiting-card').nth(2).waitFor();
    await shot(tab, 'moderation-1440');
    await tab.keyboard.press('a');
    await tab.getByText('Approved: 1 photo').waitFor();
    assert.deepEqual(fake.asked('POST /moderation'), { ids: [101], decision: 'approve' });
    await tab.keyboard.press('Control+a');
    await tab.getByText('2 selected').waitFor();
    await tab.keyboard.press('r');
    await tab.getByRole('heading', { name: 'Nothing waits for approval' }).waitFor();
    assert.deepEqual(fake.asked('POST /moderation').decision, 'reject');
    await shot(tab, 'moderation-empty-1440');
  });

  walk('edits a photo, with undo and history', {}, 'moderator', async (tab, fake) => {
    // Within the page: the server itself has no such photo.
    await tab.goto('/');
    await tab.locator('.tile').first().waitFor();
    await tab.evaluate(() => { history.pushState({ under: '/' }, '', '/photo/5'); dispatchEvent(new PopStateEvent('popstate')); });
    await tab.locator('.photo-preview.shown').waitFor();
    await tab.keyboard.press('e');
    await tab.getByLabel('Title').fill('Evening pond');
    await tab.getByLabel('4 stars').check();
    await tab.getByLabel('Who sees it').selectOption('private');
    await shot(tab, 'photo-edit-1440');
    await tab.getByRole('button', { name: 'Save' }).click();
    const toast = tab.locator('.toast');
    await toast.getByText('Saved').waitFor();
    assert.deepEqual(fake.asked('PATCH /images/5'), { title: 'Evening pond', rating: 4, visibility: 'private' });
    await tab.getByText('History').click();
    await tab.getByText('Title: “Autumn pond” → “Evening pond”').waitFor();
    await shot(tab, 'photo-history-1440');
    await toast.getByRole('button', { name: 'Undo' }).click();
    await tab.locator('.info').getByText('Autumn pond', { exact: true }).first().waitFor();
    await tab.locator('.photo-view').focus();
    await tab.keyboard.press('s');
    await tab.getByRole('button', { name: 'No longer a favourite' }).waitFor();
    assert.ok(fake.did('PUT /images/5/favourite'));
    await tab.keyboard.press('Delete');
    await tab.getByText('In the trash: 1 photo').waitFor();
    assert.ok(fake.did('DELETE /images/5'));
  });

  walk('edits many, and restores from the trash', {}, 'moderator', async (tab, fake) => {
    await tab.goto('/');
    await tab.locator('.tile').first().waitFor();
    await tab.keyboard.press('ArrowRight');
    await tab.locator('[data-tile]:focus').waitFor();
    await tab.keyboard.press('x');
    await tab.keyboard.press('ArrowRight');
    await tab.keyboard.press('x');
    await tab.keyboard.press('e');
    await tab.getByLabel('Tags to add').fill('sea, winter');
    await tab.getByLabel('Author').fill('Ann');
    await shot(tab, 'bulk-edit-1440');
    await tab.keyboard.press('Enter');
    await tab.getByText('Changed 2 photos').waitFor();
    assert.deepEqual(fake.asked('POST /images/edit').edit, { tags_add: ['sea', 'winter'], author: 'Ann' });
    await tab.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await tab.getByText('Undone').waitFor();
    assert.ok(fake.did('POST /edits/batches/7/undo'));
    await tab.keyboard.press('Escape');
    await tab.goto('/trash');
    await tab.locator('.tile').first().waitFor();
    await tab.locator('.tile-check').first().click();
    await shot(tab, 'trash-1440');
    await tab.getByRole('button', { name: 'Restore' }).click();
    await tab.getByText('Back in the gallery: 1 photo').waitFor();
  });

  walk('makes albums, shares them, and opens a share', {}, 'moderator', async (tab, fake) => {
    await tab.goto('/albums');
    await tab.getByRole('link', { name: /Spain/ }).waitFor();
    await tab.waitForFunction(() => document.querySelectorAll('.album-cover .picture.shown').length > 1);
    await shot(tab, 'albums-1440');
    await tab.getByRole('button', { name: 'New smart album' }).click();
    await tab.getByLabel('Name').fill('Sea');
    await tab.getByLabel('Expression', { exact: true }).fill('sea, rating>=4');
    await shot(tab, 'album-new-1440');
    await tab.keyboard.press('Enter');
    await tab.waitForURL('**/albums/3');
    assert.deepEqual(fake.asked('POST /albums'), { name: 'Sea', description: '', visibility: 'private', expression: 'sea, rating>=4' });
    await tab.goto('/albums/1');
    await tab.locator('.tile').first().waitFor();
    await shot(tab, 'album-1440');
    await tab.getByRole('button', { name: 'Share' }).click();
    await tab.getByRole('button', { name: 'Make a link' }).click();
    assert.match(await tab.getByRole('textbox', { name: 'Your link' }).inputValue(), /\/s\/TOKEN$/);
    await shot(tab, 'album-share-1440');
    await tab.keyboard.press('Escape');
    await tab.goto('/s/LOCKED');
    await tab.getByLabel('Password').fill('open');
    await shot(tab, 'share-password-1440');
    await tab.keyboard.press('Enter');
    await tab.waitForURL('**/shared/1');
    await tab.locator('.tile').first().waitFor();
    await shot(tab, 'shared-1440');
    await tab.goto('/');
    await tab.locator('.tile').first().waitFor();
    await tab.keyboard.press('ArrowRight');
    await tab.locator('[data-tile]:focus').waitFor();
    await tab.keyboard.press('x');
    await tab.keyboard.press('a');
    await tab.getByRole('button', { name: /Spain/ }).click();
    await tab.getByText('Added to “Spain”: 1 photo').waitFor();
    await tab.goto('/favourites');
    await tab.locator('.tile').first().waitFor();
  }, { refusals: true });

  walk('speaks Russian', { locale: 'ru-RU' }, 'admin', async (tab) => {
    await tab.goto('/');
    await tab.locator('.tile').first().waitFor();
    assert.equal(await tab.evaluate(() => document.documentElement.lang), 'ru');
    await tab.getByRole('list', { name: /фото, сначала новые/ }).waitFor();
    await tab.getByRole('button', { name: 'Меню' }).click();
    await shot(tab, 'ru-menu-1440');
    for (const name of ['Избранное', 'Управление сайтом', 'Ждут проверки']) await tab.getByRole('menuitem', { name }).waitFor();
    await tab.keyboard.press('Escape');
    await tab.getByRole('menu').waitFor({ state: 'detached' });
    await tab.keyboard.press('?');
    await tab.getByRole('dialog', { name: 'Клавиши' }).waitFor();
    await shot(tab, 'ru-keys-1440');
    await tab.keyboard.press('Escape');
    // Nothing of the other language is left on any page.
    for (const [place, heading] of PEOPLE.places) {
      await tab.goto(place);
      await tab.getByRole('heading', { level: 1, name: heading }).waitFor();
      await tab.waitForTimeout(150);
      const english = await tab.evaluate(() => {
        const words = document.querySelector('main').innerText.split('\n').map((line) => line.trim());
        return words.filter((line) => /\b(the|and|with|photos?|your?|this|not|of)\b/i.test(line) && !/likeness |curl |IMG_|openapi/.test(line));
      });
      if (!place.startsWith('/help')) assert.deepEqual(english, [], place);
      await shot(tab, `ru-${place.slice(1).replaceAll(/\W+/g, '-')}-1440`);
    }
    await tab.goto('/');
    await tab.getByRole('button', { name: 'Меню' }).click();
    await tab.getByRole('menuitemradio', { name: 'English' }).click();
    await tab.getByRole('button', { name: 'Menu' }).waitFor();
    await tab.reload();
    await tab.getByRole('button', { name: 'Menu' }).waitFor();
    assert.equal(await tab.evaluate(() => document.documentElement.lang), 'en');
  });

  walk('fits a phone, light and dark', { width: 390, height: 844, touch: true, scale: 2 }, 'admin', async (tab) => {
    for (const [place] of PEOPLE.places) {
      await tab.goto(place);
      await tab.locator('main h1').first().waitFor();
      await tab.waitForTimeout(250);
      await fits(tab, place);
      await shot(tab, `${place.slice(1).replaceAll(/\W+/g, '-')}-390`);
    }
    await tab.emulateMedia({ colorScheme: 'dark' });
    for (const place of ['/login', '/account', '/albums', '/moderation', '/help/search']) {
      await tab.goto(place);
      await tab.locator('main h1').first().waitFor();
      await shot(tab, `${place.slice(1).replaceAll('/', '-')}-dark-390`);
    }
    await tab.goto('/');
    await tab.getByRole('button', { name: 'Menu' }).tap();
    await shot(tab, 'menu-dark-390');
  });

  walk('shows slides', {}, 'visitor', async (tab) => {
    await tab.goto('/slideshow');
    await tab.locator('.slides img.shown').waitFor();
    const at = () => tab.locator('.slides-bar .numbers').textContent();
    assert.match(await at(), /^1 of/);
    await tab.keyboard.press('Space');
    await tab.getByRole('button', { name: 'Go on' }).waitFor();
    await tab.keyboard.press('ArrowRight');
    await tab.waitForFunction(() => document.querySelector('.slides-bar .numbers').textContent.startsWith('2 of'));
    await shot(tab, 'slideshow-1440');
    await tab.keyboard.press('Escape');
    await tab.locator('.slides').waitFor({ state: 'detached' });
  });
});
