// What a person may do to one picture, as far as the page offers it; the server judges.
import type { Image } from '../api/client';
import type { Site } from '../api/people';

export function mayEdit(site: Pick<Site, 'accounts' | 'may' | 'user'> | null, image: Pick<Image, 'owner_id'> | undefined): boolean {
  if (!site?.may.includes('edit') || !image) return false;
  if (!site.accounts || site.user?.role === 'moderator' || site.user?.role === 'admin') return true;
  return site.user !== undefined && image.owner_id === site.user.id;
}
