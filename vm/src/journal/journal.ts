import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { ulid } from 'ulid';
import type {
  AttemptEvent,
  AttemptView,
  EventBody,
  ProjectRepository,
  StartAttempt,
} from '../../../src/protocol/index.ts';
import { migrate, openExclusively, runInTransaction } from './database.ts';
import { stepsOf } from './steps.ts';

// The machine's journal of attempts and their events, and the database it lives in. Owns all SQL about them and nothing
// about how attempts run. Everything here survives SIGKILL: each method is one transaction, synced before it returns.

/** What is stored of a request: no token. */
export type AttemptRequest = Omit<StartAttempt, 'model_token' | 'git'> & { git?: ProjectRepository };
export type AttemptRecord = {
  conversation: string;
  view: AttemptView;
  dropped: string[];
  /** As the relay named the text; null from an earlier relay. */
  trace: string | null;
};

/** Every table but the journal's own row. A test compares. */
export const CONVERSATION_TABLES = [
  'events',
  'requests',
  'messages',
  'attempts',
  'session_entries',
  'received_files',
  'offered_files',
  'programs',
  'left_commands',
] as const;

const RETENTION_MS = 7 * 24 * 3_600_000;
/** The relay gives an attempt up long before this. */
const UNCLAIMED_MS = 30 * 24 * 3_600_000;

type Told<Type extends EventBody['type']> = Extract<EventBody, { type: Type }>;

export class Journal {
  readonly id: string;
  readonly db: DatabaseSync;

  /** Opens the journal in `dataDir` and keeps every other process out of it until this one ends. */
  constructor(dataDir: string, now: number) {
    mkdirSync(dataDir, { recursive: true });
    this.db = openExclusively(join(dataDir, 'journal.db'), dataDir);
    migrate(this.db);
    const row = this.db.prepare('SELECT id FROM journal').get();
    this.id = row ? String(row.id) : ulid(now);
    if (!row) this.db.prepare('INSERT INTO journal (id, created_at) VALUES (?, ?)').run(this.id, now);
  }

  find(conversation: string, attempt: string): AttemptRecord | null {
    const row = this.db
      .prepare(`SELECT state, last_seq, dropped, request ->> '$.trace' AS trace FROM attempts
         WHERE conversation = ? AND attempt = ?`)
      .get(conversation, attempt);
    if (!row) return null;
    return {
      conversation,
      view: {
        attempt,
        journal: this.id,
        state: row.state as AttemptView['state'],
        last_seq: Number(row.last_seq),
      },
      dropped: JSON.parse(String(row.dropped)) as string[],
      trace: row.trace === null ? null : String(row.trace),
    };
  }

  /** Attempts that have not ended: of one conversation, or of all. */
  open(conversation?: string): { conversation: string; attempt: string; isStopped: boolean }[] {
    const rows = this.db
      .prepare(
        "SELECT conversation, attempt, stopped_at FROM attempts WHERE state <> 'ended' AND conversation = ifnull(?, conversation)",
      )
      .all(conversation ?? null);
    return rows.map((row) => ({
      conversation: String(row.conversation),
      attempt: String(row.attempt),
      isStopped: row.stopped_at !== null,
    }));
  }

  begin(conversation: string, attempt: string, request: AttemptRequest, now: number): void {
    runInTransaction(this.db, () => {
      this.db
        .prepare(
          "INSERT INTO attempts (conversation, attempt, request, state, created_at) VALUES (?, ?, ?, 'accepted', ?)",
        )
        .run(conversation, attempt, JSON.stringify(request), now);
      for (const message of request.messages) this.#addMessage(conversation, attempt, message.uuid);
    });
  }

  /** Notes a stop that overtook its attempt: when the attempt arrives, it has already ended. */
  beginStopped(conversation: string, attempt: string, now: number): void {
    runInTransaction(this.db, () => {
      this.db
        .prepare(
          `INSERT INTO attempts (conversation, attempt, request, state, created_at, stopped_at) VALUES (?, ?, '{}', 'ended', ?, ?)`,
        )
        .run(conversation, attempt, now, now);
      const reason = 'stopped before it began';
      this.#append(conversation, attempt, [{ type: 'ending' }, { type: 'ended', outcome: 'stopped', reason }], now);
    });
  }

