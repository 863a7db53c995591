import { type Written, withAddress, withLeading } from '../access/addresses.ts';
import { raise } from '../state/alerts.ts';
import type { Context } from '../state/events.ts';
import { findAddress, isOfPerson, newAddress, numbersOf } from '../state/person.ts';
import type { State } from '../state/state.ts';

// Who writes: the address and WhatsApp's external id of a text, against what the person's home knows of them.

/**
 * known: nothing new · paired: an external id came with a number of the person · moved: an external id of the person
 * came with a new number · back: a locked number came with its own id again · recycled: a number came with another id ·
 * locked: the number waits for a yes · unknown: neither is the person's.
 */
export type Sender = 'known' | 'paired' | 'moved' | 'back' | 'recycled' | 'locked' | 'unknown';

export function readSender(
  state: Pick<State, 'conversation' | 'addresses'>,
  { from, externalId = null }: Written,
): Sender {
  const id = externalId === from ? null : externalId;
  const isTheirId = id !== null && isOfPerson(state, id);
  if (!isOfPerson(state, from)) return isTheirId ? 'moved' : 'unknown';
  const known = findAddress(state, from);
  const isLocked = (known?.lockedBy ?? null) !== null;
  if (id === null) return isLocked ? 'locked' : 'known';
  if (known?.externalId === id) return isLocked ? 'back' : 'known';
  if (isLocked) return 'locked';
  return known?.externalId == null || isTheirId ? 'paired' : 'recycled';
}

/** Notes what a text tells about the person's addresses. Only for senders whose text is taken. */
export function withSender(state: State, { from, externalId = null }: Written, ctx: Context): State {
  const sender = readSender(state, { from, externalId });
  if (externalId === null || sender === 'known') return state;
  const { now } = ctx;
  const known = findAddress(state, from) ?? newAddress(from, 'text', now);
  const number = { ...known, externalId, lockedBy: null, told: null };
  const isNews = sender === 'moved' && numbersOf(state).length > 0;
  const told = isNews ? raise(state, 'number-changed', now) : state;
  const noted = sender === 'moved' ? withLeading(told, number, now) : withAddress(told, number);
  return isOfPerson(noted, externalId) ? noted : withLeading(noted, newAddress(externalId, 'text', now), now);
}
