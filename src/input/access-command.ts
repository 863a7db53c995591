import { readCode } from './access-code.ts';
import { type BudgetPeriod, readBudget } from './budget-command.ts';
import { readLinkCode } from './link-code.ts';
import { ROLES, type Role } from './roles.ts';

// Reads what an admin wants of the directory: /users, /invite, /pair, /block, /unblock, /role, /lock and /unlock with
// their words, and /operator without its PIN.

/** A change of somebody's access. */
export type AccessChange =
  | { to: 'block' | 'unblock' | 'lock' | 'unlock' }
  | { to: 'role'; role: Role }
  /** `micros` null: no limit · `usual`: as configured. */
  | { to: 'budget'; micros: number | null | 'usual'; per: BudgetPeriod }
  /** No to a person who asked for more. */
  | { to: 'no-budget' };

/**
 * How two conversations become one. merge: both are used · joins: the conversation that texts the code is unused, and
 * goes into the other · takes: the conversation that made the code is unused, and goes into the other.
 */
export const JOIN_HOW = ['merge', 'joins', 'takes'] as const;
export type JoinHow = (typeof JOIN_HOW)[number];

export type Wish =
  /** `after`: the number after which the list begins. */
  | { op: 'users'; after: number }
  /** `budget`: dollars a day, or null. */
  | { op: 'invite'; role: Role; budget: number | null }
  /** `as`: the address is a further one of this person, as in `change`. */
  | { op: 'pair'; request: number | null; code: string | null; yes: boolean; as?: string }
  /** A link to the operator's page; `ends`: the end of all logins there. */
  | { op: 'operator'; ends: boolean }
  /**
   * A code for another address of the person (`code` null), or the code of another person. `agreed`: how the person wants
   * both conversations to become one.
   */
  | { op: 'link'; code: string | null; agreed?: JoinHow }
  /** An admin changed their own budget by a command: for the audit alone. */
  | { op: 'note-budget'; change: Extract<AccessChange, { to: 'budget' }> }
  /** A person asks admins for more. */
  | { op: 'ask-budget'; micros: number; per: BudgetPeriod }
  /** `who`: a number of /users, a phone number, or the id of a home. */
  | { op: 'change'; who: string; change: AccessChange };

export const WISH_NAMES = [
  'users',
  'invite',
  'pair',
  'block',
  'unblock',
  'role',
  'lock',
  'unlock',
  'budget',
  'operator',
  'link',
] as const;
export type WishName = (typeof WISH_NAMES)[number];

/** Null if the words can't be read. */
export function readWish(name: WishName, rest: string): Wish | null {
  switch (name) {
    case 'users':
      return readUsers(rest);
    case 'invite':
      return readInvite(rest);
    case 'pair':
      return readPair(rest);
    case 'role':
      return readRole(rest);
    case 'budget':
      return readBudgetWish(rest);
    case 'operator':
      return rest === '' || rest === 'off' ? { op: 'operator', ends: rest === 'off' } : null;
    case 'link':
      return readLinkWish(rest);
    case 'block':
    case 'unblock':
    case 'lock':
    case 'unlock':
      return PERSON.test(rest) ? { op: 'change', who: rest, change: { to: name } } : null;
  }
}

function readLinkWish(rest: string): Wish | null {
  const [, words = rest, yes] = /^(.{1,20}?)(?: (yes|joins|takes))?$/.exec(rest) ?? [];
  const code = readLinkCode(words);
  if (code === null) return rest.trim() === '' ? { op: 'link', code } : null;
  const agreed = JOIN_HOW.find((how) => how === (yes === 'yes' ? 'merge' : yes));
  return { op: 'link', code, ...(agreed ? { agreed } : {}) };
}

/** The words of `/link` with a code and a yes, as readWish reads them. */
export function wordsOfJoin(code: string, agreed: JoinHow): string {
  // The release before knows `yes`.
  return `${code} ${agreed === 'merge' ? 'yes' : agreed}`;
}

