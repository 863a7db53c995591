import { texts } from '../../texts/index.ts';
import { withPin } from '../access/pin.ts';
import { enqueue } from '../outbox/replies.ts';
import { beginExport } from '../privacy/export.ts';
import { accessOf } from '../state/access.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { State } from '../state/state.ts';

// /export, and /export PIN where the person has set one: whoever holds the phone could otherwise take everything.

export function onExport(state: State, secret: string, ctx: Context): Decision {
  const begin = (next: State): Decision => noEffects(beginExport(next, ctx));
  if (accessOf(state).pin === null) return begin(state);
  if (secret === '') return noEffects(enqueue(state, 'notice', [texts.privacy.exportPin], ctx));
  return withPin(state, { pin: secret, admin: texts.access.pinAdmin }, ctx, begin);
}
