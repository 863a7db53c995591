import { readWish, type WishName } from '../../input/access-command.ts';
import { hasRight } from '../../input/roles.ts';
import { texts } from '../../texts/index.ts';
import { hasLockedAddress, unlockAddresses } from '../access/addresses.ts';
import { lock } from '../access/lock.ts';
import { PIN_FORM, withPin } from '../access/pin.ts';
import { mayBeForged, noRightsHere } from '../access/secret-ways.ts';
import { askDirectory } from '../access/wishes.ts';
import { enqueue } from '../outbox/replies.ts';
import { accessOf, withAccess } from '../state/access.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { answerAddressOf } from '../state/person.ts';
import { roleOf } from '../state/standing.ts';
import type { State } from '../state/state.ts';

// Commands about access: /lock, /unlock and /pin of the person's own conversation, and what admins do about others.

const said = texts.access;

/** `/lock` locks this conversation, `/lock 3` another person's. */
export function onLock(state: State, rest: string, ctx: Context): Decision {
  if (rest === '') return lock(state, 'asked', ctx);
  const mayLock = hasRight(roleOf(state, ctx), 'lock and unlock other people');
  return mayLock ? onAdminCommand(state, 'lock', rest, ctx) : say(state, said.onlyAdminsLock, ctx);
}

/** Comes here only while this conversation isn't locked. */
export function onUnlock(state: State, rest: string, ctx: Context): Decision {
  // Words that could be their PIN get into no row. A right and a wrong PIN have one answer, from which a thief learns nothing.
  const mayBePin = accessOf(state).pin !== null && PIN_FORM.test(rest);
  const isOther = rest !== '' && !mayBePin && hasRight(roleOf(state, ctx), 'lock and unlock other people');
  return isOther ? onAdminCommand(state, 'unlock', rest, ctx) : unlockOwn(state, rest, ctx);
}

/** From another address of the person, a locked number is confirmed; with the PIN where others could write in their name. */
function unlockOwn(state: State, pin: string, ctx: Context): Decision {
  const unlock = (next: State): Decision => say(unlockAddresses(next, ctx), said.unlocked, ctx);
  if (!hasLockedAddress(state)) return say(state, said.notLocked, ctx);
  if (!mayBeForged(state, ctx)) return unlock(state);
  const { name } = ctx.channelOf(answerAddressOf(state.conversation));
  const hasPin = accessOf(state).pin !== null;
  if (!hasPin || pin === '') return say(state, said.unlockElsewhere(name, hasPin), ctx);
  return withPin(state, { pin, admin: said.onlyAdmin }, ctx, unlock);
}

/** Commands that let somebody in, or give them more. */
const GIVE_RIGHTS: readonly WishName[] = ['invite', 'pair', 'unblock', 'unlock', 'role', 'budget'];

/** Asks the directory for the change that an admin wants of others. */
export function onAdminCommand(state: State, name: WishName, rest: string, ctx: Context): Decision {
  if (readWish(name, rest) === null) return say(state, said.use[name], ctx);
  if (GIVE_RIGHTS.includes(name) && mayBeForged(state, ctx)) return say(state, noRightsHere(state, ctx), ctx);
  return askDirectory(state, name, rest, ctx);
}

/**
 * `/pair ABCD-EFGH as 3`. If a PIN is set, it has to follow: a thief of the admin's phone could pair their own address.
 */
export function onPair(state: State, rest: string, ctx: Context): Decision {
  const [, words = rest, pin = ''] = /^(.{1,60}?\sas\s+\S{1,20})\s+(\S{1,40})$/i.exec(rest.slice(0, 140)) ?? [];
  const wish = readWish('pair', words);
  const needsPin = wish?.op === 'pair' && wish.as !== undefined && accessOf(state).pin !== null;
  if (!needsPin || mayBeForged(state, ctx)) return onAdminCommand(state, 'pair', needsPin ? words : rest, ctx);
  if (pin === '') return say(state, said.pairPin, ctx);
  return withPin(state, { pin, admin: said.pairAdmin }, ctx, (next) => askDirectory(next, 'pair', words, ctx));
}

/** `/pin 1234` sets a PIN, `/pin 1234 5678` changes it, `/pin off 1234` removes it. */
export function onPin(state: State, rest: string, ctx: Context): Decision {
  const hasPin = accessOf(state).pin !== null;
  const [first = '', second = '', ...more] = rest.toLowerCase().split(/\s+/).slice(0, 4);
  if (first === '') return say(state, said.pinIs(hasPin), ctx);
  const old = first === 'off' ? second : first;
  const wanted = first === 'off' ? null : hasPin ? second : first;
  const isMeant = more.length === 0 && (hasPin || first === 'off' || second === '');
  if (!isMeant || (wanted !== null && !PIN_FORM.test(wanted))) return say(state, said.pinUse(hasPin), ctx);
  if (!hasPin && wanted === null) return say(state, said.pinIs(false), ctx);
  // Such a PIN would unlock the address for whoever has its number now.
  if (!hasPin && mayBeForged(state, ctx) && hasLockedAddress(state)) return unlockOwn(state, '', ctx);
  if (!hasPin) return setPin(state, wanted, ctx);
  return withPin(state, { pin: old, admin: said.onlyAdmin }, ctx, (next) => setPin(next, wanted, ctx));
}

function setPin(state: State, pin: string | null, ctx: Context): Decision {
  const sealed = pin === null ? null : ctx.sealPin(pin);
  return say(withAccess(state, { pin: sealed }), pin === null ? said.pinOff : said.pinSet, ctx);
}

const say = (state: State, text: string, ctx: Context): Decision => noEffects(enqueue(state, 'notice', [text], ctx));
