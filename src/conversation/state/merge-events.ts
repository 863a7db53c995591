import type { Role } from '../../input/roles.ts';
import type { Spent } from '../../money/merged-spending.ts';
import type { Address, KeptText } from './address.ts';
import type { HeldEvent, MergeStep, ProjectIds } from './merging.ts';
import type { Threads } from './thread-rows.ts';
import type { Window } from './window.ts';
import type { PersonEntry } from './wishes.ts';

// The calls between two homes that become one, and their events.

/**
 * Facts about a home that decide whether and how two become one. `beganAt`: the elder one stays. `brings`: the highest
 * role that it would bring the other one, by its own role and by the lists. The release before sends neither `isUnused`
 * nor `brings`.
 */
export type MergeFacts = PersonEntry & {
  beganAt: number;
  isMerging: boolean;
  losesFiles: boolean;
  isUnused?: boolean;
  brings?: Role;
};

/** A project, as the elder home hears of it before it freezes. `isUsed`: it has a session, a backup or a schedule. */
export type MergedProject = { id: string; label: string; isUsed: boolean };
/** The younger asks the elder to freeze. */
export type FreezeAsk = { op: string; role: Role; projects: readonly MergedProject[] };
/** busy: work is under way · gone: the job was called off, or is too late · refused: the younger's role is the higher one. */
export type Frozen = { kind: 'frozen'; projects: ProjectIds } | { kind: 'busy' | 'gone' | 'refused' };

/** The last part that the elder home gets, in one commit. */
export type HandedOver = {
  op: string;
  addresses: readonly Address[];
  keptTexts: readonly KeptText[];
  /** Webhooks of git hosts that came meanwhile. */
  hostEvents: readonly HeldEvent[];
  windows: readonly Window[];
  /** The topics of their chats, by the ids that their projects have there. */
  threads: Threads['of'];
  /** Reminders that come again, by the number of their schedule there. */
  snoozes: readonly { schedule: string; dueAt: number }[];
  spent: Spent;
  /** The ends between which the younger home's person last wrote: our address, and theirs. */
  ends: { from: string; to: string };
};

export type MergeOutcome =
  /** `handed`: how many of the texts and webhooks that came meanwhile were handed over. */
  | { kind: 'done'; projects?: ProjectIds; handed?: number }
  | { kind: 'more'; cursor: string }
  | { kind: 'later'; reason: string }
  | { kind: 'busy' | 'gone' | 'refused' };

export type MergeEvent =
  /** The person said yes: this home goes into the other. `tells`: they said it elsewhere. `isUnused`: this home. */
  | { type: 'merge-begun'; op: string; with: string; tells: boolean; isUnused?: boolean }
  /** The same at the home that stays. `isUnused`: the other home. */
  | { type: 'merge-expected'; op: string; with: string; tells: boolean; isUnused?: boolean }
  /** The result of a call of the job. */
  | { type: 'merge-step'; op: string; step: MergeStep; outcome: MergeOutcome }
  /** The younger home is idle and asks this one to freeze, or to stay so. */
  | ({ type: 'merge-freeze' } & FreezeAsk)
  /** Rows of the younger home come. `schedules`: the numbers that they have there. */
  | { type: 'merge-part'; op: string; schedules: readonly number[] }
  /** All of them have come. */
  | ({ type: 'merge-over' } & HandedOver)
  /** The younger home has heard that all has come. */
  | { type: 'merge-settled'; op: string }
  /** The younger home gives up. */
  | { type: 'merge-called-off'; op: string }
  /** The address is taken from the merged person, or they are deleted: what is left here goes now. */
  | { type: 'merge-hurried' };
