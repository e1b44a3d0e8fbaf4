import { describe, expect, it } from 'vitest';
import type { Site } from '../api/people';
import { mayEdit } from './standing';

const user = (role: 'user' | 'moderator') => ({ id: 7, name: 'Ann', email: '', role, totp: false }) satisfies Site['user'];

describe('editing a picture', () => {
  it.each<[string, Parameters<typeof mayEdit>[0], number, boolean]>([
    ['not known yet', null, 7, false],
    ['a library without accounts', { accounts: false, may: ['edit'] }, 0, true],
    ['a visitor', { accounts: true, may: [] }, 7, false],
    ['one’s own', { accounts: true, may: ['edit'], user: user('user') }, 7, true],
    ['somebody else’s', { accounts: true, may: ['edit'], user: user('user') }, 8, false],
    ['a moderator', { accounts: true, may: ['edit'], user: user('moderator') }, 8, true],
  ])('%s', (_, site, owner, may) => expect(mayEdit(site, { owner_id: owner })).toBe(may));
});
