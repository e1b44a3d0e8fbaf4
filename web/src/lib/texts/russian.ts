// All Russian texts, by their English keys.
import { comparison } from './comparison';
import { finding } from './finding';
import { photos } from './photos';
import { shell } from './shell';

export const russian = { ...shell, ...photos, ...finding, ...comparison };
export type Russian = typeof russian;
