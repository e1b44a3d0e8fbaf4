// What lies over everything: the sheet of keys, the file chooser, and a picture on its way to "find this picture".
import { findRoute } from '../lib/route';
import { t } from '../lib/texts';
import { createStore, useStore } from './store';
import { currentPlace, go } from './router';
import { say } from './toasts';

export const help = createStore(false);
export const addingUrl = createStore(false);
export const useHelp = () => useStore(help);

// The picture that is looked for, by copies or by look. It lives in memory alone and is never stored.
export interface Wanted {
  file: File;
  url: string;
}
const wanted = createStore<Wanted | null>(null);
export const useWanted = () => useStore(wanted);

function want(file: File) {
  forgetPicture();
  wanted.set({ file, url: URL.createObjectURL(file) });
}

// Words that are looked for already stay.
export function findPicture(file: File) {
  const { under } = currentPlace();
  want(file);
  go(findRoute(under.view === 'find' ? { text: under.text, minus: under.minus } : {}));
}

export function luckyPicture(file: File) {
  want(file);
  go({ view: 'lucky', id: 0, own: true });
}

export function forgetPicture() {
  const before = wanted.get();
  if (before) URL.revokeObjectURL(before.url);
  wanted.set(null);
}

export async function pastePicture(onFile: (file: File) => void) {
  try {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((one) => one.startsWith('image/'));
      if (type) {
        onFile(new File([await item.getType(type)], t('pasted picture'), { type }));
        return;
      }
    }
    say(t('There is no picture in the clipboard.'));
  } catch {
    say(t('The browser does not let us read the clipboard. Press Ctrl V instead.'));
  }
}

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    say(t('The browser does not let us write to the clipboard. Select the text and press Ctrl C.'));
    return false;
  }
}

// Set while two pictures are being compared: what is dropped or pasted goes there, and stays in the browser. '': the first
// side that is free.
export type CompareTarget = 'first' | 'second' | 'mask' | '';
export const toCompare = createStore<{ take: (files: File[], target: CompareTarget) => void; hasPair: boolean } | null>(null);

export function chooseFiles(many: boolean, onFiles: (files: File[]) => void) {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = 'image/*,.heic,.heif,.avif,.jxl,.tif,.tiff';
  input.multiple = many;
  // In the document until it answers: browsers may forget a chooser whose field nobody holds.
  input.hidden = true;
  document.body.append(input);
  input.onchange = () => {
    input.remove();
    onFiles([...(input.files ?? [])]);
  };
  input.oncancel = () => input.remove();
  input.click();
}
