import { PAGE_FOR_MS } from '../../conversation/policy/outbox.ts';
import { type Readers, withReads } from '../../conversation/state/readers.ts';
import type { Read } from '../../conversation/state/reads.ts';
import type { Message, Page, Reply } from '../../conversation/state/rows.ts';
import {
  FIRST_PROJECT,
  findUntoldTurns,
  hotPart,
  newConversation,
  newProject,
  type State,
} from '../../conversation/state/state.ts';
import type { Timer } from '../../conversation/state/timers.ts';
import { addFiles, fileReaders, type NewFile } from './attachment-store.ts';
import { archivesOf, backupReaders } from './backup-store.ts';
import * as tables from './conversation-tables.ts';
import { readMachine, saveMachine } from './machine-store.ts';
import { addMessage, failedMessages, messageReaders, type NewMessage, nextMessageSeq } from './message-store.ts';
import { outgoingFileReaders, unsettledFiles, withMedia } from './outgoing-file-store.ts';
import { projectReaders } from './project-store.ts';
import { questionReaders, saveGrants } from './question-store.ts';
import { REPLIES_MAX, replyReaders } from './reply-store.ts';
import { select } from './row-store.ts';
import { openRuns, saveSchedules, scheduleReaders, withRunsOfMessages } from './schedule-store.ts';
import { primerReaders } from './session-primer-store.ts';

// The only SQL of a conversation. Loads the bounded hot part by indexed queries and writes back exactly the rows that
// changed. How its rows stand in their tables is conversation-tables.ts.

const MESSAGES_MAX = 250;
const TROUBLED_MAX = 100;

/** A reply an operator may have to look at. */
export type TroubledReply = Pick<Reply, 'id' | 'state' | 'kind' | 'errorCode' | 'createdAt' | 'troubledSince' | 'body'>;

