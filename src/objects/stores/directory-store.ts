import { encodeTime, TIME_LEN } from 'ulid';
import * as z from 'zod';
import { json, Table } from './row-store.ts';

// The only SQL of the directory: alerts, their deliveries, watermarks. Every query uses an index and has a bound.

export type Alert = {
  id: string;
  cause: string;
  text: string;
  /** The opaque id of the conversation's object it is about, if it is about one. */
  conversation: string | null;
  /** What it is about in there: a reply's or a turn's id. */
  ref: string | null;
  /** How often it was raised within its hour. */
  count: number;
  firstAt: number;
  lastAt: number;
};

/** `address`: the operator's for a text, empty for the webhook. */
export type AlertDelivery = {
  alert: string;
  kind: 'text' | 'webhook';
  address: string;
  dueAt: number;
  attempts: number;
};

/**
 * How far one address's inbound messages were compared, by the carrier's clock: all up to `reached` were handed over, and
 * while there is a gap, all after `gapBelow` up to `gapTop` too. `recent`: the ids handed over just before `reached`.
 */
export type Watermark = {
  sender: string;
  reached: number | null;
  gapBelow: number | null;
  gapTop: number | null;
  recent: readonly string[];
  /** Since when no comparison has succeeded, or null. */
  failingSince: number | null;
};

const alerts = new Table<Alert>('alerts', ['id'], {});
const deliveries = new Table<AlertDelivery>('deliveries', ['alert', 'kind', 'address'], {});
const watermarks = new Table<Watermark>('watermarks', ['sender'], {
  recent: json<readonly string[]>(z.array(z.string())),
});

const DELETE_MAX = 100;

export class DirectoryStore {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(work);
  }

  addAlert(alert: Alert): void {
    alerts.insert(this.#storage.sql, alert);
  }

  /** The newest alert of the cause that was first raised at or after `since`. */
  alertsSince(cause: string, since: number): Alert[] {
    return alerts.select(
      this.#storage.sql,
      'SELECT * FROM alerts WHERE cause = ? AND first_at >= ? LIMIT 1000',
      cause,
      since,
    );
  }

  countAlert(id: string, lastAt: number): void {
    this.#storage.sql.exec('UPDATE alerts SET count = count + 1, last_at = ? WHERE id = ?', lastAt, id);
  }

  alert(id: string): Alert | null {
    return alerts.select(this.#storage.sql, 'SELECT * FROM alerts WHERE id = ?', id)[0] ?? null;
  }

  newestAlerts(limit: number): Alert[] {
    return alerts.select(this.#storage.sql, 'SELECT * FROM alerts ORDER BY id DESC LIMIT ?', limit);
  }

  /** A few at a time, so that no single alert pays for years. */
  deleteAlertsBefore(at: number): void {
    // Ids begin with their time.
    this.#storage.sql.exec(
      `DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE id < ? ORDER BY id LIMIT ${DELETE_MAX})`,
      encodeTime(at, TIME_LEN),
    );
  }

  putDelivery(delivery: AlertDelivery): void {
    deliveries.upsert(this.#storage.sql, delivery);
  }

  dueDeliveries(now: number, limit: number): AlertDelivery[] {
    return deliveries.select(
      this.#storage.sql,
      'SELECT * FROM deliveries WHERE due_at <= ? ORDER BY due_at LIMIT ?',
      now,
      limit,
    );
  }

  nextDueAt(): number | null {
    return deliveries.select(this.#storage.sql, 'SELECT * FROM deliveries ORDER BY due_at LIMIT 1')[0]?.dueAt ?? null;
  }

  removeDelivery({ alert, kind, address }: AlertDelivery): void {
    const query = 'DELETE FROM deliveries WHERE alert = ? AND kind = ? AND address = ?';
    this.#storage.sql.exec(query, alert, kind, address);
  }

  watermark(sender: string): Watermark {
    const [known] = watermarks.select(this.#storage.sql, 'SELECT * FROM watermarks WHERE sender = ?', sender);
    return known ?? { sender, reached: null, gapBelow: null, gapTop: null, recent: [], failingSince: null };
  }

  putWatermark(watermark: Watermark): void {
    watermarks.upsert(this.#storage.sql, watermark);
  }
}
