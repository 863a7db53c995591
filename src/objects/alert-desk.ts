import { sendersOf } from '../channels/registry.ts';
import type { Config } from '../config/config.ts';
import { reasonOf, report } from '../log.ts';
import { withTimeout } from '../timeout.ts';
import { MINUTE } from '../units.ts';
import { mayHear } from './admin-notices.ts';
import { postAlert } from './alert-webhook.ts';
import type { ConversationStub } from './namespaces.ts';
import { composeOperatorText, operatorAddressesOf, type Raised, redact } from './operator-alerts.ts';
import type { AuditEntry } from './stores/access-store.ts';
import type { Alert, AlertDelivery, DirectoryStore } from './stores/directory-store.ts';

// The directory's desk for alerts: keeps them, delivers each to the operators, and notes who has seen to it.

/** A lasting cause is alerted once an hour. */
const ONE_ALERT_MS = 60 * MINUTE;
/** Each conversation finds out by itself that a sender is blocked, as soon as it has something to send. */
const ONE_BLOCK_MS = 24 * 60 * MINUTE;
const quietFor = (cause: string): number => (/^sender-(un)?blocked/.test(cause) ? ONE_BLOCK_MS : ONE_ALERT_MS);
const KEPT_MS = 30 * 24 * 60 * MINUTE;
/** Waits double from here up to an hour, so a webhook that is down over a weekend misses nothing. */
const RETRY_MS = 5000;
const RETRY_MAX_MS = 60 * MINUTE;
const TRIES_MAX = 82;
const ANSWER_MS = 10_000;
const AT_ONCE = 20;
const LISTED_MAX = 100;

type Deps = {
  store: DirectoryStore;
  /** Null with a broken configuration. */
  config: () => Config | null;
  id: () => string;
  find: (address: string) => Promise<{ address: string; object: ConversationStub }>;
  record: (entry: AuditEntry) => void;
  arm: () => void;
};

export class AlertDesk {
  readonly #deps: Deps;
  readonly #store: DirectoryStore;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#store = deps.store;
  }

  /**
   * Alerts the operator once per cause and hour; durable when it returns. Each conversation has a row that counts
   * repeats.
   */
  raise({ cause, conversation, ref, text }: Raised): void {
    const now = Date.now();
    this.#store.transaction(() => {
      const recent = this.#store.alertsSince(cause, now - quietFor(cause));
      const known = recent.find((alert) => alert.conversation === conversation);
      if (known) return this.#store.countAlert(known.id, now);
      const alert = { id: this.#deps.id(), text: redact(text), cause, conversation, ref };
      this.#store.deleteAlertsBefore(now - KEPT_MS);
      const open = { acknowledgedAt: null, acknowledgedBy: null };
      this.#store.addAlert({ ...alert, ...open, count: 1, firstAt: now, lastAt: now });
      for (const target of recent.length > 0 ? [] : this.#targets()) {
        this.#store.putDelivery({ alert: alert.id, ...target, dueAt: now, attempts: 0 });
      }
      report({ level: 'error', event: 'alert', cause, ref }, conversation ?? undefined);
      this.#deps.arm();
    });
  }

  /** The newest alerts, newest first. */
  newest(): Alert[] {
    return this.#store.newestAlerts(LISTED_MAX);
  }

  /** An operator has seen to the alert. False when it is gone, or somebody had done so before. */
  acknowledge(id: string, by: string): boolean {
    return this.#store.transaction(() => {
      const isNew = this.#store.acknowledge(id, by, Date.now());
      const detail = this.#store.alert(id)?.cause ?? '';
      if (isNew) this.#deps.record({ actor: by, action: 'acknowledged an alert', subject: id, detail });
      return isNew;
    });
  }

  /** The deliveries that are due, noted as begun: one that ends this object is not repeated at once. */
  begin(now: number): AlertDelivery[] {
    return this.#store.dueDeliveries(now, AT_ONCE).map((delivery) => {
      const attempts = delivery.attempts + 1;
      const begun = { ...delivery, attempts, dueAt: now + ANSWER_MS + waitAfter(attempts) };
      this.#store.putDelivery(begun);
      return begun;
    });
  }

  /** A failing delivery stops no other. */
  async deliver(delivery: AlertDelivery): Promise<void> {
    try {
      const alert = this.#store.alert(delivery.alert);
      const config = this.#deps.config();
      if (alert && config)
        await withTimeout(
          ANSWER_MS,
          delivery.kind === 'text' ? this.#text(delivery, alert, config) : postAlert(alert, config, ANSWER_MS),
        );
      this.#store.removeDelivery(delivery);
    } catch (error) {
      const { kind, attempts } = delivery;
      const isLast = attempts >= TRIES_MAX;
      report({ level: 'error', event: 'alert-undelivered', kind, attempts, givenUp: isLast, reason: reasonOf(error) });
      if (isLast) this.#store.removeDelivery(delivery);
      else this.#store.putDelivery({ ...delivery, dueAt: Date.now() + waitAfter(attempts) });
      this.#deps.arm();
    }
  }

  async #text({ address }: AlertDelivery, alert: Alert, config: Config): Promise<void> {
    const operators = operatorAddressesOf(config.ADMIN_SENDERS, sendersOf(config));
    const sender = operators.find((operator) => operator.address === address)?.sender;
    // Former operators get no text.
    if (sender === undefined) return;
    const known = await this.#deps.find(address);
    const entry = await known.object.entry();
    if (entry !== null && !mayHear(entry)) return;
    const text = composeOperatorText(alert, config.PUBLIC_URL);
    await known.object.notify({ address: known.address, sender, id: alert.id, text });
  }

  #targets(): Pick<AlertDelivery, 'kind' | 'address'>[] {
    const config = this.#deps.config();
    if (!config) return [];
    const operators = operatorAddressesOf(config.ADMIN_SENDERS, sendersOf(config));
    const texts = operators.map(({ address }) => ({ kind: 'text' as const, address }));
    return config.ALERT_WEBHOOK_URL ? [...texts, { kind: 'webhook', address: '' }] : texts;
  }
}

/** The wait after this many tries. */
const waitAfter = (tries: number): number => Math.min(RETRY_MS * 2 ** (tries - 1), RETRY_MAX_MS);
