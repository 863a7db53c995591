import { reasonOf, report } from '../log.ts';
import { withTimeout } from '../timeout.ts';
import { alerts, type Raised } from './operator-alerts.ts';
import * as rules from './outage-rounds.ts';
import * as rows from './stores/outage-store.ts';

// The directory's part in an outage of the carrier: keeps the waiting conversations, has one of them try, and tells the
// others when the outage is over. Rows are written before each call: an interrupted call is repeated, and a
// conversation that is called twice does nothing twice.

const ANSWER_MS = 10_000;

export type OutagesDeps = {
  storage: DurableObjectStorage;
  raise: (raised: Raised) => void;
  /** Calls a conversation by its id; false when nothing waits there. */
  call: (conversation: string, word: 'try' | 'back', sender: string) => Promise<boolean>;
};

export class Outages {
  readonly #deps: OutagesDeps;

  constructor(deps: OutagesDeps) {
    this.#deps = deps;
  }

  get #sql(): SqlStorage {
    return this.#deps.storage.sql;
  }

  /** A conversation is refused, is taken again, or no longer waits. Repeating is harmless. */
  note(news: rules.OutageReport): void {
    const { sender, conversation } = news;
    const known = rows.readOutage(this.#sql, sender);
    const next = rules.applyNews(known, news, Date.now(), Math.random());
    this.#deps.storage.transactionSync(() => {
      if (news.news !== 'refuses') rows.removeWait(this.#sql, sender, conversation);
      else if (known?.overAt == null) rows.joinWait(this.#sql, sender, conversation);
      // It was told that the outage is over, and was refused again.
      else rows.putWait(this.#sql, sender, conversation, 0);
      if (next && next !== known) rows.saveOutage(this.#sql, next);
    });
    if (next?.overAt != null && known?.overAt == null) this.#isOver(next);
  }

  /** Makes one waiting conversation try now. False when there is no outage. */
  hurry(): boolean {
    const lasting = rows
      .listOutages(this.#sql)
      .filter((outage) => !rules.isOutageOver(outage) && outage.prober === null);
    for (const { sender } of lasting) this.#change(sender, { nextAt: Date.now() });
    return lasting.length > 0;
  }

  nextDueAt(): number | null {
    const due = rows.listOutages(this.#sql).map(rules.dueTimeOf);
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Does what is due now, for each address separately. */
  async run(now: number): Promise<void> {
    const outages = rows.listOutages(this.#sql);
    for (const outage of outages) this.#tell(outage, now);
    const due = outages.filter(({ nextAt }) => nextAt <= now);
    await Promise.all(
      due.map((outage) => (rules.isOutageOver(outage) ? this.#free(outage, now) : this.#probe(outage, now))),
    );
  }

  #tell(outage: rules.SenderOutage, now: number): void {
    if (outage.told || rules.isOutageOver(outage) || rules.tellAt(outage) > now) return;
    this.#deps.raise(alerts.carrierRefuses(outage, now));
    this.#change(outage.sender, { told: true });
  }

  #isOver(outage: rules.SenderOutage): void {
    const lasted = Date.now() - outage.beganAt;
    report({ level: 'info', event: 'carrier-takes-again', minutes: Math.round(lasted / 60_000) }, undefined);
    if (outage.told) this.#deps.raise(alerts.carrierTakesAgain(outage, Date.now()));
  }

  /** Has one waiting conversation try for all. */
  async #probe(outage: rules.SenderOutage, now: number): Promise<void> {
    const { sender } = outage;
    const [prober] = rows.listNextWaits(this.#sql, sender, 1);
    if (prober === undefined) {
      if (rows.readOutage(this.#sql, sender)?.told) this.#deps.raise(alerts.carrierUntried(outage));
      return rows.removeOutage(this.#sql, sender);
    }
    this.#deps.storage.transactionSync(() => {
      rows.putWait(this.#sql, sender, prober, now);
      this.#change(sender, { prober, nextAt: now + rules.PROBE_MAX_MS });
    });
    const tries = await this.#call(prober, 'try', sender);
    if (tries === true || rows.readOutage(this.#sql, sender)?.prober !== prober) return;
    const wait = tries === false ? 0 : rules.CALL_AGAIN_MS;
    this.#deps.storage.transactionSync(() => {
      if (tries === false) rows.removeCalled(this.#sql, sender, prober, now);
      this.#change(sender, { prober: null, nextAt: Date.now() + wait });
    });
  }

  /** Tells some waiting conversations that the outage is over. Those that cannot be told in time ask by themselves. */
  async #free({ sender, overAt }: rules.SenderOutage, now: number): Promise<void> {
    const waiting = rows.listNextWaits(this.#sql, sender, rules.FREED_AT_ONCE);
    const isLeft = now - (overAt ?? now) >= rules.FREE_FOR_MS;
    if (waiting.length === 0 || isLeft) return rows.removeOutage(this.#sql, sender);
    this.#deps.storage.transactionSync(() => {
      for (const conversation of waiting) rows.putWait(this.#sql, sender, conversation, now);
      this.#change(sender, { nextAt: now + rules.FREE_EVERY_MS });
    });
    await Promise.all(
      waiting.map(async (conversation) => {
        const isCalled = await this.#call(conversation, 'back', sender);
        if (isCalled !== null) rows.removeCalled(this.#sql, sender, conversation, now);
      }),
    );
  }

  #change(sender: string, change: Partial<rules.SenderOutage>): void {
    const outage = rows.readOutage(this.#sql, sender);
    if (outage) rows.saveOutage(this.#sql, { ...outage, ...change });
  }

  /** Null when the call failed. */
  async #call(conversation: string, word: 'try' | 'back', sender: string): Promise<boolean | null> {
    try {
      return await withTimeout(ANSWER_MS, this.#deps.call(conversation, word, sender));
    } catch (error) {
      report({ level: 'warn', event: 'carrier-word-undelivered', word, reason: reasonOf(error) }, conversation);
      return null;
    }
  }
}
