// 100,000 photos: the first tiles soon, only those near the screen in the document, and a smooth scroll. Times are generous,
// because test machines are slow and shared; the numbers themselves are printed.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fakeGallery, flingScroll } from './fake.mjs';
import { missing, openPage, shot, startBrowser, startServer } from './harness.mjs';

const TOTAL = 100_000;

describe('a gallery of 100,000 photos', { skip: missing || false }, () => {
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

  for (const size of [{ width: 1440, height: 900 }, { width: 390, height: 844, touch: true }]) {
    it(`scrolls smoothly at ${size.width} px`, async () => {
      const tab = await openPage(browser, server.url, size);
      await fakeGallery(tab, TOTAL);
      const started = Date.now();
      await tab.goto('/');
      await tab.locator('.tile').first().waitFor();
      console.log(`${size.width} px: first tiles after ${Date.now() - started} ms`);
      const session = await tab.context().newCDPSession(tab);
      await session.send('Performance.enable');
      const busy = async () => Object.fromEntries((await session.send('Performance.getMetrics')).metrics.map((m) => [m.name, m.value]));
      for (const px of [25, 120, 600, 6000]) {
        const before = await busy();
        const times = (await flingScroll(tab, px, 90)).sort((a, b) => a - b);
        const after = await busy();
        const script = ((after.ScriptDuration - before.ScriptDuration + after.LayoutDuration - before.LayoutDuration + after.RecalcStyleDuration - before.RecalcStyleDuration) / times.length) * 1000;
        const median = times[Math.floor(times.length / 2)];
        console.log(`${size.width} px: ${px} px a frame: frames median ${median.toFixed(1)} ms, 95 % ${times[Math.floor(times.length * 0.95)].toFixed(1)} ms; our work ${script.toFixed(2)} ms a frame`);
        assert.ok(median < 100, `the median frame took ${median} ms`);
      }
      assert.ok((await tab.locator('.tile').count()) < 300, 'too many tiles in the document');
      await tab.keyboard.press('End');
      await tab.locator(`[aria-posinset="${TOTAL}"]`).waitFor();
      await tab.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
      await tab.waitForFunction(() => document.querySelectorAll('.tile .picture.shown').length > 4);
      if (!size.touch) await tab.mouse.move(size.width - 8, 400);
      await shot(tab, `gallery-100k-${size.width}`);
      assert.deepEqual(tab.faults, []);
      await tab.context().close();
    });
  }
});
