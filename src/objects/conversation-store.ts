import {
  type Attempt,
  type Conversation,
  hotPart,
  type Message,
  type Project,
  type Reply,
  type State,
  type Timer,
  type Turn,
} from '../turns/state.ts';
import { insert, rowOf, upsert } from './row-store.ts';

// The only SQL of a conversation. Loads the bounded hot part by indexed queries and writes back exactly the rows that
// changed. Column names are the state's names in snake case (row-store.ts).

const MESSAGES_MAX = 250;
const REPLIES_MAX = 20;

export type NewMessage = Omit<Message, 'seq' | 'state' | 'turn' | 'tried'>;

export class ConversationStore {
  readonly #storage: DurableObjectStorage;
  /**
   * What the hot part was after the last commit; null when that is not known. Nobody else writes the rows, so reading
   * them again would give the same (a test compares).
   */
  #hot: State | null = null;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  get #sql(): SqlStorage {
    return this.#storage.sql;
  }

  /** All of `work` or none of it. */
  transaction<T>(work: () => T): T {
    try {
      return this.#storage.transactionSync(work);
    } catch (error) {
      this.#hot = null;
      throw error;
    }
  }

  /** The conversation's row exists after the first message; before it nothing can happen to it. */
  exists(): boolean {
    return this.#sql.exec('SELECT 1 FROM conversation').toArray().length > 0;
  }

  /** The first rows of a conversation: the person's address, our address they wrote to, and a first project. */
  open(address: string, sender: string): void {
    const project: Project = { id: 'main', label: 'main', sessionId: null };
    const conversation: Conversation = {
      address,
      sender,
      project: project.id,
      nextReplySeq: 1,
      lastInboundId: null,
      paceUntil: 0,
      pacedReply: null,
      typingAt: 0,
    };
    insert(this.#sql, 'projects', project);
    insert(this.#sql, 'conversation', { id: 1, ...conversation });
  }

  dueTimers(now: number): Timer[] {
    return this.#all<Timer>('SELECT * FROM timers WHERE due_at <= ? ORDER BY due_at', now);
  }

  /** Whether a carrier id belongs to a reply. */
  hasSid(sid: string): boolean {
    return this.#all('SELECT 1 FROM replies WHERE sid = ?', sid).length > 0;
  }

  /** Adds the message, or returns null when the provider's id is known. */
  addMessage(message: NewMessage): Message | null {
    this.#hot = null;
    const row = this.#sql
      .exec(
        `INSERT INTO messages (provider_id, uuid, "from", "to", text, attachments, received_at, tried, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, 0, 'waiting') ON CONFLICT (provider_id) DO NOTHING RETURNING *`,
        message.providerId,
        message.uuid,
        message.from,
        message.to,
        message.text,
        message.attachments,
        message.receivedAt,
      )
      .toArray()[0];
    return row ? rowOf<Message>(row) : null;
  }

  /**
   * `reply`: one that must be in the state although it may be settled. `message`: one that has just come; with it, those
   * that wait for /retry.
   */
  load(need: { reply?: string; message?: Message }): State {
    const hot = this.#hot ?? this.#readHot();
    this.#hot = isWhole(hot) ? hot : null;
    return this.#withNamed(this.#withMessage(hot, need.message), need.reply);
  }

  #readHot(): State {
    const conversation = this.#one<Conversation>('SELECT * FROM conversation');
    if (!conversation) throw new Error('no conversation yet');
    const project = this.#one<Project>('SELECT * FROM projects WHERE id = ?', conversation.project);
    if (!project) throw new Error('the active project is missing');
    return {
      conversation,
      project,
      messages: this.#all<Message>(
        `SELECT * FROM messages WHERE state IN ('waiting', 'active') ORDER BY seq LIMIT ${MESSAGES_MAX}`,
      ),
      turns: this.#all<Turn>(`SELECT * FROM turns WHERE state = 'open'`),
      attempts: this.#all<Attempt>('SELECT * FROM attempts WHERE ended_at IS NULL'),
      replies: this.#all<Reply>(
        `SELECT * FROM replies WHERE state IN ('ready', 'sending', 'unknown') ORDER BY seq LIMIT ${REPLIES_MAX}`,
      ),
      timers: this.#all<Timer>('SELECT * FROM timers ORDER BY due_at'),
    };
  }

  #withMessage(state: State, message: Message | undefined): State {
    if (!message) return state;
    const failed = this.#all<Message>(`SELECT * FROM messages WHERE state = 'failed' ORDER BY seq LIMIT 100`);
    const beyond = state.messages.some((m) => m.seq === message.seq) ? [] : [message];
    return { ...state, messages: [...failed, ...state.messages, ...beyond].sort((a, b) => a.seq - b.seq) };
  }

  #withNamed(state: State, id: string | undefined): State {
    if (id === undefined || state.replies.some((r) => r.id === id)) return state;
    const named = this.#one<Reply>('SELECT * FROM replies WHERE id = ?', id);
    return named ? { ...state, replies: [named, ...state.replies] } : state;
  }

  /** Writes the rows by which `after` differs from `before`; what ended before what begins, as the unique indexes want. */
  save(before: State, after: State): void {
    const sql = this.#sql;
    if (before.conversation !== after.conversation)
      upsert(sql, 'conversation', ['id'], { id: 1, ...after.conversation });
    if (before.project !== after.project) upsert(sql, 'projects', ['id'], after.project);
    for (const turn of changed(before.turns, after.turns)) upsert(sql, 'turns', ['id'], turn);
    for (const attempt of changed(before.attempts, after.attempts)) upsert(sql, 'attempts', ['turn', 'n'], attempt);
    for (const { state, turn, tried, seq } of changed(before.messages, after.messages)) {
      sql.exec('UPDATE messages SET state = ?, turn = ?, tried = ? WHERE seq = ?', state, turn, Number(tried), seq);
    }
    for (const reply of changed(before.replies, after.replies)) upsert(sql, 'replies', ['id'], reply);
    for (const timer of changed(before.timers, after.timers)) upsert(sql, 'timers', ['kind', 'ref'], timer);
    for (const { kind, ref } of before.timers) {
      const kept = after.timers.some((t) => t.kind === kind && t.ref === ref);
      if (!kept) sql.exec('DELETE FROM timers WHERE kind = ? AND ref = ?', kind, ref);
    }
    if (this.#hot) this.#hot = hotPart(after);
  }

  #one<T>(query: string, ...params: SqlStorageValue[]): T | null {
    return this.#all<T>(query, ...params)[0] ?? null;
  }

  #all<T>(query: string, ...params: SqlStorageValue[]): T[] {
    return this.#sql
      .exec(query, ...params)
      .toArray()
      .map((row) => rowOf<T>(row));
  }
}

/** At a limit there may be more rows than were read, and one that leaves must be followed by the next. */
const isWhole = (state: State): boolean => state.messages.length < MESSAGES_MAX && state.replies.length < REPLIES_MAX;

/** Rows are immutable, so a row that is not the same object has changed. */
function changed<T>(before: readonly T[], after: readonly T[]): T[] {
  return after.filter((row) => !before.includes(row));
}
