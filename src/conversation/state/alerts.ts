import { backoffOf } from '../../units.ts';
import { ALERT_RETRY_MS } from '../policy/alerts.ts';
import type { MachineRefusal } from './machine.ts';
import { type State, withTimer } from './state.ts';

// Alerts for the operator. A cause stays a timer row until it has been handed over, so a crash loses none. The
// directory, where all conversations meet, limits each to one an hour and knows whom to tell (objects/directory.ts).

export type Cause =
  | 'window-closed'
  | 'reply-doubled'
  | 'reply-doubtful'
  | 'held-too-long'
  | 'number-recycled'
  | 'number-changed'
  | 'address-claimed'
  | 'timer-failing'
  | 'archive-failing'
  | 'forget-waits'
  | 'media-not-deleted'
  | 'files-not-removed'
  | 'no-media-bucket'
  | 'disk-full'
  | 'texts-a-day'
  | 'wrong-pins'
  | 'model-refused'
  | 'model-overloaded'
  | 'machine-unreachable'
  | 'turn-refused'
  | `machine-refused/${MachineRefusal}`
  | 'machine-gone'
  | 'machine-reverted'
  | `reply-refused/${number}`
  | `reply-waits/${number}`
  | `account-refused/${number}`
  | `nudge-refused/${number}`
  | `against-policy/${number}`
  | `sender-blocked/${number}`
  | 'sender-unblocked';

export function raise(state: State, cause: Cause, now: number): State {
  const isKnown = state.timers.some((t) => t.kind === 'alert' && t.ref === cause);
  return isKnown ? state : withTimer(state, { kind: 'alert', ref: cause, dueAt: now, attempts: 0 });
}

/** The directory has not taken the alert: it is told again, ever later. */
export function alertLater(state: State, cause: string, now: number): State {
  const timer = state.timers.find((t) => t.kind === 'alert' && t.ref === cause);
  if (!timer) return state;
  const dueAt = now + backoffOf(ALERT_RETRY_MS, timer.attempts);
  return withTimer(state, { ...timer, dueAt, attempts: timer.attempts + 1 });
}
