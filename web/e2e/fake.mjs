// A gallery of any size without the photos: the answers of layout, images and thumbnails are made up in the browser's network
// layer. For measuring how the page scrolls, where only the page matters.
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const HASHES = ['1QcSHQRnh493V4dIh4eXh1h4kJUI', '3OcRJYB4d3h/iIeHeEh3eIhw+j2w', 'HBkSHYSIeHiPiHh8eJd4eTN0EEQG', 'VggKDYAW6lZvdYd6d2iZh/p4GE/k'];
const SHAPES = [1500, 1333, 1777, 667, 750, 1000, 1500, 1500, 562];

export async function fakeGallery(tab, total, thumbnail = PIXEL) {
  const ids = Array.from({ length: total }, (_, i) => total - i);
  const ratios = ids.map((id) => SHAPES[(id * 7919) % SHAPES.length]);
  const months = [];
  const each = Math.ceil(total / 120);
  for (let left = total, i = 0; left > 0; left -= each, i++) {
    const month = 2026 * 12 - i;
    months.push({ month: `${Math.floor(month / 12)}-${String(month % 12 + 1).padStart(2, '0')}`, count: Math.min(each, left) });
  }
  const image = (id) => ({
    id, name: `IMG_${id}.jpg`, width: SHAPES[(id * 7919) % SHAPES.length] * 2, height: 2000, format: 'jpeg', size_bytes: 2_000_000 + id,
    placeholder: HASHES[id % HASHES.length], taken_at: '', imported_at: '2026-01-02T03:04:05Z', tags: [],
  });
  await tab.route('**/api/v1/layout', (route) => route.fulfill({ json: { total, ids, ratios, months } }));
  await tab.route('**/api/v1/images?**', (route) => {
    const wanted = new URL(route.request().url()).searchParams.get('ids') ?? '';
    return route.fulfill({ json: { images: wanted.split(',').filter(Boolean).map((id) => image(Number(id))) } });
  });
  await tab.route('**/i/*/*', (route) => route.fulfill({ body: thumbnail, contentType: 'image/png' }));
  return { ids, ratios };
}

// Scrolls like a hand that flings: `px` each frame for `frames` frames. Returns the times between frames in ms.
export const flingScroll = (tab, px, frames) => tab.evaluate(({ px, frames }) => new Promise((done) => {
  const times = [];
  let last = performance.now();
  const step = (now) => {
    times.push(now - last);
    last = now;
    window.scrollBy(0, px);
    if (times.length < frames) requestAnimationFrame(step);
    else done(times.slice(1));
  };
  requestAnimationFrame(step);
}), { px, frames });
