import { formatDuration } from '../recurrence/print/format.ts';
import { formatCount } from './phrasing.ts';

// The results of a schedule's runs, in words.

const WHY_FAILED: Readonly<Record<string, string>> = {
  'check-failed': 'the check failed',
  'check-late': 'the check took too long',
  agent: 'the agent ran into a problem',
  turn: 'it couldn’t be finished',
};
const WHY_SKIPPED: Readonly<Record<string, string>> = {
  overlap: 'the previous one was still working',
  missed: 'it was too late',
  stopped: 'you stopped it',
  newer: 'a newer one came instead',
  access: 'you didn’t have access then',
  'opted-out': 'you had opted out then',
  unheard: 'you hadn’t texted me for 90 days, and you have a PIN',
  project: 'its project was archived',
  budget: 'the budget was used up',
  model: 'the AI model wasn’t available',
};

const DELIVERY = {
  waiting: 'on its way',
  given: 'on its way',
  held: 'kept until it can be delivered',
  sent: 'sent',
  delivered: 'delivered',
  failed: 'couldn’t be delivered',
  skipped: 'skipped',
} as const;
const WHY_NOT = {
  access: 'skipped: they, or you, no longer have access',
  'opted-out': 'skipped: they opted out',
  newer: 'skipped for a newer one',
  unreachable: null,
  undelivered: null,
} as const;

/** The columns of a run that decide its words. The compiler checks that every state has words. */
export type RunFacts = {
  state: 'waiting' | 'running' | 'sending' | 'held' | 'silent' | 'failed' | 'skipped' | 'sent' | 'delivered';
  note: string | null;
  code: number | null;
  wasHeld: boolean;
  dueAt: number;
  startedAt: number | null;
  endedAt: number | null;
  costUsd: number;
  earlier: number;
};
type Recipient = {
  number: string;
  state: keyof typeof DELIVERY;
  note: keyof typeof WHY_NOT | null;
  code: number | null;
};
export type ShownRun = { due: string; run: RunFacts; recipients: readonly Recipient[] };

/** A run's outcome in a word or two. */
export function describeOutcome({ state, note, code, wasHeld }: RunFacts, recipients: readonly string[]): string {
  switch (state) {
    case 'waiting':
      return 'waiting for its turn';
    case 'running':
      return 'running';
    case 'sending':
      return 'on its way';
    case 'held':
      if (recipients.length > 0 && !recipients.includes('me')) return 'kept for its recipients';
      return wasHeld ? 'kept until you write' : 'kept until quiet hours end, or it can be sent';
    case 'silent':
      return 'nothing to report';
    case 'failed':
      if (note === 'undelivered') return `couldn’t be delivered${code === null ? '' : ` (${code})`}`;
      return `failed: ${(note && WHY_FAILED[note]) ?? 'it couldn’t be finished'}`;
    case 'skipped':
      return `skipped: ${(note && WHY_SKIPPED[note]) ?? 'it didn’t run'}`;
    case 'sent':
    case 'delivered':
      return note === 'done' ? 'done' : state;
  }
}

/** A delay of less than a second counts as on time. */
function timing({ dueAt, startedAt, endedAt, costUsd }: RunFacts): string[] {
  const late = startedAt === null ? null : startedAt - dueAt;
  return [
    ...(late === null ? [] : [late < 1000 ? 'on time' : `${formatDuration(late)} late`]),
    ...(startedAt === null || endedAt === null || endedAt - startedAt < 1000
      ? []
      : [`took ${formatDuration(endedAt - startedAt)}`]),
    ...(costUsd > 0 ? [`$${costUsd.toFixed(2)}`] : []),
  ];
}

/** A line for the run and one for each other recipient. `wanted`: the recipients as the schedule names them. */
export function listRunLines({ due, run, recipients }: ShownRun, wanted: readonly string[]): string[] {
  const earlier = run.earlier > 0 ? [`${formatCount(run.earlier, 'earlier one')} skipped`] : [];
  return [
    `${due}: ${[describeOutcome(run, wanted), ...earlier, ...timing(run)].join(', ')}`,
    ...recipients.map(({ number, state, note, code }) => {
      const why = note === null ? null : WHY_NOT[note];
      return `  ${number}: ${why ?? DELIVERY[state]}${code === null ? '' : ` (${code})`}`;
    }),
  ];
}

/** Lines around the result of a schedule for other people. */
export const deliveryTexts = {
  /** Stands above the words, for the recipient. */
  from: (number: string, schedule: number): string => `From ${number}’s schedule ${schedule}:`,
  cut: '(The rest was too long to send.)',
} as const;
