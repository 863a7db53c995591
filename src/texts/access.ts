import type { Name } from '../input/command.ts';
import type { Role } from '../input/roles.ts';
import { formatCount } from './phrasing.ts';

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
  locked: (because: 'asked' | 'silent', hasPin: boolean): string =>
    `${because === 'asked' ? 'This conversation is locked. I’ve stopped and send nothing more.' : 'Nobody has texted me here for a long time, so I’ve locked this conversation.'} ${hasPin ? 'Text /unlock and your PIN to go on, or ask an admin.' : 'To go on, ask an admin.'}`,
  unlocked: 'Unlocked. What was waiting comes now; /retry brings back what I stopped.',
  notLocked: 'This conversation isn’t locked.',
  wrongPin: (left: number): string =>
    left === 0
      ? 'That PIN is wrong. I take no PIN for an hour now. An admin can unlock this conversation too.'
      : `That PIN is wrong. ${left === 1 ? 'One try is' : `${left} tries are`} left.`,
  pinWaits: (minutes: number): string =>
    `There were too many wrong PINs. Try again in ${formatCount(minutes, 'minute')}, or ask an admin.`,
  onlyAdmin: 'Only an admin can unlock this conversation now. Ask one.',
  pinIs: (hasPin: boolean): string =>
    hasPin
      ? 'A PIN is set. /pin OLD NEW changes it, /pin off OLD removes it.'
      : 'No PIN is set. /pin and four to eight digits sets one: it unlocks this conversation after /lock.',
  pinUse: (hasPin: boolean): string =>
    hasPin
      ? 'A PIN has four to eight digits. Text the old one and the new one, like /pin 4821 9034, or /pin off 4821.'
      : 'A PIN has four to eight digits, like /pin 4821.',
  pinSet: 'Your PIN is set. I keep no copy of your message; delete it from this chat too.',
  pinOff: 'Your PIN is removed. After a /lock, only an admin can unlock this conversation.',
  tooManyTexts: (most: number): string =>
    `You’ve texted me more than ${most} times today, so I read no more until tomorrow (midnight UTC). /stop and /lock still work. If that wasn’t you, text /lock.`,
  /** To the agent, when it asks a guest for approval. */
  guestCannotApprove:
    'Not approved: this person is a guest, and guests can’t approve anything. Go on without it, and tell the person that a member or an admin can do it.',
} as const;

const plural = (role: Role): string => `${role}s`;
