import { report as log, reasonOf } from '../log.ts';
import { type DeploymentLimits, isNearlySpent, LEASE_IDLE_MS, leftOf, onDate, partOf, report } from '../money/lease.ts';
import { beginOf, dateOf } from '../recurrence/zones.ts';
import { withTimeout } from '../timeout.ts';
import { alerts, type Raised } from './operator-alerts.ts';
import * as rows from './stores/lease-store.ts';

// The directory's part in the budget of everybody together: counts what conversations report, lends them parts of what
// is left, and asks idle ones for theirs before anybody is refused.

const ANSWER_MS = 5_000;

/** `total`: all that the conversation ever spent. `reserved`: set aside for its open answers. */
export type LeaseAsk = { conversation: string; total: number; reserved: number; wants: boolean };
/** `until`: the total up to which it may spend, or null for no limit · `again`: nothing is left before that time. */
export type LeaseAnswer = { until: number | null } | { again: number };
/** What a conversation gives back: all that it ever spent, and what its open answers need. */
export type GivenBack = { total: number; reserved: number };

type Deps = {
  storage: DurableObjectStorage;
  raise: (raised: Raised) => void;
  recall: (conversation: string) => Promise<GivenBack>;
  /** Null with a broken configuration. */
  settings: () => { limits: DeploymentLimits; zone: string } | null;
};

export class DeploymentBudget {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async lease(ask: LeaseAsk): Promise<LeaseAnswer> {
    const now = Date.now();
    this.#note(ask, ask.reserved, now);
    if (!ask.wants) return { until: null };
    await this.#recall(rows.findIdle(this.#sql, ask.conversation, now - LEASE_IDLE_MS));
    const first = this.#lend(ask, now);
    if (first === null) return { until: null };
    if (first > 0) return { until: ask.total + ask.reserved + first };
    await this.#recall(rows.findIdle(this.#sql, ask.conversation, now + 1));
    const second = this.#lend(ask, now);
    if (second !== null && second > 0) return { until: ask.total + ask.reserved + second };
    this.#deps.raise(alerts.budgetUsedUp());
    return { again: this.#nextDayAt(now) };
  }

  /** Counts what the conversation spent in the end, and takes back what it holds. */
  forget(conversation: string, total: number): void {
    if (rows.readLease(this.#sql, conversation) === null) return;
    this.#note({ conversation, total }, 0, Date.now());
    rows.deleteLease(this.#sql, conversation);
  }

  get #sql(): SqlStorage {
    return this.#deps.storage.sql;
  }

  /** Counts a report, and what the conversation holds from now on. */
  #note({ conversation, total }: Pick<LeaseAsk, 'conversation' | 'total'>, held: number, now: number): void {
    const settings = this.#deps.settings();
    if (!settings) return;
    this.#deps.storage.transactionSync(() => {
      const pool = onDate(rows.readPool(this.#sql), dateOf(now, settings.zone));
      const told = report(pool, rows.readLease(this.#sql, conversation), total);
      const isWarned = isNearlySpent(told.pool, settings.limits);
      rows.savePool(this.#sql, isWarned ? { ...told.pool, warned: told.pool.day } : told.pool);
      rows.saveLease(this.#sql, { conversation, reported: told.reported, held, askedAt: now });
      if (isWarned) this.#deps.raise(alerts.budgetNearlyUsedUp());
    });
  }

  /** The part that is lent now, or null without a limit. */
  #lend({ conversation, total, reserved }: LeaseAsk, now: number): number | null {
    const settings = this.#deps.settings();
    if (!settings) return 0;
    const { holders, held } = rows.countHolders(this.#sql, conversation);
    const left = leftOf(rows.readPool(this.#sql), settings.limits, held + reserved);
    if (left === null) return null;
    const part = partOf(left, holders + 1);
    rows.saveLease(this.#sql, { conversation, reported: total, held: reserved + part, askedAt: now });
    return part;
  }

  /** A conversation that doesn't answer keeps what it holds. */
  async #recall(conversations: readonly string[]): Promise<void> {
    await Promise.all(
      conversations.map(async (conversation) => {
        try {
          const { total, reserved } = await withTimeout(ANSWER_MS, this.#deps.recall(conversation));
          this.#note({ conversation, total }, reserved, Date.now());
        } catch (error) {
          log({ level: 'warn', event: 'lease-not-recalled', reason: reasonOf(error) }, conversation);
        }
      }),
    );
  }

  #nextDayAt(now: number): number {
    const zone = this.#deps.settings()?.zone ?? 'UTC';
    const tomorrow = new Date(Date.parse(`${dateOf(now, zone)}T00:00:00Z`) + 24 * 3_600_000).toISOString();
    return Math.max(beginOf(tomorrow.slice(0, 10), zone), now + 1);
  }
}
