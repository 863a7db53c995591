import { isSamePerson, readNumber, schemeOf } from '../../addresses.ts';
import { type Written, withAddress, withLeading } from '../access/addresses.ts';
import { accessOf } from '../state/access.ts';
import { raise } from '../state/alerts.ts';
import type { Context } from '../state/events.ts';
import { isDoubtful, isPersonSilent } from '../state/heard.ts';
import { addressesOfPerson, findAddress, isLocked, isOfPerson, newAddress, numbersOf } from '../state/person.ts';
import type { State } from '../state/state.ts';

// Who writes: the address and WhatsApp's external id of a text, against what the person's home knows of them.

/**
 * known: nothing new · paired: an external id came with a number of the person · moved: an external id of the person
 * came with a new number · back: a locked number came with its own id again · recycled: a number came with another id ·
 * locked: the number waits for a yes · joins: a number of the person on their other channel, for the first time ·
 * doubtful: the same, of a person with a PIN or a locked number; or with a PIN, an address that was silent for long while
 * the person wrote from others · unknown: neither is the person's.
 */
export type Sender = 'known' | 'paired' | 'moved' | 'back' | 'recycled' | 'locked' | 'joins' | 'doubtful' | 'unknown';

export function readSender(
  state: Pick<State, 'conversation' | 'addresses' | 'windows'>,
  written: Written,
  now: number,
): Sender {
  const sender = readKnown(state, written);
  const isKnown = sender === 'known' || sender === 'paired';
  return isKnown && !isPersonSilent(state, now) && isDoubtful(state, written.from, now) ? 'doubtful' : sender;
}

function readKnown(state: Pick<State, 'conversation' | 'addresses'>, { from, externalId = null }: Written): Sender {
  const id = externalId === from ? null : externalId;
  const isTheirId = id !== null && isOfPerson(state, id);
  if (!isOfPerson(state, from)) return isTheirId ? 'moved' : readOtherChannel(state, from);
  const known = findAddress(state, from);
  const isLocked = (known?.lockedBy ?? null) !== null;
  if (id === null) return isLocked ? 'locked' : 'known';
  if (known?.externalId === id) return isLocked ? 'back' : 'known';
  if (isLocked) return 'locked';
  return known?.externalId == null || isTheirId ? 'paired' : 'recycled';
}

/** The carriers of all channels give a number to the same person. */
function readOtherChannel(state: Pick<State, 'conversation' | 'addresses'>, from: string): Sender {
  const number = readNumber(from);
  const isTheirs = (address: string): boolean => {
    const other = schemeOf(address) === schemeOf(from) ? null : readNumber(address);
    return number !== null && other !== null && isSamePerson(other, number) && !isClaimed(state, address);
  };
  const other = addressesOfPerson(state).find(isTheirs);
  if (other === undefined) return 'unknown';
  return accessOf(state).pin !== null || isLocked(state, other) ? 'doubtful' : 'joins';
}

const isClaimed = (state: Pick<State, 'addresses'>, address: string): boolean =>
  findAddress(state, address)?.state === 'claimed';

/** Notes what a text tells about the person's addresses. Only for senders whose text is taken. */
export function withSender(state: State, { from, externalId = null }: Written, ctx: Context): State {
  const { now } = ctx;
  const sender = readSender(state, { from, externalId }, now);
  if (externalId === null && sender === 'joins') return withLeading(state, newAddress(from, 'text', now), now);
  if (externalId === null || sender === 'known') return state;
  const known = findAddress(state, from) ?? newAddress(from, 'text', now);
  const number = { ...known, externalId, lockedBy: null, told: null };
  const isNews = sender === 'moved' && numbersOf(state).length > 0;
  const told = isNews ? raise(state, 'number-changed', now) : state;
  const noted = sender === 'moved' || sender === 'joins' ? withLeading(told, number, now) : withAddress(told, number);
  return isOfPerson(noted, externalId) ? noted : withLeading(noted, newAddress(externalId, 'text', now), now);
}
