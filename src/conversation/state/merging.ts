import type { HostEvent } from '../../git/host-event.ts';
import { MERGE_LEASE_MS } from '../policy/merging.ts';

// Two homes become one, as stored in the conversation's row of each. The younger home *goes*: it drives the job, and
// hands its rows over. The elder one *stays* (access/merge.ts, access/merge-stays.ts).

/**
 * wait: until both homes are idle · freeze: nothing new begins here, and the elder is asked to freeze · copy: backups
 * are copied in the bucket · switch: the rows go over, and at last the addresses · empty: everything here is deleted but
 * the machine · leave: in a week the machine goes, and the files that links still lead to.
 */
export const MERGE_STEPS = ['wait', 'freeze', 'copy', 'switch', 'empty', 'leave'] as const;
export type MergeStep = (typeof MERGE_STEPS)[number];

/** Ids of the younger home's projects there, and here. */
export type ProjectIds = Readonly<Record<string, string>>;

/** A webhook of a git host. `digest`: tells a repeat. */
export type HeldEvent = { said: HostEvent; digest: string };

export type Going = {
  role: 'goes';
  /** Names the job, at both homes. */
  op: string;
  /** The id of the home that stays. */
  with: string;
  step: MergeStep;
  since: number;
  stepSince: number;
  /** Where the step continues; null at its beginning. */
  cursor: string | null;
  /** Calls of this step in vain. */
  tries: number;
  /** The person was told that the job waits. */
  told: boolean;
  projects: ProjectIds;
  /** False once the merged person is deleted or has taken this address away: then it leads nowhere. */
  leads: boolean;
  /** Webhooks of git hosts that came after this home stopped beginning work. They go over at last. Missing: none. */
  hostEvents?: readonly HeldEvent[] | undefined;
  /** This home is unused, and waits for nothing. */
  isUnused?: boolean;
};

export type Staying = {
  role: 'stays';
  op: string;
  /** The id of the home that goes. */
  with: string;
  /**
   * expected: the other home has not begun · taking: its rows come · done: it is this home's person · settled: the other
   * home knows that, so it asks no more.
   */
  step: 'expected' | 'taking' | 'done' | 'settled';
  /** The home forgets the job then, unless it is done and the other home doesn't know: then it looks again. */
  until: number;
  /** No turn starts before this, unless the other home renews it; null: not frozen. */
  frozenUntil: number | null;
  projects: ProjectIds;
  /** Numbers of the other home's schedules there, and here. */
  schedules: Readonly<Record<string, number>>;
  /** The other home is unused: turns go on here. */
  isUnused?: boolean;
};

export type Merging = Going | Staying;

/** True while the home gives or takes, and until both know that it is done: nothing else may take the job's place. */
export const isMerging = (merging: Merging | null): boolean =>
  merging !== null && (merging.role === 'goes' || merging.step !== 'settled');

type Frozenable = { conversation: { merging: Merging | null } };

/** When to look again whether turns start; null: they do. A home that goes starts none until its job ends. */
export function frozenUntil({ conversation: { merging } }: Frozenable, now: number): number | null {
  if (merging === null) return null;
  if (merging.role === 'goes') return merging.step === 'wait' ? null : now + MERGE_LEASE_MS;
  return merging.frozenUntil !== null && now < merging.frozenUntil ? merging.frozenUntil : null;
}

/** The home that has this one's person from now on, or gets them in a moment; null: this one. */
export function passesTo({ conversation: { merging } }: Frozenable): string | null {
  const passes = merging?.role === 'goes' && ['switch', 'empty', 'leave'].includes(merging.step);
  return passes ? merging.with : null;
}

/** True while a home's rows go over, or are about to: events that aren't about the job change nothing there. */
export function isHandingOver({ conversation: { merging } }: Frozenable): boolean {
  return merging?.role === 'goes' && merging.step !== 'wait' && merging.step !== 'leave';
}

/** The job of a home whose person is at the other one: what is left here goes by itself. Null: any other home. */
export function leftBy({ conversation: { merging } }: Frozenable): Going | null {
  const isLeft = merging?.role === 'goes' && (merging.step === 'empty' || merging.step === 'leave');
  return isLeft ? merging : null;
}
