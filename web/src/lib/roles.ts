// Roles in words: the name and what it may do.
import type { Role } from '../api/people';
import type { PlainText } from './texts';

export const ROLE_WORDS: Record<Role, [PlainText, PlainText]> = {
  user: ['User', 'Adds photos, which wait for approval'],
  uploader: ['Uploader', 'Adds photos, which are there at once'],
  moderator: ['Moderator', 'Approves and edits all photos, decides about copies'],
  admin: ['Administrator', 'Also gives roles and changes settings'],
};
export const ROLES_IN_ORDER: readonly Role[] = ['user', 'uploader', 'moderator', 'admin'];
