import type { Name } from '../input/command.ts';
import type { Role } from '../input/roles.ts';
import { formatCount, formatWays, type OurChat, type Way, whereOn } from './phrasing.ts';

// Sentences about who may do what.

/** The people with this role or a higher one. */
const WHO: Record<Role, string> = {
  guest: 'Everybody',
  member: 'Members and admins',
  admin: 'Admins',
  owner: 'The owner',
};

const whom = (command: string): string =>
  `Who? /${command} 3 takes the number from /users, or a phone number like +15555550123.`;

export const accessTexts = {
  notForRole: (name: Name, role: Role, least: Role): string =>
    `/${name} isn’t for ${plural(role)}. ${WHO[least]} can do it: ask one of them. /help shows what you can do.`,
  locked: (because: 'asked' | 'silent', hasPin: boolean): string =>
    `${because === 'asked' ? 'This conversation is locked. I’ve stopped and send nothing more.' : 'Nobody has texted me here for a long time, so I’ve locked this conversation.'} ${hasPin ? 'Text /unlock and your PIN to go on, or ask an admin.' : 'To go on, ask an admin.'}`,
  unlocked: 'Unlocked. What was waiting comes now; /retry brings back what I stopped.',
  notLocked: 'This conversation isn’t locked.',
  /** To a person who wants to confirm a locked address of theirs. */
  unlockElsewhere: (channel: string, hasPin: boolean): string =>
    `One of your addresses is locked, and I unlock nothing ${whereOn(channel)} without a PIN, because somebody else could text me in your name. Text /unlock from another chat of yours, ${hasPin ? 'or /unlock and your PIN, ' : ''}or ask an admin.`,
  wrongPin: (left: number): string =>
    left === 0
      ? 'That PIN is wrong. I take no PIN for an hour now. An admin can unlock this conversation too.'
      : `That PIN is wrong. ${left === 1 ? 'One try is' : `${left} tries are`} left.`,
  pinWaits: (minutes: number): string =>
    `There were too many wrong PINs. Try again in ${formatCount(minutes, 'minute')}, or ask an admin.`,
  onlyAdmin: 'Only an admin can unlock this conversation now. Ask one.',
  pinAdmin: 'I can’t check your PIN any more after so many wrong ones. Ask an admin to unlock you, then set a new one.',
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
  onlyAdmins: 'Only admins can do that. Ask one of them.',
  machineForOne:
    'I can’t let anybody in: everybody would share one machine here, and could reach your files. Whoever runs me has to allow that first (STATIC_SHARED=trusted in the configuration).',
  onlyAdminsLock: 'Only admins can lock or unlock somebody else. /lock alone locks this conversation.',
  roleIs: (role: Role): string =>
    `An admin changed your role: you’re ${nameRole(role)} here now. /help shows what you can do.`,
  joined: (role: Role): string =>
    `You’re in, as ${nameRole(role)}. Text me what you want done, in your own words. /help shows what I can do.`,
  alreadyIn: 'You’re in, so you need no code.',
  noGroups: 'I work in private chats only, so I do nothing in this group. Open a chat with me and text me there.',
  noAnswer: 'I couldn’t do that now. Please text it again in a few minutes.',

  // For admins.
  use: {
    users: 'Text /users, or /users from 16 for the people from number 16 on.',
    invite:
      'Text it like /invite guest, /invite member or /invite guest budget $5 (a day, more than 0 and at most 1,000).',
    pair: 'Text it like /pair ABCD-EFGH, with the code that the person got from me. For a new address of person 3 in /users: /pair ABCD-EFGH as 3.',
    budget: 'Text it like /budget 20 today for 3, with the number from /users; also a day, a month or a turn.',
    role: 'Text it like /role 3 guest, with the number from /users. Roles: guest, member, admin, owner.',
    block: whom('block'),
    unblock: whom('unblock'),
    lock: whom('lock'),
    unlock: whom('unlock'),
    link: 'Text /link for a code that makes another phone or channel yours. There, text LINK and the code, like LINK K7QA-2MDB.',
    operator: 'Text /operator for a link to the operator’s page, or /operator off to end your logins there.',
  },
  operatorLink: (url: string): string =>
    `This link opens the operator’s page, once, within five minutes. Don’t pass it on: whoever opens it is logged in as you.\n\n${url}`,
  operatorOff: (count: number): string =>
    count === 0
      ? 'You weren’t logged in to the operator’s page. A link that you haven’t used no longer works.'
      : `You’re logged out of the operator’s page, ${count === 1 ? 'in one browser' : `in ${count} browsers`}.`,
  operatorPin: 'Text /operator and your PIN, like /operator 4821, so that nobody else with your phone can log in.',
  operatorAdmin: 'There were too many wrong PINs. Another admin has to unlock this conversation before you can log in.',
  operatorElsewhere: (channel: string): string =>
    `I give no links to the operator’s page by ${channel}: others could read them on their way. Text /operator on another channel.`,
  /** To an admin who wants to give somebody rights. */
  rightsElsewhere: (channel: string, ways: readonly Way[]): string =>
    `I don’t take this command ${whereOn(channel)}, because somebody else could text it in your name. ${
      ways.length === 0 ? 'Another admin can do it, or the operator.' : `Text it ${formatWays(ways)}.`
    }`,
  pairPin:
    'Text your PIN as well, like /pair ABCD-EFGH as 3 4821: whoever has that address then reads and writes as that person.',
  pairAdmin:
    'There were too many wrong PINs. Another admin has to unlock this conversation before you can add addresses.',
  somebodyLoggedIn: (who: string, browser: string): string =>
    `${who} logged in to the operator’s page (${browser}). If that’s wrong, log in yourself with /operator and end it under “Audit”.`,
  whoHasTheToken: 'Somebody with the operator’s token',
  users: (people: readonly UserLine[], hasMore: boolean): string =>
    people.length === 0
      ? 'Nobody is listed there.'
      : [
          ...people.map(
            ({ n, name, role, standing, masked }) =>
              `${n}. ${name ?? 'No name'}, ${role}${standing === 'in' ? '' : `, ${STANDINGS[standing]}`} (${masked})`,
          ),
          ...(hasMore ? [`/users from ${(people.at(-1)?.n ?? 0) + 1} shows more.`] : []),
        ].join('\n'),
  nobody: (n: number | null): string =>
    n === null ? 'Nobody with this phone number has texted me. /users lists everybody.' : `/users has no number ${n}.`,
  changed: (change: { to: string; role?: Role }, n: number, name: string | null, masked: string): string =>
    `${n}. ${named(name, masked)} ${change.role ? `is ${nameRole(change.role)} now` : CHANGED[change.to]}.`,
  refusals: {
    'owner-fixed':
      'There has to be an owner. Make somebody else owner first; the first one in ADMIN_SENDERS stays owner.',
    'needs-owner': 'Only the owner can make, change or block admins. Ask the owner.',
    self: 'You can’t block yourself. /lock locks this conversation; another admin can block you.',
    'not-blocked': 'This person isn’t blocked.',
    'not-locked': 'This person’s conversation isn’t locked.',
    'any-turn': 'No task may cost that much here (TURN_BUDGET_USD). Only the people who run me can change that.',
  },
  somebodyAsks: (name: string | null, masked: string, n: number): string =>
    `${named(name, masked)} texted me and isn’t on the list. Let them in? Names can be faked: to be sure, ask the person for their code and text /pair and the code. It works for an hour. If it’s a new address of somebody in /users, text /pair ${n} as 3, with their number there.`,
  letIn: 'Yes, let them in',
  letNotIn: 'No',
  isIn: (name: string | null, masked: string): string =>
    `${named(name, masked)} is in, as a member. I answer what they texted. /users shows everybody, /role changes roles.`,
  isFurther: (of: string | null, masked: string): string =>
    `${masked} leads to the conversation of ${of ?? 'that person'} now. I answer there what they texted.`,
  isElses: 'This address leads to somebody else already, so I couldn’t add it.',
  needsRole:
    'This address has more rights here than that person, so I added nothing. An owner can give the person a higher role with /role first; then text it again.',
  /** To the person. */
  addressAdded: (masked: string): string =>
    `An admin added an address of yours: ${masked} leads to this conversation now. If that’s wrong, text /lock and tell an admin.`,
  staysOut: (name: string | null, masked: string): string =>
    `${named(name, masked)} stays out. I won’t ask you about this address for a month.`,
  noRequest: (n: number): string => `There’s no request ${n}, or it’s too old.`,
  unknownCode:
    'I don’t know this code. It may be mistyped, more than a month old, or from another deployment. Check it and text it again.',
  codeExpired: 'This code has expired. Ask for a new one.',
  codeUsed: 'Somebody has used this code already. Ask for a new one.',
  codesWait: 'There were too many wrong codes. Try again in an hour.',
  alreadyDecided: (isIn: boolean): string =>
    isIn ? 'This request was answered already: the person is in.' : 'This request was answered already with no.',
  invitation: (code: string, role: Role, ours: OurChat): string =>
    [
      `This code lets one person in as ${nameRole(role)}, within seven days. Pass it on with these words:`,
      `Text “JOIN ${code}” to ${ours.address ?? 'my bot'} ${whereOn(ours.channel)}${ours.url === null ? '' : `, or tap ${ours.url}`}`,
    ].join('\n\n'),

  // For strangers.
  yourCode: (code: string): string =>
    `Hi, this is Roost, a coding agent. An admin has to let you in first; I’ve asked. It’s quicker if you tell an admin this code: ${code}. It works for an hour. I’ll answer your text then.`,
  adminEnters: 'An admin has to text me this code, not you. Please tell it to an admin.',
  refused: 'Sorry, the people who run me didn’t let you in.',
  /** To a guest who answers a request for approval that was shown to them as a member. */
  guestsApproveNothing:
    'Not approved: you’re a guest by now, and guests can’t approve what the agent asks. Ask a member or an admin to do it.',
  /** To the agent, when it asks a guest for approval. */
  guestCannotApprove:
    'Not approved: this person is a guest, and guests can’t approve anything. Go on without it, and tell the person that a member or an admin can do it.',
} as const;

type UserLine = { n: number; name: string | null; role: Role; standing: string; masked: string };
const STANDINGS: Readonly<Record<string, string>> = {
  locked: 'locked',
  blocked: 'blocked',
  out: 'no longer on the list',
};
const CHANGED: Readonly<Record<string, string>> = {
  block: 'is blocked: I’ve stopped working for them, and read nothing from them',
  unblock: 'is in again',
  lock: 'is locked',
  unlock: 'is unlocked',
  budget: 'has the new budget',
  'no-budget': 'hears that you said no',
};
const nameRole = (role: Role): string => (role === 'owner' ? 'the owner' : `${role === 'admin' ? 'an' : 'a'} ${role}`);
const named = (name: string | null, masked: string): string =>
  name === null ? `Somebody (${masked})` : `${name} (${masked})`;
const plural = (role: Role): string => `${role}s`;
