import { imageUrl, type GroupMember, type Image } from '../../api/client';
import type { Side } from './usePair';

export const imageSide = ({ id, name, width, height }: Pick<Image, 'id' | 'name' | 'width' | 'height'>): Side =>
  ({ id, name, width, height, preview: imageUrl(id, 'preview'), full: imageUrl(id, 'original') });

export const memberSide = (member: GroupMember): Side =>
  imageSide({ id: member.id ?? 0, name: member.name ?? member.path ?? '', width: member.width, height: member.height });
