import { expect, it } from 'vitest';
import { groupTags } from './tags';

const tag = (name: string) => ({ tag: name, count: 1 });

it('takes the server’s groups, else makes them', () => {
  const groups = [{ group: 'authors' as const, tags: [tag('artist:ann')] }];
  expect(groupTags({ groups })).toBe(groups);
  expect(groupTags({ tags: [tag('sea'), tag('artist:Ann'), tag('Square')] }).map(({ group, tags }) => [group, tags.map((one) => one.tag)]))
    .toEqual([['orientation', ['Square']], ['authors', ['artist:Ann']], ['other', ['sea']]]);
});