export class ConversationStore {
  readonly #storage: DurableObjectStorage;
  readonly #readers: Readers;
  /**
   * What the hot part was after the last commit; null when that is not known. Nobody else writes the rows, so reading
   * them again would give the same (a test compares).
   */
  #hot: State | null = null;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    const { sql } = storage;
    this.#readers = {
      ...messageReaders(sql),
      ...fileReaders(sql),
      ...replyReaders(sql),
      ...pageReaders(sql),
      ...primerReaders(sql),
      ...backupReaders(sql),
      ...projectReaders(sql),
      ...questionReaders(sql),
      ...outgoingFileReaders(sql),
      ...scheduleReaders(sql),
    };
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
    return this.#hot !== null || select(this.#sql, 'SELECT 1 FROM conversation').length > 0;
  }

  /** The first rows of a conversation: the person's address, our address they wrote to, and a first project. */
  open(address: string, sender: string, now: number): void {
    const project = newProject(FIRST_PROJECT, FIRST_PROJECT, now);
    tables.projects.insert(this.#sql, project);
    tables.conversations.insert(this.#sql, newConversation(address, sender), { id: 1 });
  }

  dueTimers(now: number): Timer[] {
    return tables.timers.select(this.#sql, 'SELECT * FROM timers WHERE due_at <= ? ORDER BY due_at', now);
  }

  /** The reply that a carrier id belongs to. */
  bound(sid: string): Pick<Reply, 'id' | 'attempt' | 'state'> | null {
    return (
      tables.replies.select(this.#sql, 'SELECT * FROM replies WHERE sid = ? OR doubled_sid = ?', sid, sid)[0] ?? null
    );
  }

  /** Adds the message, or returns null when the provider's id is known. */
  addMessage(message: NewMessage): Message | null {
    this.#hot = null;
    return addMessage(this.#sql, message);
  }

  /** The number of the message after the newest one. */
  nextMessageSeq(): number {
    return nextMessageSeq(this.#sql);
  }

  /** What came with a message that has just been added. */
  addFiles(message: number, files: readonly NewFile[]): void {
    addFiles(this.#sql, message, files);
  }

  /** The hot part, and what is to be read besides: what a decision reads may follow from the hot part itself. */
  load(reads: readonly Read[] | ((hot: State) => readonly Read[]) = []): State {
    const hot = this.#hot ?? this.#readHot();
    this.#hot = isWhole(hot) ? hot : null;
    const state = withReads(hot, typeof reads === 'function' ? reads(hot) : reads, this.#readers);
    return withMedia(this.#sql, withRunsOfMessages(this.#sql, state));
  }

  /** A long answer as it was written, or null when it is not kept any more. */
  page(id: string): Page | null {
    return tables.pages.select(this.#sql, 'SELECT * FROM pages WHERE id = ?', id)[0] ?? null;
  }

  /** What the project of a page is called. The reply that brings its link is made right after it, so it has the next id. */
  projectOfPage(id: string): string | null {
    const [row] = select<{ label: string }>(
      this.#sql,
      `SELECT p.label FROM turns t JOIN projects p ON p.id = t.project
       WHERE t.id = (SELECT turn FROM replies WHERE id > ? ORDER BY id LIMIT 1)`,
      id,
    );
    return row?.label ?? null;
  }

  /** The newest replies that are held, parked or failed. */
  troubled(): TroubledReply[] {
    return select<TroubledReply>(
      this.#sql,
      `SELECT id, state, kind, error_code, created_at, troubled_since, body FROM replies
       WHERE state IN ('parked', 'held', 'failed') ORDER BY seq DESC LIMIT ${TROUBLED_MAX}`,
    );
  }

  isTroubled(id: string): boolean {
    return (
      select(this.#sql, `SELECT id FROM replies WHERE id = ? AND state IN ('parked', 'held', 'failed')`, id).length > 0
    );
  }

  /** Puts a timer off whose work failed, or takes it away. */
  putOff({ kind, ref }: Timer, dueAt: number | null): void {
    this.#hot = null;
    if (dueAt === null) this.#sql.exec('DELETE FROM timers WHERE kind = ? AND ref = ?', kind, ref);
    else {
      const query = 'UPDATE timers SET due_at = ?, attempts = attempts + 1 WHERE kind = ? AND ref = ?';
      this.#sql.exec(query, dueAt, kind, ref);
    }
  }

  #readHot(): State {
    const sql = this.#sql;
    const [conversation] = tables.conversations.select(sql, 'SELECT * FROM conversation');
    if (!conversation) throw new Error('no conversation yet');
    const state: State = {
      conversation,
      machine: readMachine(this.#sql),
      projects: tables.projects.select(
        this.#sql,
        'SELECT * FROM projects WHERE archived_at IS NULL ORDER BY created_at, id',
      ),
      sessions: tables.sessions.select(
        this.#sql,
        'SELECT s.* FROM projects p JOIN sessions s ON s.id = p.session_id WHERE p.archived_at IS NULL',
      ),
      archives: archivesOf(this.#sql),
      files: tables.files.select(
        this.#sql,
        `SELECT f.* FROM messages m JOIN files f ON f.message = m.seq WHERE m.state IN ('waiting', 'active')`,
      ),
      outgoing: unsettledFiles(this.#sql),
      questions: tables.questions.select(
        this.#sql,
        `SELECT * FROM questions WHERE state <> 'closed' ORDER BY asked_at, id`,
      ),
      grants: [],
      messages: tables.messages.select(
        this.#sql,
        `SELECT * FROM messages WHERE state IN ('waiting', 'active') ORDER BY seq LIMIT ${MESSAGES_MAX}`,
      ),
      turns: tables.turns.select(this.#sql, `SELECT * FROM turns WHERE state = 'open'`),
      attempts: tables.attempts.select(this.#sql, 'SELECT * FROM attempts WHERE ended_at IS NULL'),
      replies: tables.replies.select(
        this.#sql,
        `SELECT * FROM replies WHERE state IN ('ready', 'sending', 'unknown', 'held') ORDER BY seq LIMIT ${REPLIES_MAX}`,
      ),
      timers: tables.timers.select(this.#sql, 'SELECT * FROM timers ORDER BY due_at'),
      windows: tables.windows.select(this.#sql, 'SELECT * FROM windows'),
      pages: [],
      recent: [],
      ...openRuns(this.#sql),
      reads: [],
    };
    const untold = failedMessages(sql, 'turn', findUntoldTurns(state));
    const messages = [...state.messages, ...untold].sort((a, b) => a.seq - b.seq);
    return withMedia(sql, untold.length === 0 ? state : { ...state, messages });
  }

  /** Writes the rows by which `after` differs from `before`; what ended before what begins, as the unique indexes want. */
  save(before: State, after: State): void {
    const sql = this.#sql;
    if (before.conversation !== after.conversation)
      tables.conversations.update(sql, before.conversation, after.conversation);
    if (before.machine !== after.machine) saveMachine(sql, after.machine);
    tables.projects.save(sql, before.projects, after.projects);
    tables.sessions.save(sql, before.sessions, after.sessions);
    tables.archives.save(sql, before.archives, after.archives);
    tables.files.save(sql, before.files, after.files);
    tables.outgoing.save(sql, before.outgoing, after.outgoing);
    tables.questions.save(sql, before.questions, after.questions);
    saveGrants(sql, before.grants, after.grants);
    tables.turns.save(sql, before.turns, after.turns);
    tables.attempts.save(sql, before.attempts, after.attempts);
    tables.messages.save(sql, before.messages, after.messages, (message) => tables.messages.insert(sql, message));
    tables.replies.save(sql, before.replies, after.replies);
    tables.windows.save(sql, before.windows, after.windows);
    for (const page of after.pages) if (!before.pages.includes(page)) this.#savePage(page);
    saveSchedules(sql, before, after);
    tables.timers.save(sql, before.timers, after.timers);
    for (const { kind, ref } of before.timers) {
      const kept = after.timers.some((t) => t.kind === kind && t.ref === ref);
      if (!kept) sql.exec('DELETE FROM timers WHERE kind = ? AND ref = ?', kind, ref);
    }
    if (this.#hot) this.#hot = hotPart(after);
  }

  /** Pages nobody can open any more go when the next one comes. */
  #savePage(page: Page): void {
    tables.pages.upsert(this.#sql, page);
    if (page.nextPart <= 1) this.#sql.exec('DELETE FROM pages WHERE created_at < ?', page.createdAt - PAGE_FOR_MS);
  }
}

const pageReaders = (sql: SqlStorage) =>
  ({
    'newest-page': (state) => ({
      ...state,
      pages: tables.pages.select(sql, 'SELECT * FROM pages ORDER BY id DESC LIMIT 1'),
    }),
  }) satisfies Partial<Readers>;

/** At a limit there may be more rows than were read, and one that leaves must be followed by the next. */
const isWhole = (state: State): boolean => state.messages.length < MESSAGES_MAX && state.replies.length < REPLIES_MAX;
