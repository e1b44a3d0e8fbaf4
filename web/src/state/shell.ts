// What lies over everything: the sheet of keys, the file chooser, and a picture on its way to "find this picture".
import { createStore, useStore } from './store';
import { go } from './router';

export const help = createStore(false);
export const useHelp = () => useStore(help);

// The picture that is looked for. It lives in memory alone and is never stored.
export interface Wanted {
  file: File;
  url: string;
}
const wanted = createStore<Wanted | null>(null);
export const useWanted = () => useStore(wanted);

export function findPicture(file: File) {
  const before = wanted.get();
  if (before) URL.revokeObjectURL(before.url);
  wanted.set({ file, url: URL.createObjectURL(file) });
  go({ view: 'find', like: 0, colour: '' });
}

export function forgetPicture() {
  const before = wanted.get();
  if (before) URL.revokeObjectURL(before.url);
  wanted.set(null);
}

// Set while two pictures are being compared: what is dropped or pasted goes there, and stays in the browser. Side -1: the
// first that is free.
export const toCompare = createStore<((files: File[], side: 0 | 1 | -1) => void) | null>(null);

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
