// Tags in groups, as the server gives them or, where it gives a plain list, by their names.
import type { TagGroup } from '../api/editing';

export type TagGroupName = TagGroup['group'];
const SHAPES = ['landscape', 'portrait', 'square', 'horizontal', 'vertical'];

export const groupOf = (tag: string): TagGroupName => (SHAPES.includes(tag.toLowerCase()) ? 'orientation' : /^artist:/i.test(tag) ? 'authors' : 'other');

export function groupTags({ groups, tags = [] }: { groups?: TagGroup[]; tags?: TagGroup['tags'] }): TagGroup[] {
  return groups ?? (['orientation', 'authors', 'other'] as const).map((group) => ({ group, tags: tags.filter(({ tag }) => groupOf(tag) === group) }));
}
