import { PAGE_FOR_MS, REPLIES_MAX } from '../../conversation/policy/outbox.ts';
import { type Readers, withReads } from '../../conversation/state/readers.ts';
import type { Read } from '../../conversation/state/reads.ts';
import type { Page, Reply } from '../../conversation/state/rows.ts';
import {
  FIRST_PROJECT,
  findUntoldTurns,
  hotPartOf,
  newConversation,
  newProject,
  type State,
} from '../../conversation/state/state.ts';
import type { Timer } from '../../conversation/state/timers.ts';
import { hasTables } from '../migrations.ts';
import { fileReaders } from './attachment-store.ts';
import { archivesOf, backupReaders } from './backup-store.ts';
import { readConnections, saveConnections } from './connection-store.ts';
import * as tables from './conversation-tables.ts';
import { saveDiff } from './diff-store.ts';
import { forgetAll, withKeptLimits } from './forgotten-store.ts';
import { readMachine, saveMachine } from './machine-store.ts';
import { emptyRows } from './merge-store.ts';
import { findFailedMessages, findNextMessageSeq, isKnownMessage, messageReaders } from './message-store.ts';
import { outgoingFileReaders, unsettledFiles, withMedia } from './outgoing-file-store.ts';
import { readPerson, savePerson } from './person-store.ts';
import { projectReaders } from './project-store.ts';
import { pullRequestReaders, savePulls } from './pull-request-store.ts';
import { questionReaders, saveGrants } from './question-store.ts';
import { readOpenReplies, replyReaders } from './reply-store.ts';
import { type Emptied, emptyOldTexts } from './retention-store.ts';
import { select } from './row-store.ts';
import { findOpenRuns, saveSchedules, scheduleReaders, withRunsOfMessages } from './schedule-store.ts';
import { primerReaders } from './session-primer-store.ts';
import { readSignpost, type Signpost, writeSignpost } from './signpost-store.ts';
import { saveSteps } from './steps-store.ts';

// The store of one conversation. Loads the bounded hot part by indexed queries and writes back exactly the rows that
// changed. conversation-tables.ts maps rows to tables.

const MESSAGES_MAX = 250;
const TROUBLED_MAX = 100;

/** A reply that may need an operator. */
export type TroubledReply = Pick<Reply, 'id' | 'state' | 'kind' | 'errorCode' | 'createdAt' | 'troubledSince' | 'body'>;

