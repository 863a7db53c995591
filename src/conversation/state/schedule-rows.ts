import { type Exceptions, NO_EXCEPTIONS, type Rule } from '../../recurrence/rule.ts';

// The rows of schedules and their runs, and how they are found and replaced.

/** paused: by whom is in `pausedBy` · over: cancelled, or a rule that never comes again; its runs can still be looked at. */
export type ScheduleState = 'active' | 'paused' | 'over';
export type Schedule = {
  /** As the person sees it; never used again. */
  id: number;
  /** agent: a turn in the project · text: the words as they are. */
  kind: 'agent' | 'text';
  project: string;
  prompt: string;
  rule: Rule;
  zone: string;
  /** Region whose public holidays are left out, or null. */
  holidays: string | null;
  /** Local dates (YYYY-MM-DD) on which it does not run. */
  skips: readonly string[];
  /** Its turns begin in a session of their own. */
  isolated: boolean;
  /** What becomes of a run that is due while the last one has not ended. */
  overlap: 'skip' | 'queue';
  /** Run in the project before the agent is woken, or null. */
  checkCommand: string | null;
  /** The agent is told when the last run reached the person. */
  standup: boolean;
  /** Whom it is for: numbers, `me`; empty: the person. */
  recipients: readonly string[];
  state: ScheduleState;
  pausedBy: 'person' | 'failures' | 'access' | 'project' | null;
  /** When a pause ends by itself, or null. */
  resumeAt: number | null;
  /** The next run, or null when there is none. */
  nextAt: number | null;
  /** Runs in a row that failed. */
  failures: number;
  /** Runs in a row that met a closed window of the carrier, and whether the person had advice about it. */
  heldRuns: number;
  toldWindow: boolean;
  /** When the run that reached the person last was due. */
  deliveredAt: number | null;
  createdAt: number;
};

/**
 * waiting: for its turn · running · sending: its words are in the outbox · held: they wait for the person to write or for
 * the end of quiet hours · sent: the carrier has them · delivered · silent: there was nothing to report · failed · skipped:
 * it did not run, or was left out for a newer one. `note` says why.
 */
export type RunState =
  | 'waiting'
  | 'running'
  | 'sending'
  | 'held'
  | 'sent'
  | 'delivered'
  | 'silent'
  | 'failed'
  | 'skipped';
export type RunNote =
  /** skipped: the last one was still at work · its time was long ago · asked for by the person · a newer one is there */
  | 'overlap'
  | 'missed'
  | 'stopped'
  | 'newer'
  /** skipped: the person may not write any more · wants nothing · the project is put away */
  | 'access'
  | 'opted-out'
  | 'project'
  /** silent: the check · the agent had nothing */
  | 'check'
  | 'nothing'
  /** failed: the check · its time was over · the agent · the turn · the words could not be delivered */
  | 'check-failed'
  | 'check-late'
  | 'agent'
  | 'turn'
  | 'undelivered'
  /** done by a tap */
  | 'done';
export type Run = {
  id: string;
  schedule: number;
  dueAt: number;
  startedAt: number | null;
  endedAt: number | null;
  state: RunState;
  note: RunNote | null;
  /** The carrier's, where it refused the words. */
  code: number | null;
  costUsd: number;
  /** Earlier runs whose words were left out for these. */
  earlier: number;
  /** The carrier's window was closed to its words. */
  wasHeld: boolean;
};

/**
 * waiting: for their conversation to take it · given: it has · held, sent, delivered: as with a run · failed · skipped: it is
 * not for them, or was left out for a newer one. `note` says why.
 */
export type DeliveryState = 'waiting' | 'given' | 'held' | 'sent' | 'delivered' | 'failed' | 'skipped';
export type DeliveryNote =
  /** skipped: they or the sender may not, any more · they want nothing · a newer one is there */
  | 'access'
  | 'opted-out'
  | 'newer'
  /** failed: their conversation could not be reached · the words could not be delivered */
  | 'unreachable'
  | 'undelivered';
/** What has become of words for somebody else. */
export type Became = { state: DeliveryState; note: DeliveryNote | null; code: number | null };
/** Words of a run for somebody else; `text` until their conversation has it. `part`: the n-th that was said in the run. */
export type Delivery = Became & {
  run: string;
  address: string;
  part: number;
  text: string | null;
  changedAt: number;
};

/** What a recipient's conversation is given: all it ever knows of a schedule of somebody else. */
export type GivenRun = {
  address: string;
  /** Our address, should they not have written to us yet. */
  sender: string;
  owner: string;
  run: string;
  schedule: number;
  part: number;
  text: string;
};
/** What it tells of it; about so many parts, from the first. */
export type RunReport = Became & { run: string; address: string; parts: number };

/** Not settled: what becomes of them is still to be seen. */
export const OPEN_RUNS: readonly RunState[] = ['waiting', 'running', 'sending', 'held'];
export const isOpenRun = ({ state }: Pick<Run, 'state'>): boolean => OPEN_RUNS.includes(state);

export const exceptionsOf = ({ holidays, skips }: Schedule): Exceptions =>
  holidays === null && skips.length === 0 ? NO_EXCEPTIONS : { holidays, dates: skips };
