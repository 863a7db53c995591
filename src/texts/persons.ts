import type { Role } from '../input/roles.ts';
import type { Line } from '../money/budget.ts';
import { nameReaders, type Readers } from './help.ts';
import { whereOn } from './phrasing.ts';
import { formatDollars } from './spending.ts';

// Texts about a person: who they are here, and their addresses.

const ROLE: Record<Role, string> = {
  owner: 'You’re the owner here.',
  admin: 'You’re an admin here.',
  member: 'You’re a member here.',
  guest: 'You’re a guest here: I can’t do what needs an approval.',
};

/** `number`: null where WhatsApp hides it. */
type Shown = { channel: string; number: string | null; isLocked: boolean };
type Me = {
  /** As WhatsApp shows it; null if unknown. */
  name: string | null;
  readers: Readers;
  role: Role;
  addresses: readonly Shown[];
  limits: readonly string[];
  hasBold: boolean;
};

const describe = ({ channel, number, isLocked }: Shown): string =>
  `• ${channel}: ${number ?? 'your account, without its number'}${isLocked ? ' (locked: nothing is sent there)' : ''}`;

const UNLOCK = {
  here: '/unlock here',
  'with the PIN': '/unlock and your PIN here',
  elsewhere: '/unlock from another chat of yours, or ask an admin',
} as const;
export type UnlockWay = keyof typeof UNLOCK;

export const personTexts = {
  me: ({ name, readers, role, addresses, limits, hasBold }: Me): string => {
    const bold = (words: string): string => (hasBold ? `*${words}*` : words);
    const all = addresses.length === 1 ? 'Your address:' : 'Your addresses, all one conversation:';
    return [
      `${ROLE[role]}${name === null ? '' : ` I know you as ${name}.`}`,
      [bold(all), ...addresses.map(describe)].join('\n'),
      ...(limits.length === 0 ? [] : [[bold('Your limits:'), ...limits].join('\n')]),
      `${bold('Who can read this:')} ${nameReaders(readers)}`,
    ].join('\n\n');
  },
  limit: ({ of, per, spent, limit }: Line): string =>
    `• ${of === 'project' ? 'This project: ' : ''}${per === 'turn' ? `${formatDollars(limit)} for one task` : `${formatDollars(spent)} of ${formatDollars(limit)} ${per === 'day' ? 'today' : 'this month'}`}`,
  /** To whoever writes from a locked address. It says nothing about the person. */
  locked:
    'Somebody has to confirm this address before I can answer. I’ve asked. If it takes longer than an hour, please text again then. If you have a PIN here, text /unlock and the PIN.',
  /** To the person, who writes from another address. `how`: it takes more where others could write in their name. */
  lockedElsewhere: (how: UnlockWay): string =>
    `One of your numbers came with another WhatsApp account, so I’ve locked it: nothing is sent there. If it’s still yours, text ${UNLOCK[how]}.`,
  /** The same, of an address that was new on a channel, or silent for long. */
  lockedOnOther: (channel: string, how: UnlockWay): string =>
    `Somebody texted me ${whereOn(channel)} from an address of yours. To be sure that it was you, I’ve locked it there: I read nothing, and nothing is sent there. If it was you, text ${UNLOCK[how]}, or /unlock and your PIN there.`,
  alertRecycled:
    'A person’s number came with another WhatsApp ID: a new phone account, or the number has a new owner. It is locked: nothing is sent to it, and its texts wait an hour. If it is still this person, confirm it: an admin texts /unlock and the person’s number in /users, or POST /operator/conversations/<id>/bind with {"address": "whatsapp:+…"}. If not, leave it.',
  alertChanged:
    'A person’s WhatsApp account has a new phone number. Their texts are answered as before. If that can’t be, remove the number: POST /operator/conversations/<id>/unbind with {"address": "whatsapp:+…"}.',
  alertClaimed:
    'An address of a person already belongs to another person here, so it stays with that one; both are answered as before. If they are one person, ask them to use one of the two.',
} as const;
