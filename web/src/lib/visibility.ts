// Who sees a photo or an album, in words: the name and what it means.
import type { Visibility } from '../api/editing';
import type { PlainText } from './texts';

export const VISIBILITIES: readonly Visibility[] = ['public', 'unlisted', 'private'];
export const VISIBILITY_WORDS: Record<Visibility, [PlainText, PlainText]> = {
  public: ['Public', 'everybody who may look'],
  unlisted: ['Unlisted', 'who has the address; in no list'],
  private: ['Private', 'you and moderators'],
};
