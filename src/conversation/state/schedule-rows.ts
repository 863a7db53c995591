import { type Exceptions, NO_EXCEPTIONS, type Rule } from '../../recurrence/rule.ts';

// The rows of schedules, their runs and their deliveries.

/** paused: `pausedBy` says by whom · over: cancelled, or the rule has no further time; its runs can still be read. */
export type ScheduleState = 'active' | 'paused' | 'over';
export type Schedule = {
  /** The number that people see. Never reused. */
  id: number;
  /** agent: a turn in the project · text: a reminder in these words. */
  kind: 'agent' | 'text';
  project: string;
  prompt: string;
  rule: Rule;
  zone: string;
  /** Region whose public holidays are skipped, or null. */
  holidays: string | null;
  /** Skipped local dates (YYYY-MM-DD). */
  skips: readonly string[];
  /** Each run begins a new session. */
  isolated: boolean;
  /** For a run that is due before the last one has ended. */
  overlap: 'skip' | 'queue';
  /** The command that runs in the project before the agent is woken, or null. */
  checkCommand: string | null;
  /** True if the agent is told when the last run reached the person. */
  standup: boolean;
  /** Phone numbers and `me`. Empty: only the person. */
  recipients: readonly string[];
  state: ScheduleState;
  pausedBy: 'person' | 'failures' | 'access' | 'project' | null;
  /** The end of the pause, or null. */
  resumeAt: number | null;
  /** Time of the next run, or null for none. */
  nextAt: number | null;
  /** Consecutive failed runs. */
  failures: number;
  /** Consecutive runs that met a closed service window, and whether the person was advised. */
  heldRuns: number;
  toldWindow: boolean;
  /** The due time of the last run that reached the person. */
  deliveredAt: number | null;
  createdAt: number;
};

/**
 * waiting: for its turn · running · sending: its words are in the outbox · held: until the person writes or quiet hours
 * end · sent: the carrier has the words · delivered · silent: nothing to report · failed · skipped: it didn't run, or a
 * newer run replaced it. `note` says why.
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
  /** skipped: the last run was still at work · long overdue · the person skipped it · a newer run replaced it */
  | 'overlap'
  | 'missed'
  | 'stopped'
  | 'newer'
  /** skipped: the person lost access · opted out · set a PIN and was silent for long · the project is archived */
  | 'access'
  | 'opted-out'
  | 'unheard'
  | 'project'
  /** skipped: a budget is used up · the model's API refuses us */
  | 'budget'
  | 'model'
  /** silent: the check reported nothing · the agent reported nothing */
  | 'check'
  | 'nothing'
  /**
   * failed: the check failed · it ran out of time · the agent failed · the turn was given up · the words couldn't be
   * delivered
   */
  | 'check-failed'
  | 'check-late'
  | 'agent'
  | 'turn'
  | 'undelivered'
  /** done: the person tapped Done */
  | 'done';
export type Run = {
  id: string;
  schedule: number;
  dueAt: number;
  startedAt: number | null;
  endedAt: number | null;
  state: RunState;
  note: RunNote | null;
  /** The carrier's code if it refused the words. */
  code: number | null;
  costUsd: number;
  /** How many earlier runs this one replaced. */
  earlier: number;
  /** True if its words met a closed service window. */
  wasHeld: boolean;
};

/**
 * waiting: the recipient's conversation hasn't taken it · given: it has · held, sent, delivered: as with runs · failed
 * · skipped: not allowed, or replaced by a newer run. `note` says why.
 */
export type DeliveryState = 'waiting' | 'given' | 'held' | 'sent' | 'delivered' | 'failed' | 'skipped';
export type DeliveryNote =
  /** skipped: the recipient or the sender lost access · the recipient opted out · a newer run replaced it */
  | 'access'
  | 'opted-out'
  | 'newer'
  /** failed: the recipient's conversation couldn't be reached · the words couldn't be delivered */
  | 'unreachable'
  | 'undelivered';
/** The outcome of words for another person. */
export type Became = { state: DeliveryState; note: DeliveryNote | null; code: number | null };
/**
 * Words of a run for another person. `text` is kept until their conversation has it. `part`: the n-th text of the run.
 */
export type Delivery = Became & {
  run: string;
  address: string;
  part: number;
  text: string | null;
  changedAt: number;
};

/** All that a recipient's conversation learns about another person's schedule. */
export type GivenRun = {
  address: string;
  /** Our address, in case the recipient has never texted us. */
  sender: string;
  owner: string;
  run: string;
  schedule: number;
  part: number;
  text: string;
};
/** The recipient's report on the first `parts` parts. `also`: their further addresses, if they have any. */
export type RunReport = Became & { run: string; address: string; parts: number; also?: readonly string[] };

/** Runs without an outcome yet. */
export const OPEN_RUNS: readonly RunState[] = ['waiting', 'running', 'sending', 'held'];
export const isOpenRun = ({ state }: Pick<Run, 'state'>): boolean => OPEN_RUNS.includes(state);

export const exceptionsOf = ({ holidays, skips }: Schedule): Exceptions =>
  holidays === null && skips.length === 0 ? NO_EXCEPTIONS : { holidays, dates: skips };
