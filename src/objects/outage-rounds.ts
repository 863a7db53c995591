import { backoff } from '../conversation/policy/backoff.ts';
import { SPREAD } from '../conversation/policy/outbox.ts';
import type { OutageNews } from '../conversation/state/events.ts';

// An outage of the carrier for one of our addresses, over all conversations: one of those that wait tries for all, ever more
// rarely; when something is taken the others are told, a few at a time. Pure; the rows are the directory's.

export type SenderOutage = {
  /** Our address. */
  sender: string;
  beganAt: number;
  /** What the carrier said last; nulls: nothing. */
  failure: 'rate' | 'account' | null;
  code: number | null;
  /** Tries for all that were in vain. */
  probes: number;
  /** When the next conversation is called. */
  nextAt: number;
  /** The conversation that tries now. */
  prober: string | null;
  /** The operator has heard of it. */
  told: boolean;
  /** Since when the carrier takes messages again; those who wait are being told. */
  overAt: number | null;
};

/** What a conversation tells. `lastedMs`: it has taken nothing for so long. `waitMs`: not to be tried sooner. */
export type OutageReport = Pick<SenderOutage, 'sender' | 'failure' | 'code'> & {
  conversation: string;
  news: OutageNews;
  lastedMs: number;
  waitMs: number;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Waits between tries for all. */
const PROBE_MS = [5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE] as const;
/** The same while the carrier says nothing: each such try may be a double. */
const SILENT_PROBE_MS = [MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR] as const;
/** A try whose outcome stays unknown takes a minute of looking; after this another conversation tries. */
export const PROBE_MAX_MS = 3 * MINUTE;
/** A conversation that could not be called holds up the next one only so long. */
export const CALL_AGAIN_MS = 5 * SECOND;
/** So many are told at once that it is over, and the next ones this much later. */
export const FREED_AT_ONCE = 10;
export const FREE_EVERY_MS = SECOND;
/** Whoever could not be told for this long asks by itself. */
export const FREE_FOR_MS = 10 * MINUTE;
/** The operator hears of an outage that lasts; of a refused account at once, because that does not pass by itself. */
export const TOLD_AFTER_MS = 2 * MINUTE;

export const isOutageOver = ({ overAt }: SenderOutage): boolean => overAt !== null;

/** The outage after a conversation's news; null: there is none. */
export function afterNews(
  known: SenderOutage | null,
  report: OutageReport,
  now: number,
  chance: number,
): SenderOutage | null {
  const { sender, conversation, news, failure, code } = report;
  const isProber = known !== null && known.prober === conversation;
  if (news === 'takes')
    return known && !isOutageOver(known) ? { ...known, overAt: now, nextAt: now, prober: null } : known;
  // Another is called in its place.
  if (news === 'leaves') return isProber ? { ...known, nextAt: now, prober: null } : known;
  const isNew = known === null || isOutageOver(known);
  const begun: SenderOutage = isNew
    ? {
        sender,
        beganAt: now - report.lastedMs,
        failure,
        code,
        probes: 0,
        nextAt: 0,
        prober: null,
        told: false,
        overAt: null,
      }
    : known;
  const wait = (probes: number): number =>
    Math.max(report.waitMs, backoff(code === null ? SILENT_PROBE_MS : PROBE_MS, probes)) * (1 + SPREAD * chance);
  if (isNew) return { ...begun, nextAt: now + wait(0) };
  if (isProber)
    return { ...begun, failure, code, probes: begun.probes + 1, nextAt: now + wait(begun.probes + 1), prober: null };
  // Somebody else who is refused: no other reason to try, but the carrier may ask for longer.
  return begun.prober === null ? { ...begun, nextAt: Math.max(begun.nextAt, now + report.waitMs) } : begun;
}

/** When the operator is to hear of it. */
export const tellAt = ({ beganAt, failure }: SenderOutage): number =>
  failure === 'account' ? beganAt : beganAt + TOLD_AFTER_MS;

/** When something is to be done about it. */
export const dueAt = (outage: SenderOutage): number =>
  outage.told || isOutageOver(outage) ? outage.nextAt : Math.min(outage.nextAt, tellAt(outage));
