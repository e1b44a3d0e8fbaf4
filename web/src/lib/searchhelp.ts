// The search language on one page: what one writes, as a link that tries it, and what it means. docs/guide/search.md is the
// whole of it.
import type { PlainText } from './texts';

export interface HelpSection {
  id: string;
  title: PlainText;
  words: readonly PlainText[];
  rows: readonly (readonly [expression: string, means: PlainText])[];
}

export const SEARCH_HELP: readonly HelpSection[] = [
  {
    id: 'joining', title: 'Joining',
    words: ['NOT binds closest, then AND, then OR. Blanks around operators mean nothing.', 'A “-” or “!” is NOT only where a tag could begin; inside a tag it is a letter like any other.'],
    rows: [
      ['winter && forest', 'both'],
      ['winter, forest', 'both, written shorter'],
      ['forest || field', 'one of them, or both'],
      ['autumn, -forest', 'the first without the second'],
      ['winter && (forest || field)', 'brackets group'],
      ['winter && !(forest || tree)', 'not what is inside the brackets'],
    ],
  },
  {
    id: 'tags', title: 'Tags',
    words: ['A tag is whatever stands between two operators, blanks and punctuation too. Small and large letters are the same.'],
    rows: [
      ['rainbow dash', 'one tag of two words'],
      ['fate (series)', 'brackets within a tag belong to it'],
      ['forest*', 'all tags that begin so; “*forest” those that end so'],
      ['"red, white && blue"', 'quotes take everything literally'],
      ['artist:*', 'any author’s tag'],
      ['tags:0', 'photos without a tag'],
    ],
  },
  {
    id: 'numbers', title: 'Numbers',
    words: ['With ==, >=, <=, >, <, or “:” for equal and A..B for a range. Both ends belong to it, and one may be left out.'],
    rows: [
      ['sea && width==1920 && height==1080', 'exactly this size in pixels'],
      ['mountains, width>2000, height>2000', 'larger than that'],
      ['water && width<1000 && height<1000', 'smaller than that'],
      ['width:1000..2000', 'from the one to the other'],
      ['pixels>=12MP', 'width times height'],
      ['ratio==16:9', 'width by height, compared exactly'],
      ['size:1MB..2.5MB', 'of the file'],
      ['tags>=3', 'how many tags it has'],
      ['rating>=4', 'how many stars it has'],
    ],
  },
  {
    id: 'dates', title: 'Date taken',
    words: ['As the camera wrote it. A year or a month is its whole span.'],
    rows: [['date:2023', 'that year'], ['date:2023-05', 'that month'], ['date:2022..2023-05', 'from the one to the end of the other'], ['date>2023', '2024 and later']],
  },
  {
    id: 'fields', title: 'Texts',
    words: ['Stars stand for anything, here too.'],
    rows: [
      ['camera:Canon*', 'what it was taken with'],
      ['lens:*50mm*', 'through which lens'],
      ['format:png', 'the kind of file'],
      ['author:shishkin', 'who made it, by the file or by the tag “artist:”'],
      ['album:"Spain, 2023"', 'in which album'],
      ['orientation:landscape', 'also portrait and square'],
      ['has:gps', 'also camera, lens, date, title, description, source, author, album, tags'],
    ],
  },
  {
    id: 'likeness', title: 'Colour, likeness, meaning',
    words: ['These put photos in an order, the nearest first, among those that the rest lets through. They stand beside && or a comma, not beside || or under NOT.'],
    rows: [
      ['colour:#ffaa00', 'photos with that colour'],
      ['like:42', 'what looks like photo 42'],
      ['copy-of:42', 'copies of photo 42, cropped or edited ones too'],
      ['forest, ~"snow"', 'what the words describe, among forests only'],
    ],
  },
  {
    id: 'words', title: 'By meaning',
    words: ['Words work best as a sentence such as “a photo of a …”, with context. This type of search is not reliable: it finds what a model thinks fits.'],
    rows: [
      ['~"a photo of a snow forest"', 'a snow forest'],
      ['~"a photo of a dawn near the sea"', 'a dawn near the sea'],
      ['~"a photo of a snowy mountain"', 'a snowy mountain'],
    ],
  },
  {
    id: 'order', title: 'Order',
    words: ['One order for the whole expression, beside && or a comma. A “-” turns it round: sort:-size.'],
    rows: [
      ['sort:newest', 'by date taken, newest first; also oldest'],
      ['sort:added', 'by when they were added'],
      ['forest, sort:largest', 'by pixels; also smallest, size, width, height, ratio'],
      ['sort:rating', 'most stars first; also tags'],
      ['sort:name', 'by file name'],
      ['sort:random', 'another order each time'],
    ],
  },
];