export class ConversationStore {
  readonly #storage: DurableObjectStorage;
  readonly #readers: Readers;
  /**
   * The hot part after the last commit; null if unknown. Only this store writes the rows, so reading them again gives
   * the same (a test compares).
   */
  #hot: State | null = null;
  #hasTables = false;

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
      ...pullRequestReaders(sql),
    };
  }

  get #sql(): SqlStorage {
    return this.#storage.sql;
  }

  /** Commits all of `work` or nothing. */
  transaction<T>(work: () => T): T {
    try {
      return this.#storage.transactionSync(work);
    } catch (error) {
      this.#hot = null;
      this.#hasTables = false;
      throw error;
    }
  }

  /** True after the first message, which creates the conversation's row. Without the row nothing can happen. */
  exists(): boolean {
    if (this.#hot !== null) return true;
    this.#hasTables ||= hasTables(this.#storage);
    return this.#hasTables && select(this.#sql, 'SELECT 1 FROM conversation').length > 0;
  }

  /**
   * Creates the first rows of a conversation: the person's address, our address that they texted, and a first project.
   */
  open(address: string, sender: string, now: number): void {
    const project = newProject(FIRST_PROJECT, FIRST_PROJECT, now);
    tables.projects.insert(this.#sql, project);
    tables.conversations.insert(this.#sql, withKeptLimits(this.#storage, newConversation(address, sender)), { id: 1 });
  }

  /** The timers that are due, earliest first. */
  dueTimers(now: number): Timer[] {
    return this.load()
      .timers.filter((timer) => timer.dueAt <= now)
      .sort((a, b) => a.dueAt - b.dueAt);
  }

  /** The reply that a carrier id belongs to. */
  bound(sid: string): Pick<Reply, 'id' | 'attempt' | 'state' | 'choices'> | null {
    return (
      tables.replies.select(this.#sql, 'SELECT * FROM replies WHERE sid = ? OR doubled_sid = ?', sid, sid)[0] ?? null
    );
  }

  /** True if a message with the provider's id was stored before. */
  knowsMessage(providerId: string): boolean {
    return isKnownMessage(this.#sql, providerId);
  }

  /** The number of the message after the newest one. */
  nextMessageSeq(): number {
    return findNextMessageSeq(this.#sql);
  }

  /** Loads the hot part, and the reads of the decision. These may depend on the hot part. */
  load(reads: readonly Read[] | ((hot: State) => readonly Read[]) = []): State {
    const hot = this.#hot ?? this.#readHot();
    this.#hot = isWhole(hot) ? hot : null;
    const state = withReads(hot, typeof reads === 'function' ? reads(hot) : reads, this.#readers);
    return withMedia(this.#sql, withRunsOfMessages(this.#sql, state));
  }

  /** A long answer as written, or null once it is deleted. */
  page(id: string): Page | null {
    return tables.pages.select(this.#sql, 'SELECT * FROM pages WHERE id = ?', id)[0] ?? null;
  }

  /**
   * The name of a page's project. The reply with the page's link is created right after the page, so it has the next
   * id.
   */
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

  /** Postpones a timer whose work failed, or removes it. */
  putOff({ kind, ref }: Timer, dueAt: number | null): void {
    this.#hot = null;
    if (dueAt === null) this.#sql.exec('DELETE FROM timers WHERE kind = ? AND ref = ?', kind, ref);
    else {
      const query = 'UPDATE timers SET due_at = ?, attempts = attempts + 1 WHERE kind = ? AND ref = ?';
      this.#sql.exec(query, dueAt, kind, ref);
    }
  }

  /** Deletes all rows; returns until when the hashes of the messages stay. */
  forgetAll(now: number): number {
    try {
      return this.transaction(() => forgetAll(this.#storage, now));
    } finally {
      this.#hot = null;
    }
  }

  /** Deletes everything that is stored of this object, the tables too. */
  async deleteAll(): Promise<void> {
    await this.#storage.deleteAll();
    this.#hot = null;
    this.#hasTables = false;
  }

  /** Empties old texts; none of them is in the hot part. */
  emptyTexts(before: number): Emptied {
    this.#hot = null;
    return emptyOldTexts(this.#sql, before);
  }

  /** Writes rows beside the state, all or none. */
  writeRows(write: () => void): void {
    this.transaction(write);
    this.#hot = null;
  }

  /** Deletes the rows of a person who is at another home now, but those of the job and the machine. */
  emptyRows(): void {
    this.transaction(() => emptyRows(this.#sql, false));
    this.#hot = null;
  }

  /** Deletes those too. `to`: the home that the object leads to from now on. */
  leaveRows(to: Signpost | null): void {
    this.transaction(() => {
      emptyRows(this.#sql, true);
      // The other home may have gone into a third one since.
      if (to !== null && readSignpost(this.#storage) === null) writeSignpost(this.#storage, to);
    });
    this.#hot = null;
  }

  #readHot(): State {
    const sql = this.#sql;
    const [conversation] = tables.conversations.select(sql, 'SELECT * FROM conversation');
    if (!conversation) throw new Error('no conversation yet');
    const person = readPerson(sql);
    const state: State = {
      conversation,
      ...person,
      connections: readConnections(this.#sql),
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
      steps: [],
      replies: readOpenReplies(sql, { conversation, ...person }),
      timers: tables.timers.select(this.#sql, 'SELECT * FROM timers').sort((a, b) => a.dueAt - b.dueAt),
      windows: tables.windows.select(this.#sql, 'SELECT * FROM windows'),
      pages: [],
      recent: [],
      ...findOpenRuns(this.#sql),
      pulls: [],
      diffs: [],
      reads: [],
    };
    const untold = findFailedMessages(sql, 'turn', findUntoldTurns(state));
    const messages = [...state.messages, ...untold].sort((a, b) => a.seq - b.seq);
    return withMedia(sql, untold.length === 0 ? state : { ...state, messages });
  }

  /**
   * Writes the rows that differ between `before` and `after`. Rows that ended are written before rows that begin, as
   * the unique indexes require.
   */
  save(before: State, after: State): void {
    const sql = this.#sql;
    if (before.conversation !== after.conversation)
      tables.conversations.update(sql, before.conversation, after.conversation);
    savePerson(sql, before, after);
    saveConnections(sql, before.connections, after.connections);
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
    saveSteps(sql, before.steps, after.steps);
    for (const page of after.pages) if (!before.pages.includes(page)) this.#savePage(page);
    saveSchedules(sql, before, after);
    savePulls(sql, before.pulls, after.pulls);
    for (const diff of after.diffs) if (!before.diffs.includes(diff)) saveDiff(sql, diff);
    tables.timers.save(sql, before.timers, after.timers);
    for (const { kind, ref } of before.timers) {
      const kept = after.timers.some((t) => t.kind === kind && t.ref === ref);
      if (!kept) sql.exec('DELETE FROM timers WHERE kind = ? AND ref = ?', kind, ref);
    }
    if (this.#hot) this.#hot = hotPartOf(after);
  }

  /** Saves a page, and deletes the expired ones. */
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

/** False at a limit: the table may have more rows than were read, so the next load must read them. */
const isWhole = (state: State): boolean => state.messages.length < MESSAGES_MAX && state.replies.length < REPLIES_MAX;
