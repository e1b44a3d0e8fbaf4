// ThumbHash to a picture of a few pixels. Kept, because rows come and go while scrolling.
import { thumbHashToDataURL } from 'thumbhash';

const made = new Map<string, string>();
const KEPT_MAX = 4000;

export function placeholderUrl(base64: string | undefined): string {
  if (!base64) return '';
  const kept = made.get(base64);
  if (kept !== undefined) return kept;
  let url = '';
  try {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    if (bytes.length >= 5) url = thumbHashToDataURL(bytes);
  } catch {
    // Not a ThumbHash: the tile stays plain.
  }
  if (made.size >= KEPT_MAX) made.delete(made.keys().next().value!);
  made.set(base64, url);
  return url;
}
