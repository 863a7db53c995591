import { SPREAD } from '../conversation/policy/outbox.ts';
import type { OutageNews } from '../conversation/state/outage.ts';
import { backoffOf, HOUR, MINUTE, SECOND } from '../units.ts';

// An outage of the carrier for one of our addresses, across all conversations: one waiting conversation tries for all,
// ever more rarely; when the carrier takes a message the others are told, a few at a time. Pure; the directory owns the
// rows.

export type SenderOutage = {
  /** Our address. */
  sender: string;
  beganAt: number;
  /** The carrier's last answer; null when it gave none. */
  failure: 'rate' | 'account' | null;
  code: number | null;
  /** Consecutive failed tries for all, counted separately for refusals and for silence of the carrier. */
  probes: number;
  /** When the next conversation is called. */
  nextAt: number;
  /** The conversation that is trying now. */
  prober: string | null;
  /** The operator has been alerted. */
  told: boolean;
  /** Since when the carrier takes messages again; the waiting conversations are being told. */
  overAt: number | null;
};

/** A conversation's report. `lastedMs`: how long the carrier has refused it. `waitMs`: the earliest next try. */
export type OutageReport = Pick<SenderOutage, 'sender' | 'failure' | 'code'> & {
  conversation: string;
  news: OutageNews;
  lastedMs: number;
  waitMs: number;
};

/** Waits between tries for all. */
const PROBE_MS = [5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE] as const;
/** The waits while the carrier says nothing: then each try may deliver a message twice. */
const SILENT_PROBE_MS = [MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR] as const;
/** A try of unknown outcome takes a minute to look up; after this time another conversation tries. */
export const PROBE_MAX_MS = 3 * MINUTE;
/** The wait before another call when a conversation could not be called. */
export const CALL_AGAIN_MS = 5 * SECOND;
/** This many are told at once that the outage is over, and the next ones this much later. */
export const FREED_AT_ONCE = 10;
export const FREE_EVERY_MS = SECOND;
/** A conversation that could not be told for this long asks by itself. */
export const FREE_FOR_MS = 10 * MINUTE;
/** The operator is alerted about a lasting outage; about a refused account at once, because that needs an operator. */
export const TOLD_AFTER_MS = 2 * MINUTE;

export const isOutageOver = ({ overAt }: SenderOutage): boolean => overAt !== null;

/** The outage after a conversation's report; null: there is none. */
export function applyNews(
  known: SenderOutage | null,
  report: OutageReport,
  now: number,
  chance: number,
): SenderOutage | null {
  const { sender, conversation, news, failure, code } = report;
  const isProber = known !== null && known.prober === conversation;
  if (news === 'takes')
    return known && !isOutageOver(known) ? { ...known, overAt: now, nextAt: now, prober: null } : known;
  // Another conversation is called instead.
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
    Math.max(report.waitMs, backoffOf(code === null ? SILENT_PROBE_MS : PROBE_MS, probes)) * (1 + SPREAD * chance);
  if (isNew) return { ...begun, nextAt: now + wait(0) };
  if (isProber) {
    // The count starts again when the carrier begins or stops giving a reason: otherwise the silent waits would start
    // with an hour after quick refusals.
    const isOther = (begun.code === null) !== (code === null);
    const probes = isOther ? 0 : begun.probes + 1;
    return { ...begun, failure, code, probes, nextAt: now + wait(probes), prober: null };
  }
  // Another refusal is no reason for a try, but the carrier may ask for a longer wait.
  return begun.prober === null ? { ...begun, nextAt: Math.max(begun.nextAt, now + report.waitMs) } : begun;
}

/** When to alert the operator. */
export const tellAt = ({ beganAt, failure }: SenderOutage): number =>
  failure === 'account' ? beganAt : beganAt + TOLD_AFTER_MS;

/** The time of the next step for this outage. */
export const dueTimeOf = (outage: SenderOutage): number =>
  outage.told || isOutageOver(outage) ? outage.nextAt : Math.min(outage.nextAt, tellAt(outage));
