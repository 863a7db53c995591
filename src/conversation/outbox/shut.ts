import { isSameAddress, schemeOf } from '../../addresses.ts';
import type { Context, Event } from '../state/events.ts';
import { isOfPerson } from '../state/person.ts';
import type { State } from '../state/state.ts';
import { findEndsOn, windowOf } from './ends.ts';
import { closeWindow, DATED_MS, hasWrittenSince, releaseHeld, withWindow } from './service-window.ts';

// The person shuts one of our senders out, or lets it in again, and the channel says so. It counts like a refusal or a
// text, without words: what waits leaves by another channel, and what was held leaves here.

export function onShut(state: State, said: Extract<Event, { type: 'shut' }>, ctx: Context): State {
  const { address, sender, isShut, at } = said;
  if (!isOfPerson(state, address)) return state;
  // Replies go to the person's other account there, and both accounts share one window.
  const to = findEndsOn(state, schemeOf(address), ctx.now)?.to;
  if (isShut && to !== undefined && !isSameAddress(to, address)) return state;
  if (isShut) return hasWrittenSince(state, sender, at) ? state : closeWindow(state, sender, at);
  const window = windowOf(state, sender);
  // News may come late, or again. Their date is cut to the second.
  if (window?.refusedAt == null || at + DATED_MS <= window.refusedAt) return state;
  const open = withWindow(state, { ...window, refusedAt: null, movedAt: null });
  return open.conversation.optedOutAt === null ? releaseHeld(open, ctx) : open;
}
