import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { LOCKED_TOLD_MS, PIN_TRIES, PIN_TRIES_MAX, PIN_WAIT_MS } from '../policy/access.ts';
import { accessOf, withAccess } from '../state/access.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { State } from '../state/state.ts';

// Tries a PIN against the sealed one: five wrong tries, then an hour, and after twenty only an admin can help.

export const PIN_FORM = /^\d{4,8}$/;

export type Tried =
  | { kind: 'right'; state: State }
  | { kind: 'wrong'; state: State; left: number }
  /** `minutes`: until the next try counts. */
  | { kind: 'wait'; minutes: number }
  /** No PIN is set, or too many were wrong: an admin has to help. */
  | { kind: 'admin' };

/** No PIN is tried any more until an admin unlocks. */
export const needsAdmin = (state: State): boolean => accessOf(state).wrong >= PIN_TRIES_MAX;

/** Whether a PIN that can't count is answered now: once an hour. */
export function mayAnswerPin(state: State, now: number): boolean {
  const { refusedAt } = accessOf(state);
  return refusedAt === null || now - refusedAt >= LOCKED_TOLD_MS;
}

export function tryPin(state: State, pin: string, ctx: Context): Tried {
  const { pin: sealed, wrong, waitUntil } = accessOf(state);
  if (sealed === null || needsAdmin(state)) return { kind: 'admin' };
  if (ctx.now < waitUntil) return { kind: 'wait', minutes: Math.ceil((waitUntil - ctx.now) / 60_000) };
  if (PIN_FORM.test(pin) && ctx.sealPin(pin) === sealed) {
    return { kind: 'right', state: withAccess(state, { wrong: 0, waitUntil: 0 }) };
  }
  const count = wrong + 1;
  const left = PIN_TRIES - (count % PIN_TRIES || PIN_TRIES);
  const until = left === 0 ? ctx.now + PIN_WAIT_MS : waitUntil;
  return { kind: 'wrong', state: withAccess(state, { wrong: count, waitUntil: until }), left };
}

/** Goes on with the right PIN; else the person is told why not. `admin`: what they are told where only an admin can help. */
export function withPin(
  state: State,
  { pin, admin }: { pin: string; admin: string },
  ctx: Context,
  goOn: (state: State) => Decision,
): Decision {
  const say = (next: State, text: string): Decision => noEffects(enqueue(next, 'notice', [text], ctx));
  const tried = tryPin(state, pin, ctx);
  switch (tried.kind) {
    case 'right':
      return goOn(tried.state);
    case 'wrong':
      return say(tried.state, texts.access.wrongPin(tried.left));
    case 'wait':
      return say(state, texts.access.pinWaits(tried.minutes));
    case 'admin':
      return say(state, admin);
  }
}
