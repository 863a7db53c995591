import type { MachineRefusal } from './machine.ts';
import { type State, withTimer } from './state.ts';

// What the operator is to hear of. A cause is a timer row until it has been handed over, so a crash loses none; that each
// is told once an hour and to whom is decided where all conversations meet (objects/directory.ts).

export type Cause =
  | 'window-closed'
  | 'reply-doubled'
  | 'held-too-long'
  | 'timer-failing'
  | 'archive-failing'
  | 'media-not-deleted'
  | 'files-not-removed'
  | 'no-media-bucket'
  | 'disk-full'
  | 'model-refused'
  | 'machine-unreachable'
  | 'turn-refused'
  | `machine-refused/${MachineRefusal}`
  | 'machine-gone'
  | 'machine-reverted'
  | `reply-refused/${number}`
  | `reply-waits/${number}`
  | `account-refused/${number}`
  | `nudge-refused/${number}`;

export function raise(state: State, cause: Cause, now: number): State {
  const isKnown = state.timers.some((t) => t.kind === 'alert' && t.ref === cause);
  return isKnown ? state : withTimer(state, { kind: 'alert', ref: cause, dueAt: now, attempts: 0 });
}
