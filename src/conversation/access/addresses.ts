import { isSameAddress, schemeOf } from '../../addresses.ts';
import { texts } from '../../texts/index.ts';
import type { UnlockWay } from '../../texts/persons.ts';
import { backoffOf } from '../../units.ts';
import { aimAt } from '../outbox/moving.ts';
import { sendNotice } from '../outbox/replies.ts';
import { readsOfOpening, releaseHeld } from '../outbox/service-window.ts';
import { LEAD_RETRY_MS } from '../policy/persons.ts';
import { accessOf } from '../state/access.ts';
import type { Address, AddressState, BoundHow } from '../state/address.ts';
import { raise } from '../state/alerts.ts';
import type { Context, Event } from '../state/events.ts';
import { withHeard } from '../state/heard.ts';
import { addressesOfPerson, answerAddressOf, findAddress, isLocked, isOfPerson, newAddress } from '../state/person.ts';
import type { Read } from '../state/reads.ts';
import { type State, withoutTimer, withTimer } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';
import { mayBeForged } from './secret-ways.ts';

// The person's addresses: each further one has an object that leads here (a signpost). A `lead` timer stands for a call
// to that object; outbox and texts wait while an address is locked.

/** `externalId`: WhatsApp's id of the sender, as an address, if it came with the text. */
export type Written = { from: string; externalId?: string | null };

export function withAddress(state: State, address: Address): State {
  const others = state.addresses.filter((row) => row.address !== address.address);
  const addresses = [...others, address].sort((a, b) => a.boundAt - b.boundAt || (a.address < b.address ? -1 : 1));
  return { ...state, addresses };
}

/** Binds the address once its object leads here. The call follows from the timer. */
export const withLeading = (state: State, address: Address, now: number): State =>
  leadLater(withAddress(state, { ...address, state: 'leading' }), address.address, 0, now);

const leadLater = (state: State, ref: string, attempts: number, now: number): State =>
  withTimer(state, { kind: 'lead', ref, dueAt: now + backoffOf(LEAD_RETRY_MS, attempts), attempts });

/** Nobody has answered the call. `state` is without the timer. */
export function leadAgain(state: State, { ref, attempts }: Timer, now: number): State {
  return findAddress(state, ref)?.state === 'leading' ? leadLater(state, ref, attempts + 1, now) : state;
}

/** The address's object leads here now, or belongs to somebody else. */
export function onLed(state: State, { address, became }: Extract<Event, { type: 'led' }>, ctx: Context): State {
  const settled = withoutTimer(state, 'lead', address);
  const row = findAddress(settled, address);
  if (row?.state !== 'leading') return settled;
  if (became === 'pointed') return withAddress(settled, { ...row, state: 'bound' });
  // Whoever asked for it hears of it.
  if (row.how !== 'text') return withoutAddress(settled, address);
  return raise(withAddress(settled, { ...row, state: 'claimed' }), 'address-claimed', ctx.now);
}

/** How the person unlocks an address from where they write now. */
function howToUnlock(state: State, ctx: Context): UnlockWay {
  if (!mayBeForged(state, ctx)) return 'here';
  return accessOf(state).pin === null ? 'elsewhere' : 'with the PIN';
}

/** Locks a number that came with another external id. */
export function lockAddress(state: State, address: string, by: string | null, ctx: Context): State {
  const row = findAddress(state, address);
  if (row === undefined || by === null || row.lockedBy !== null) return state;
  const locked = raise(withAddress(state, { ...row, lockedBy: by }), 'number-recycled', ctx.now);
  const isElsewhere = !isSameAddress(answerAddressOf(state.conversation), address);
  return isElsewhere ? sendNotice(locked, texts.persons.lockedElsewhere(howToUnlock(state, ctx)), ctx) : locked;
}

/**
 * Locks an address that may no longer be the person's, or that is new on their other channel: from another one they say
 * that it is theirs.
 */
export function lockDoubtful(state: State, address: string, ctx: Context): State {
  const row = { ...(findAddress(state, address) ?? newAddress(address, 'text', ctx.now)), lockedBy: address };
  const locked = isOfPerson(state, address) ? withAddress(state, row) : withLeading(state, row, ctx.now);
  return isLocked(state, answerAddressOf(state.conversation))
    ? locked
    : sendNotice(locked, texts.persons.lockedOnOther(ctx.channelOf(address).name, howToUnlock(state, ctx)), ctx);
}

