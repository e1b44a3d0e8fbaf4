// All Russian texts, by their English keys.
import { comparison } from './comparison';
import { finding } from './finding';
import { helping } from './helping';
import { people } from './people';
import { photos } from './photos';
import { shell } from './shell';

export const russian = { ...shell, ...photos, ...finding, ...comparison, ...people, ...helping };
export type Russian = typeof russian;