/** The number of a person in /users, or a phone number. */
const PERSON = /^(?:\d{1,6}|\+[1-9]\d{5,14})$/;

/** The number of the person before the first one to list. */
function readUsers(rest: string): Wish | null {
  if (rest === '') return { op: 'users', after: 0 };
  const [, from] = /^from (\d{1,6})$/i.exec(rest) ?? [];
  return from === undefined ? null : { op: 'users', after: Math.max(0, Number(from) - 1) };
}

const INVITE_BUDGET_MAX = 1000;

/** `guest budget $5`: the role, and dollars a day. Without a role it is for a member. */
function readInvite(rest: string): Wish | null {
  const [, role = 'member', dollars] = /^(guest|member|admin)?\s*(?:budget\s*\$?(\d{1,4}(?:\.\d{1,2})?))?$/i.exec(
    rest,
  ) ?? [null, ''];
  if (role === '') return null;
  const budget = dollars === undefined ? null : Number(dollars);
  if (budget !== null && (budget <= 0 || budget > INVITE_BUDGET_MAX)) return null;
  return { op: 'invite', role: roleNamed(role) ?? 'member', budget };
}

/** `ABCD-EFGH`, `yes 3` or `no 3`; `ABCD-EFGH as 2` or `3 as 2` for a further address of person 2. */
function readPair(rest: string): Wish | null {
  const [, word, request] = /^(yes|no)\s+(\d{1,6})$/i.exec(rest) ?? [];
  if (word !== undefined)
    return { op: 'pair', request: Number(request), code: null, yes: word.toLowerCase() === 'yes' };
  const [, words = rest, who] = /^(.{1,40}?)\s+as\s+(\S{1,20})$/i.exec(rest) ?? [];
  if (who !== undefined && !PERSON.test(who)) return null;
  const as = who === undefined ? {} : { as: who };
  const [, named] = who === undefined ? [] : (/^(?:yes\s+)?(\d{1,6})$/i.exec(words) ?? []);
  if (named !== undefined) return { op: 'pair', request: Number(named), code: null, yes: true, ...as };
  const code = readCode(words);
  return code === null ? null : { op: 'pair', request: null, code, yes: true, ...as };
}

/** `ask 20 today`, `noted 20 today`, `20 today for 3` or `no for 3`. */
function readBudgetWish(rest: string): Wish | null {
  const [, asked] = /^ask\s+(.{1,60})$/i.exec(rest) ?? [];
  if (asked !== undefined) {
    const wish = readBudget(asked);
    return wish.kind === 'set' && typeof wish.micros === 'number' && wish.project === null
      ? { op: 'ask-budget', micros: wish.micros, per: wish.per }
      : null;
  }
  const [, noted] = /^noted\s+(.{1,60})$/i.exec(rest) ?? [];
  if (noted !== undefined) {
    const wish = readBudget(noted);
    return wish.kind === 'set' && wish.project === null
      ? { op: 'note-budget', change: { to: 'budget', micros: wish.micros, per: wish.per } }
      : null;
  }
  const [, words = '', who = ''] = /^(.{1,60}?)\s+for\s+(\S{1,20})$/i.exec(rest) ?? [];
  if (!PERSON.test(who)) return null;
  if (/^no$/i.test(words)) return { op: 'change', who, change: { to: 'no-budget' } };
  const wish = readBudget(words);
  return wish.kind === 'set' && wish.project === null
    ? { op: 'change', who, change: { to: 'budget', micros: wish.micros, per: wish.per } }
    : null;
}

/** `2 guest`. */
function readRole(rest: string): Wish | null {
  const [who = '', word = '', ...more] = rest.split(/\s+/).slice(0, 3);
  const role = roleNamed(word);
  if (!PERSON.test(who) || role === null || more.length > 0) return null;
  return { op: 'change', who, change: { to: 'role', role } };
}

const roleNamed = (word: string): Role | null => ROLES.find((role) => role === word.toLowerCase()) ?? null;