  /** Stores the stop before it is carried out, so that a crash in between doesn't undo it. */
  requestStop(conversation: string, attempt: string, now: number): void {
    this.db
      .prepare('UPDATE attempts SET stopped_at = ifnull(stopped_at, ?) WHERE conversation = ? AND attempt = ?')
      .run(now, conversation, attempt);
  }

  /** Notes a steered message; false when the attempt already has it. */
  addMessage(conversation: string, attempt: string, uuid: string): boolean {
    return this.#addMessage(conversation, attempt, uuid);
  }

  hasMessage(conversation: string, attempt: string, uuid: string): boolean {
    const query = 'SELECT 1 FROM messages WHERE conversation = ? AND attempt = ? AND uuid = ?';
    return this.db.prepare(query).get(conversation, attempt, uuid) !== undefined;
  }

  /** All messages of the attempts that had this one, including itself. */
  beside(conversation: string, uuid: string): string[] {
    const query = `SELECT DISTINCT other.uuid FROM messages AS one JOIN messages AS other USING (conversation, attempt)
      WHERE one.conversation = ? AND one.uuid = ? LIMIT 200`;
    return this.db
      .prepare(query)
      .all(conversation, uuid)
      .map((row) => String(row.uuid));
  }

  /** All messages of the attempt. */
  messagesOf(conversation: string, attempt: string): string[] {
    const query = 'SELECT uuid FROM messages WHERE conversation = ? AND attempt = ?';
    return this.db
      .prepare(query)
      .all(conversation, attempt)
      .map((row) => String(row.uuid));
  }

  /** For each of these messages, the turn it first came with. */
  firstTurns(conversation: string, uuids: readonly string[]): Map<string, string> {
    const query = `SELECT uuid, min(attempt) AS first FROM messages
      WHERE conversation = ? AND uuid IN (SELECT value FROM json_each(?)) GROUP BY uuid`;
    const rows = this.db.prepare(query).all(conversation, JSON.stringify(uuids));
    return new Map(rows.map(({ uuid, first }) => [String(uuid), String(first).split('.')[0] ?? '']));
  }

  /** Answers to these messages that earlier attempts reported, unchanged. */
  resultsBefore(conversation: string, attempt: string, uuids: readonly string[]): Told<'result'>[] {
    const query = `SELECT body FROM events WHERE conversation = ?1 AND body ->> 'type' = 'result' AND attempt IN (
        SELECT attempt FROM messages WHERE conversation = ?1 AND attempt <> ?2 AND uuid IN (SELECT value FROM json_each(?3))
      ) ORDER BY at, attempt, seq`;
    const rows = this.db.prepare(query).all(conversation, attempt, JSON.stringify(uuids));
    const results = rows.map(({ body }) => JSON.parse(String(body)) as Told<'result'>);
    return results.filter((result) => result.user_message_uuids.some((uuid) => uuids.includes(uuid)));
  }

