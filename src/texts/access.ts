import type { Name } from '../input/command.ts';
import type { Role } from '../input/roles.ts';

// Sentences about who may do what.

/** The people with this role or a higher one. */
const WHO: Record<Role, string> = {
  guest: 'Everybody',
  member: 'Members and admins',
  admin: 'Admins',
  owner: 'The owner',
};

export const accessTexts = {
  notForRole: (name: Name, role: Role, least: Role): string =>
    `/${name} isn’t for ${plural(role)}. ${WHO[least]} can do it: ask one of them. /help shows what you can do.`,
  /** To the agent, when it asks a guest for approval. */
  guestCannotApprove:
    'Not approved: this person is a guest, and guests can’t approve anything. Go on without it, and tell the person that a member or an admin can do it.',
} as const;

const plural = (role: Role): string => `${role}s`;
