// Saves the difference as a PNG picture, without leaving the browser.
const stem = (name: string): string => name.replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N}_-]+/gu, '-') || 'picture';

export async function savePng(bitmap: ImageBitmap, first: string, second: string): Promise<void> {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0);
  const url = URL.createObjectURL(await canvas.convertToBlob({ type: 'image/png' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${stem(first)}-${stem(second)}-difference.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
