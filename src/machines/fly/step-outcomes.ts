import { IN_DOUBT_MS } from '../../conversation/policy/machine.ts';
import type { MachineRefusal, MachineRow, MachineStep, StepOutcome } from '../../conversation/state/machine.ts';
import type { FlyFailure } from './responses.ts';

// The possible outcomes of a step, and the meaning of failures that a step doesn't handle itself.

/** The wait when an immediate retry would change nothing. */
export const FULL_MS = 60_000;
/** Fly shows creations and removals after a moment. */
export const SETTLE_MS = 1000;

/** Go back and find or create the volume and the machine. */
export const RECREATE = { step: 'volume', volume: null, machine: null } as const;

export const stepDone = (next: Partial<MachineRow> & { step: MachineStep }): StepOutcome => ({ kind: 'done', next });
export const refuseForGood = (refusal: MachineRefusal, reason: string): StepOutcome => ({
  kind: 'permanent',
  refusal,
  reason,
});
export const retryLater = (reason: string, waitMs?: number | null, next?: Partial<MachineRow>): StepOutcome => ({
  kind: 'retryable',
  reason,
  ...(waitMs == null ? {} : { waitMs }),
  ...(next ? { next } : {}),
});

/** Fly uses these words when an image is missing or may not be fetched. */
const ABOUT_IMAGE = /\bimage\b|manifest/i;

export function outcomeOfFailure(failure: FlyFailure): StepOutcome {
  const { kind, reason } = failure;
  switch (kind) {
    case 'busy':
      return retryLater(reason, failure.retryAfterMs);
    case 'no-capacity':
      return retryLater(reason, FULL_MS);
    // Every step that reaches this line works inside the app.
    case 'absent':
      return retryLater(reason, SETTLE_MS, { step: 'app' });
    case 'quota':
      return refuseForGood('quota', reason);
    case 'denied':
      return refuseForGood('token', reason);
    default:
      return refuseForGood(ABOUT_IMAGE.test(reason) ? 'image' : 'other', reason);
  }
}

const CUT = 'an earlier call was cut off; waiting for its outcome';
const restOf = (row: MachineRow, now: number): number =>
  row.inDoubtSince === null ? 0 : Math.max(0, row.inDoubtSince + IN_DOUBT_MS - now);

/** Waits while the result of an earlier call may still appear, so that nothing is requested twice. Null: no doubt. */
export function waitWhileInDoubt(row: MachineRow, now: number): StepOutcome | null {
  const rest = restOf(row, now);
  return rest > 0 ? retryLater(CUT, rest) : null;
}

/** A retry says nothing about the call before it, so the wait for that call's result stays. */
export function withDoubtWait(outcome: StepOutcome, row: MachineRow, now: number): StepOutcome {
  const rest = restOf(row, now);
  if (outcome.kind !== 'retryable' || rest === 0) return outcome;
  return { ...outcome, waitMs: Math.max(outcome.waitMs ?? 0, rest) };
}