export const readsOfBinding = (): Read[] => readsOfOpening();

/** Somebody who may says that the address is this person's: it is bound, and unlocked if it was locked. */
export function bindAddress(state: State, address: string, how: BoundHow, ctx: Context): State {
  const row = findAddress(state, address);
  if (row === undefined && isOfPerson(state, address)) return state;
  if (row === undefined) return withLeading(state, newAddress(address, how, ctx.now), ctx.now);
  if (row.lockedBy !== null) return unlockAddress(state, row, ctx);
  // Since then it may have been taken from the other person.
  return row.state === 'claimed' ? withLeading(state, { ...row, how }, ctx.now) : state;
}

/** The number is still the person's: the external id that came with it is theirs as well. */
export function unlockAddress(state: State, row: Address, ctx: Context): State {
  const lockedBy = row.lockedBy === row.address ? null : row.lockedBy;
  const open = withAddress(withHeard(state, row.address, ctx.now), {
    ...row,
    externalId: lockedBy ?? row.externalId,
    lockedBy: null,
    told: null,
  });
  const isNew = lockedBy !== null && !isOfPerson(open, lockedBy);
  const bound = isNew ? withLeading(open, newAddress(lockedBy, row.how, ctx.now), ctx.now) : open;
  const heard = bound.keptTexts.some((text) => isSameAddress(text.address, row.address));
  const released = releaseHeld(bound, ctx);
  return heard ? withTimer(released, { kind: 'kept', ref: '', dueAt: ctx.now, attempts: 0 }) : released;
}

export const hasLockedAddress = ({ addresses }: Pick<State, 'addresses'>): boolean =>
  addresses.some(({ lockedBy }) => lockedBy !== null);

/** Unlocks every address of the person. */
export const unlockAddresses = (state: State, ctx: Context): State =>
  state.addresses
    .filter(({ lockedBy }) => lockedBy !== null)
    .reduce((next, row) => unlockAddress(next, row, ctx), state);

/**
 * The address is no longer the person's. The one under which the conversation began stays. The outbox sends what waits
 * for the other where the person writes.
 */
export function withoutAddress(state: State, address: string): State {
  const rows = state.addresses.filter((row) => !isSameAddress(row.address, address));
  const addresses = rows.map((row) => (row.externalId === address ? { ...row, externalId: null } : row));
  const { conversation } = state;
  const isAnswered = conversation.answerTo !== null && isSameAddress(conversation.answerTo, address);
  const answering = isAnswered ? { ...conversation, answerTo: null, sender: firstSenderOf(state) } : conversation;
  return withoutTimer({ ...state, conversation: answering, addresses }, 'lead', address);
}

/** Our address that the person wrote to last on the channel on which the conversation began. */
function firstSenderOf({ conversation, windows }: State): string {
  const known = windows.filter(({ sender }) => schemeOf(sender) === schemeOf(conversation.address));
  return known.sort((a, b) => b.lastInboundAt - a.lastInboundAt)[0]?.sender ?? conversation.sender;
}

/** Whether the address leads here; `claimed` if it is not this person's. */
export const stateOfAddress = (state: State, address: string): AddressState =>
  isOfPerson(state, address) ? (findAddress(state, address)?.state ?? 'bound') : 'claimed';

/** The further addresses, whose objects lead here. */
export const furtherAddressesOf = (state: State): string[] => addressesOfPerson(state).slice(1);

/**
 * The address that replies go to after this text: the one it came from, or its external id if the number leads to
 * somebody else. Null: the address under which the conversation began.
 */
export function answerTo(state: State, { from, externalId = null }: Written): string | null {
  const isElsewhere = findAddress(state, from)?.state === 'claimed';
  const hasId = externalId !== null && findAddress(state, externalId)?.state === 'bound';
  const address = isElsewhere && hasId ? externalId : from;
  return isSameAddress(address, state.conversation.address) ? null : address;
}

/** Replies go to whoever wrote this text from now on, those that wait as well. */
export function answerWriter(state: State, written: Written, sender: string, ctx: Context): State {
  const conversation = { ...state.conversation, sender, answerTo: answerTo(state, written) };
  return aimAt({ ...state, conversation }, { from: sender, to: answerAddressOf(conversation) }, ctx);
}
