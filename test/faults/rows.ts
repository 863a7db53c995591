import { setTimeout as pause } from 'node:timers/promises';
import { openObjectFiles } from '../relay/object-files.ts';

// Reads the SQLite files of all objects, also of a killed relay. Read only.

export type ConversationStanding = {
  address: string;
  /** `requested`, `running`, `ending`; `between` for an open turn without an attempt; `gathering`; else `idle`. */
  attempt: string;
  turn: string | null;
  /** States of the replies that are not handed over yet. */
  replies: string[];
  /** Carrier ids of the texts of the open turn. */
  active: string[];
};
export type Kept = { address: string; seq: number; providerId: string; state: string; turn: string | null };

/** A schedule, and what its runs left. `runs` as due time and state, `timers` as kind and due time. */
export type PlannedSchedule = {
  id: number;
  state: string;
  nextAt: number | null;
  runs: { id: string; dueAt: number; state: string }[];
  timers: { kind: string; dueAt: number }[];
  /** The product's own messages with the tasks of its runs. */
  tasks: number;
  /** The state of its words for others. */
  given: string[];
};

const BACKED_UP_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 100;

type Row = Record<string, unknown>;

export class ObjectRows {
  readonly #folder: string;
  readonly #addresses = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  standings(): ConversationStanding[] {
    return this.#each((query, address) => {
      const turn = query(`SELECT id FROM turns WHERE state = 'open'`)[0]?.id;
      const attempt = query('SELECT state FROM attempts WHERE ended_at IS NULL')[0]?.state;
      const waits = query(`SELECT 1 FROM messages WHERE state = 'waiting' LIMIT 1`).length > 0;
      const idle = turn ? 'between' : waits ? 'gathering' : 'idle';
      return [
        {
          address,
          attempt: String(attempt ?? idle),
          turn: turn === undefined ? null : String(turn),
          replies: query(`SELECT state FROM replies WHERE state IN ('ready', 'sending', 'unknown') ORDER BY seq`).map(
            ({ state }) => String(state),
          ),
          active: query(`SELECT provider_id FROM messages WHERE state = 'active' ORDER BY seq`).map((row) =>
            String(row.provider_id),
          ),
        },
      ];
    });
  }

  messages(): Kept[] {
    return this.#each((query, address) =>
      query('SELECT seq, provider_id, state, turn FROM messages ORDER BY seq').map((row) => ({
        address,
        seq: Number(row.seq),
        providerId: String(row.provider_id),
        state: String(row.state),
        turn: row.turn === null ? null : String(row.turn),
      })),
    );
  }

  /**
   * Everything from which something could still be sent; empty when the relay is at rest. Leaves out things that only
   * wait for a day (schedules, expiring files, checks for sleeping machines) and the texts in `kept`, by carrier id.
   */
  unfinished(kept: ReadonlySet<string> = new Set()): string[] {
    return this.#each((query, address) =>
      query(
        `SELECT 'turn ' || id AS what, '' AS provider_id FROM turns WHERE state = 'open'
         UNION ALL SELECT 'attempt ' || n || ' ' || state, '' FROM attempts WHERE ended_at IS NULL
         UNION ALL SELECT 'message ' || state, provider_id FROM messages WHERE state <> 'consumed'
         UNION ALL SELECT 'reply ' || state, '' FROM replies
           WHERE state NOT IN ('accepted', 'sent', 'delivered', 'read', 'replaced', 'dropped')
         UNION ALL SELECT 'timer ' || kind, '' FROM timers WHERE kind NOT IN ('schedule', 'wake', 'snooze', 'expire', 'sleep')`,
      )
        .filter((row) => !kept.has(String(row.provider_id)))
        .map(({ what }) => `${address}: ${String(what)}`),
    );
  }

  schedules(): PlannedSchedule[] {
    return this.#each((query) =>
      query('SELECT id, state, next_at FROM schedules ORDER BY id').map((row) => {
        const id = String(row.id);
        const runs = query('SELECT id, due_at, state FROM runs WHERE schedule = ? ORDER BY id', id);
        const tasks = query('SELECT 1 FROM messages WHERE run IN (SELECT id FROM runs WHERE schedule = ?)', id);
        const timers = query(
          `SELECT kind, due_at FROM timers WHERE kind IN ('schedule', 'wake', 'snooze') AND ref = ?`,
          id,
        );
        const given = query('SELECT state FROM deliveries WHERE run IN (SELECT id FROM runs WHERE schedule = ?)', id);
        return {
          id: Number(id),
          given: given.map(({ state }) => String(state)),
          state: String(row.state),
          nextAt: row.next_at === null ? null : Number(row.next_at),
          runs: runs.map((run) => ({ id: String(run.id), dueAt: Number(run.due_at), state: String(run.state) })),
          timers: timers.map((timer) => ({ kind: String(timer.kind), dueAt: Number(timer.due_at) })),
          tasks: tasks.length,
        };
      }),
    );
  }

  /** A conversation has tried in vain more than once, or waits until another one gets through. */
  isAnybodyWaitingForCarrier(): boolean {
    const waiting = `json_extract(outage, '$.waits') OR json_extract(outage, '$.tries') > 1`;
    return this.#each((query) => query(`SELECT 1 FROM conversation WHERE ${waiting}`)).length > 0;
  }

  /** A reply is known by that id. */
  isKnown(sid: string): boolean {
    return this.#each((query) => query('SELECT 1 FROM replies WHERE sid = ?', sid)).length > 0;
  }

  /** Resolves when the relay says that nothing of the conversation is left to back up. */
  async backedUp(phone: string): Promise<void> {
    const isLeft = (): boolean =>
      this.#each((query, address) => (address === phone ? query(`SELECT 1 FROM timers WHERE kind = 'archive'`) : []))
        .length > 0;
    const deadline = Date.now() + BACKED_UP_WITHIN_MS;
    while (isLeft() && Date.now() < deadline) await pause(LOOK_EVERY_MS);
  }

  /** The rows with the fate of one message, for people. */
  about(address: string, providerId: string): string[] {
    return this.#each((query, owner) => {
      if (owner !== address) return [];
      const message = query('SELECT * FROM messages WHERE provider_id = ?', providerId);
      const turn = message[0]?.turn as string | null | undefined;
      return [
        ...message,
        ...query('SELECT * FROM attempts WHERE turn = ?', turn ?? ''),
        ...query('SELECT * FROM replies WHERE turn = ?', turn ?? ''),
        ...query('SELECT * FROM timers'),
      ].map((row) => JSON.stringify(row));
    });
  }

  #each<T>(read: (query: (sql: string, ...params: string[]) => Row[], address: string) => T[]): T[] {
    return openObjectFiles(this.#folder).flatMap(({ name, database }) => {
      const query = (sql: string, ...params: string[]): Row[] => database.prepare(sql).all(...params) as Row[];
      const address = this.#addresses.get(name) ?? addressIn(query);
      if (address === null) return [];
      this.#addresses.set(name, address);
      return read(query, address);
    });
  }
}

/** Null for a file without a conversation. */
function addressIn(query: (sql: string) => Row[]): string | null {
  if (query(`SELECT 1 FROM sqlite_master WHERE name = 'conversation'`).length === 0) return null;
  const row = query('SELECT address FROM conversation')[0];
  return row ? String(row.address) : null;
}
