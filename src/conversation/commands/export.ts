import { texts } from '../../texts/index.ts';
import { tryPin } from '../access/pin.ts';
import { enqueue } from '../outbox/replies.ts';
import { beginExport } from '../privacy/export.ts';
import { accessOf } from '../state/access.ts';
import type { Context } from '../state/events.ts';
import type { State } from '../state/state.ts';

// /export, and /export PIN where the person has set one: whoever holds the phone could otherwise take everything.

export function onExport(state: State, secret: string, ctx: Context): State {
  const { access, privacy } = texts;
  const say = (next: State, text: string): State => enqueue(next, 'notice', [text], ctx);
  if (accessOf(state).pin === null) return beginExport(state, ctx);
  if (secret === '') return say(state, privacy.exportPin);
  const tried = tryPin(state, secret, ctx);
  switch (tried.kind) {
    case 'right':
      return beginExport(tried.state, ctx);
    case 'wrong':
      return say(tried.state, access.wrongPin(tried.left));
    case 'wait':
      return say(state, access.pinWaits(tried.minutes));
    case 'admin':
      return say(state, privacy.exportAdmin);
  }
}
