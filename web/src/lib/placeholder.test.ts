import { expect, it } from 'vitest';
import { placeholderUrl } from './placeholder';

it('turns a ThumbHash into a picture', () => {
  expect(placeholderUrl('1QcSHQRnh493V4dIh4eXh1h4kJUI')).toMatch(/^data:image\/png;base64,/);
});
it.each([undefined, '', '!!!', 'AA=='])('shows nothing for %s', (text) => expect(placeholderUrl(text)).toBe(''));
