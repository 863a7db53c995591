import { encodeTime, TIME_LEN } from 'ulid';
import * as z from 'zod/mini';
import { json, Table } from './row-store.ts';

// The only SQL of the directory: alerts, their deliveries, watermarks. Every query uses an index and has a bound.

export type Alert = {
  id: string;
  cause: string;
  text: string;
  /** The opaque id of the conversation that the alert is about, or null. */
  conversation: string | null;
  /** The reply or turn in that conversation, or null. */
  ref: string | null;
  /** How often the alert was raised within its hour. */
  count: number;
  firstAt: number;
  lastAt: number;
  /** When an operator saw to it, and who; null before. */
  acknowledgedAt: number | null;
  acknowledgedBy: string | null;
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
 * How far the inbound messages of one address were compared, by the carrier's clock: all up to `reached` were handed
 * over, and during a gap also all after `gapBelow` up to `gapTop`. `recent`: the ids handed over just before `reached`.
 */
export type Watermark = {
  sender: string;
  reached: number | null;
  gapBelow: number | null;
  gapTop: number | null;
  recent: readonly string[];
  /** Since when every comparison has failed, or null. */
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

  /** The newest alert of this cause, if it was first raised at or after `since`. */
  alertsSince(cause: string, since: number): Alert[] {
    return alerts.select(
      this.#storage.sql,
      'SELECT * FROM alerts WHERE cause = ? AND first_at >= ? LIMIT 1000',
      cause,
      since,
    );
  }

  countAlert(id: string, lastAt: number): void {
    this.#storage.sql.exec(
      'UPDATE alerts SET count = count + 1, last_at = ?, acknowledged_at = NULL, acknowledged_by = NULL WHERE id = ?',
      lastAt,
      id,
    );
  }

  /** False when it is gone, or somebody has seen to it. */
  acknowledge(id: string, by: string, at: number): boolean {
    const query = 'UPDATE alerts SET acknowledged_at = ?, acknowledged_by = ? WHERE id = ? AND acknowledged_at IS NULL';
    return this.#storage.sql.exec(query, at, by, id).rowsWritten > 0;
  }

  alert(id: string): Alert | null {
    return alerts.select(this.#storage.sql, 'SELECT * FROM alerts WHERE id = ?', id)[0] ?? null;
  }

  newestAlerts(limit: number): Alert[] {
    return alerts.select(this.#storage.sql, 'SELECT * FROM alerts ORDER BY id DESC LIMIT ?', limit);
  }

  /** Deletes a few at a time, so that no single alert pays for years of them. */
  deleteAlertsBefore(at: number): void {
    // Ids are ULIDs, which begin with their time.
    this.#storage.sql.exec(
      `DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE id < ? ORDER BY id LIMIT ${DELETE_MAX})`,
      encodeTime(at, TIME_LEN),
    );
  }

  /** Deletes the alerts about a conversation, told or not. */
  forget(conversation: string): void {
    const { sql } = this.#storage;
    sql.exec('DELETE FROM deliveries WHERE alert IN (SELECT id FROM alerts WHERE conversation = ?)', conversation);
    sql.exec('DELETE FROM alerts WHERE conversation = ?', conversation);
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
