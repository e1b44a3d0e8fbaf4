// Every key there is, for the help sheet. The views bind them; this says what they do.

import type { PlainText } from './texts';

export interface KeyGroup {
  title: PlainText;
  keys: [keys: string[], what: PlainText][];
}

export const KEYMAP: KeyGroup[] = [
  {
    title: 'Everywhere',
    keys: [
      [['/'], 'Search'],
      [['u'], 'Upload'],
      [['?'], 'This sheet'],
      [['Esc'], 'Back, close'],
      [['g', 'd'], 'Review duplicates'],
      [['g', 'f'], 'Find a picture'],
      [['g', 'l'], 'I’m lucky'],
      [['g', 'h'], 'All photos'],
      [['g', 'a'], 'Albums'],
    ],
  },
  {
    title: 'Gallery',
    keys: [
      [['←', '→', '↑', '↓'], 'Move'],
      [['Enter'], 'Open'],
      [['x'], 'Select'],
      [['Shift', 'x'], 'Select up to here'],
      [['t'], 'Tag the selection'],
      [['e'], 'Edit the selection'],
      [['a'], 'Add to an album'],
      [['s'], 'Mark as favourites'],
      [['Delete'], 'Into the trash'],
      [['c'], 'Compare two selected'],
      [['Home', 'End'], 'First, last'],
    ],
  },
  {
    title: 'Photo',
    keys: [
      [['←', '→'], 'Previous, next'],
      [['i'], 'Facts, copies and similar'],
      [['z'], 'Zoom to 100 %'],
      [['f'], 'Full screen'],
      [['t'], 'Add a tag'],
      [['e'], 'Edit'],
      [['a'], 'Add to an album'],
      [['Delete'], 'Into the trash'],
      [['s'], 'Favourite'],
      [['c'], 'Compare with its nearest copy or another picture'],
      [['Esc'], 'Back to where you were'],
    ],
  },
  {
    title: 'I’m lucky',
    keys: [[['n'], 'Another photo']],
  },
  {
    title: 'Slideshow',
    keys: [
      [['Space'], 'Pause, go on'],
      [['←', '→'], 'Previous, next'],
      [['+', '−'], 'Faster, slower'],
      [['f'], 'Full screen'],
    ],
  },
  {
    title: 'Waiting for approval',
    keys: [
      [['a'], 'Approve'],
      [['r'], 'Reject'],
      [['x'], 'Select'],
      [['↑', '↓'], 'Previous, next'],
    ],
  },
  {
    title: 'Compare',
    keys: [
      [['d'], 'Difference'],
      [['Space'], 'Flip between the two in place'],
      [['s'], 'Slider'],
      [['o'], 'One through the other'],
      [['b'], 'Beside each other'],
      [['+', '−', '0'], 'Nearer, farther, all of it'],
      [['[', ']'], 'Previous, next change'],
      [['m'], 'Mark the changes'],
      [['p'], 'Show the matching points'],
      [['i'], 'Draw what does not count'],
      [['w'], 'Swap the two'],
    ],
  },
  {
    title: 'Duplicates',
    keys: [
      [['1'], 'Keep left, trash right'],
      [['2'], 'Keep right, trash left'],
      [['3'], 'Versions of one picture: keep and link'],
      [['4'], 'Keep both'],
      [['5'], 'Not copies'],
      [['Enter'], 'Do what is proposed'],
      [['Space'], 'Flip between the two in place'],
      [['z'], 'Zoom to 100 %, both together'],
      [['d'], 'Show the difference'],
      [['p'], 'Show the matching points'],
      [['←', '→'], 'Previous, next group'],
      [['Ctrl', 'Z'], 'Undo'],
    ],
  },
];
