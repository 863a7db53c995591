import type { Became, DeliveryNote, Run } from '../conversation/state/schedule.ts';
import { lasted } from '../recurrence/print/words.ts';
import { countOf } from './words.ts';

// The results of a schedule's runs, in words.

type Recipient = Became & { number: string };
export type ShownRun = { due: string; run: Run; recipients: readonly Recipient[] };

const WHY_FAILED: Partial<Record<NonNullable<Run['note']>, string>> = {
  'check-failed': 'the check failed',
  'check-late': 'the check took too long',
  agent: 'the agent ran into a problem',
  turn: 'it couldn’t be finished',
};
const WHY_SKIPPED: Partial<Record<NonNullable<Run['note']>, string>> = {
  overlap: 'the previous one was still working',
  missed: 'it was too late',
  stopped: 'you stopped it',
  newer: 'a newer one came instead',
  access: 'you didn’t have access then',
  'opted-out': 'you had opted out then',
  project: 'its project was archived',
};

/** What became of a run, in a word or two. */
export function outcome({ state, note, code, wasHeld }: Run, recipients: readonly string[]): string {
  switch (state) {
    case 'waiting':
      return 'waiting for its turn';
    case 'running':
      return 'running';
    case 'sending':
      return 'on its way';
    case 'held':
      if (recipients.length > 0 && !recipients.includes('me')) return 'kept for its recipients';
      return wasHeld ? 'kept until you write' : 'kept until quiet hours end, or WhatsApp takes it';
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

const DELIVERY: Record<Became['state'], string> = {
  waiting: 'on its way',
  given: 'on its way',
  held: 'kept until it can be delivered',
  sent: 'sent',
  delivered: 'delivered',
  failed: 'couldn’t be delivered',
  skipped: 'skipped',
};
const WHY_NOT: Record<DeliveryNote, string | null> = {
  access: 'skipped: they, or you, no longer have access',
  'opted-out': 'skipped: they opted out',
  newer: 'skipped for a newer one',
  unreachable: null,
  undelivered: null,
};

/** Below a second nobody calls it late. */
function timing({ dueAt, startedAt, endedAt, costUsd }: Run): string[] {
  const late = startedAt === null ? null : startedAt - dueAt;
  return [
    ...(late === null ? [] : [late < 1000 ? 'on time' : `${lasted(late)} late`]),
    ...(startedAt === null || endedAt === null || endedAt - startedAt < 1000
      ? []
      : [`took ${lasted(endedAt - startedAt)}`]),
    ...(costUsd > 0 ? [`$${costUsd.toFixed(2)}`] : []),
  ];
}

/** A line for the run, and one for each it was for besides the person. `wanted`: as the schedule names them. */
export function runLines({ due, run, recipients }: ShownRun, wanted: readonly string[]): string[] {
  const earlier = run.earlier > 0 ? [`${countOf(run.earlier, 'earlier one')} skipped`] : [];
  return [
    `${due}: ${[outcome(run, wanted), ...earlier, ...timing(run)].join(', ')}`,
    ...recipients.map(({ number, state, note, code }) => {
      const why = note === null ? null : WHY_NOT[note];
      return `  ${number}: ${why ?? DELIVERY[state]}${code === null ? '' : ` (${code})`}`;
    }),
  ];
}