  #addMessage(conversation: string, attempt: string, uuid: string): boolean {
    const query = 'INSERT OR IGNORE INTO messages (conversation, attempt, uuid) VALUES (?, ?, ?)';
    return this.db.prepare(query).run(conversation, attempt, uuid).changes === 1;
  }

  /** Numbers and stores events, all or none. The attempt's state follows from them. */
  append(conversation: string, attempt: string, bodies: readonly EventBody[], now: number): void {
    runInTransaction(this.db, () => this.#append(conversation, attempt, bodies, now));
  }

  #append(conversation: string, attempt: string, bodies: readonly EventBody[], now: number): void {
    let seq = this.find(conversation, attempt)?.view.last_seq ?? 0;
    const insert = this.db.prepare('INSERT INTO events (conversation, attempt, seq, at, body) VALUES (?, ?, ?, ?, ?)');
    const add = (body: EventBody): void => {
      seq += 1;
      insert.run(conversation, attempt, seq, now, JSON.stringify(body));
    };
    for (const body of bodies) {
      const steps = body.type === 'ended' ? stepsOf(this.db, conversation, attempt) : null;
      if (steps !== null) add(steps);
      add(body);
    }
    const state = bodies.some((body) => body.type === 'ended') ? 'ended' : 'running';
    this.db
      .prepare('UPDATE attempts SET state = ?, last_seq = ? WHERE conversation = ? AND attempt = ?')
      .run(state, seq, conversation, attempt);
  }

  /** Deletes all rows of the conversation, and writes the file anew without them. */
  forgetConversation(conversation: string): void {
    runInTransaction(this.db, () => {
      for (const table of CONVERSATION_TABLES)
        this.db.prepare(`DELETE FROM ${table} WHERE conversation = ?`).run(conversation);
    });
    // The file keeps what was deleted, and older copies of rows, until it is written anew; so does its log.
    this.db.exec('VACUUM');
    this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  eventsAfter(conversation: string, attempt: string, seq: number, limit: number): AttemptEvent[] {
    return this.db
      .prepare(
        'SELECT seq, at, body FROM events WHERE conversation = ? AND attempt = ? AND seq > ? ORDER BY seq LIMIT ?',
      )
      .all(conversation, attempt, seq, limit)
      .map((row) => ({
        attempt,
        journal: this.id,
        seq: Number(row.seq),
        at: Number(row.at),
        event: JSON.parse(String(row.body)) as EventBody,
      }));
  }

  /**
   * Names of tools that earlier attempts at these messages began and never saw end, oldest first. Each attempt was told
   * about the cut tools before it. Once it has finished a tool of its own, it could check them, so they are not named
   * again.
   */
  unfinishedTools(conversation: string, attempt: string): string[] {
    const mine = 'SELECT uuid FROM messages WHERE conversation = ? AND attempt = ?';
    const earlier = `SELECT attempt FROM messages WHERE conversation = ? AND attempt <> ? AND uuid IN (${mine})`;
    const rows = this.db
      .prepare(
        `SELECT attempt, body FROM events WHERE conversation = ? AND attempt IN (${earlier})
           AND body ->> 'type' IN ('tool_started', 'tool_ended') ORDER BY at DESC, seq DESC LIMIT 5000`,
      )
      .all(conversation, conversation, attempt, conversation, attempt)
      .reverse();
    const open = new Map<string, { name: string; attempt: unknown }>();
    for (const row of rows) {
      const body = JSON.parse(String(row.body)) as EventBody;
      if (body.type === 'tool_started') open.set(body.tool_use_id, { name: body.name, attempt: row.attempt });
      if (body.type !== 'tool_ended') continue;
      for (const [id, tool] of open) if (id === body.tool_use_id || tool.attempt !== row.attempt) open.delete(id);
    }
    return [...open.values()].map(({ name }) => name);
  }

  /** The result of a message's check in an earlier attempt of the turn. */
  checkedBefore(conversation: string, attempt: string, uuid: string): Told<'checked'> | null {
    const turn = attempt.split('.')[0] ?? '';
    const row = this.db
      .prepare(
        `SELECT body FROM events WHERE conversation = ? AND attempt >= ? AND attempt < ?
           AND body ->> 'type' = 'checked' AND body ->> 'uuid' = ? ORDER BY at DESC LIMIT 1`,
      )
      .get(conversation, `${turn}.`, `${turn}/`, uuid);
    return row ? JSON.parse(String(row.body)) : null;
  }

  keepDropped(conversation: string, attempt: string, dropped: readonly string[]): void {
    this.db
      .prepare('UPDATE attempts SET dropped = ? WHERE conversation = ? AND attempt = ?')
      .run(JSON.stringify(dropped), conversation, attempt);
  }

  acknowledge(conversation: string, attempt: string, now: number): void {
    this.db
      .prepare(
        'UPDATE attempts SET acknowledged_at = ifnull(acknowledged_at, ?) WHERE conversation = ? AND attempt = ?',
      )
      .run(now, conversation, attempt);
  }

  /** Deletes attempts that were acknowledged a week ago, and unclaimed ones after a month. Transcripts stay. */
  forgetOld(now: number): void {
    const isOld = "acknowledged_at < ? OR (created_at < ? AND state = 'ended')";
    const old = `SELECT conversation, attempt FROM attempts WHERE ${isOld}`;
    const before = [now - RETENTION_MS, now - UNCLAIMED_MS];
    runInTransaction(this.db, () => {
      this.db.prepare(`DELETE FROM events WHERE (conversation, attempt) IN (${old})`).run(...before);
      this.db.prepare(`DELETE FROM messages WHERE (conversation, attempt) IN (${old})`).run(...before);
      this.db.prepare(`DELETE FROM requests WHERE (conversation, attempt) IN (${old})`).run(...before);
      this.db.prepare(`DELETE FROM attempts WHERE ${isOld}`).run(...before);
    });
  }

  close(): void {
    this.db.close();
  }
}
