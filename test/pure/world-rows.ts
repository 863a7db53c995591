import { isKeptBack } from '../../src/conversation/outbox/replies.ts';
import { EXPIRE_AT_ONCE } from '../../src/conversation/policy/files.ts';
import { isUnsettled, type OutgoingFile } from '../../src/conversation/state/outgoing-file.ts';
import { type Readers, withReads } from '../../src/conversation/state/readers.ts';
import type { Read } from '../../src/conversation/state/reads.ts';
import type { Message, Question, Reply } from '../../src/conversation/state/rows.ts';
import { isOpenRun } from '../../src/conversation/state/schedule-rows.ts';
import { snoozedUntil } from '../../src/conversation/state/schedules.ts';
import { hotPartOf, isSessionInUse, OPEN_REPLIES, type State } from '../../src/conversation/state/state.ts';
import type { Timer } from '../../src/conversation/state/timers.ts';

// The rows of one conversation in memory, loaded and written like the object's store, with its limits and its cache of
// the hot part. `forget` leaves what a crash leaves: the rows alone, as JSON.

const MESSAGES_MAX = 250;
const REPLIES_MAX = 60;
const FAILED_MAX = 100;
const ASKED_MAX = 50;

export class Rows {
  #all: State;
  #hot: State | null = null;

  constructor(empty: State) {
    this.#all = empty;
  }

  get all(): State {
    return this.#all;
  }

  /** The store's cache, if there is one. */
  get hot(): State | null {
    return this.#hot;
  }

  forget(): void {
    this.#all = JSON.parse(JSON.stringify(this.#all)) as State;
    this.#hot = null;
  }

  /** Rows written by somebody else: the cache is dropped. */
  edit(change: (all: State) => State): void {
    this.#all = change(this.#all);
    this.#hot = null;
  }

  dueTimers(now: number): Timer[] {
    return byDue(this.#all.timers).filter((t) => t.dueAt <= now);
  }

  hasSid(sid: string): boolean {
    return this.#all.replies.some((r) => r.sid === sid || r.doubledSid === sid);
  }

  knowsMessage(providerId: string): boolean {
    return this.#all.messages.some((m) => m.providerId === providerId);
  }

  nextMessageSeq(): number {
    return this.#all.messages.length + 1;
  }

  load(reads: readonly Read[] | ((hot: State) => readonly Read[]) = []): State {
    const hot = this.#hot ?? this.readHot();
    const isWhole = hot.messages.length < MESSAGES_MAX && hot.replies.length < REPLIES_MAX;
    this.#hot = isWhole ? hot : null;
    const state = withReads(hot, typeof reads === 'function' ? reads(hot) : reads, this.#readers);
    const tasks = state.messages.flatMap((m) => m.run ?? []).reduce((so, run) => this.#withRun(so, run), state);
    const media = this.#all.outgoing.filter((f) => tasks.replies.some((r) => r.media === f.id));
    return deepFreeze(withOutgoing(tasks, media));
  }

  readHot(): State {
    const { messages, replies, turns, attempts, timers, projects, sessions, archives, files, questions } = this.#all;
    const { outgoing } = this.#all;
    const ofReplies = replies.filter((r) => OPEN_REPLIES.includes(r.state)).slice(0, REPLIES_MAX);
    const open = messages.filter((m) => m.state === 'waiting' || m.state === 'active').slice(0, MESSAGES_MAX);
    const told = timers.filter((t) => t.kind === 'given-up').map((t) => t.ref.split(' ')[0]);
    const untold = messages.filter((m) => m.state === 'failed' && m.turn !== null && told.includes(m.turn));
    return {
      ...this.#all,
      projects: projects.filter((p) => p.archivedAt === null),
      sessions: sessions.filter((s) => projects.some((p) => p.archivedAt === null && p.sessionId === s.id)),
      archives: archives.filter((a) => a.kind !== 'session' || isSessionInUse({ projects, turns }, a.id)),
      files: files.filter((f) => open.some((m) => m.seq === f.message)),
      outgoing: outgoing.filter((f) => isUnsettled(f) || ofReplies.some((r) => r.media === f.id)),
      questions: byAge(questions.filter((q) => q.state !== 'closed')),
      grants: [],
      messages: bySeq([...open, ...untold.slice(-FAILED_MAX)]),
      turns: turns.filter((t) => t.state === 'open'),
      attempts: attempts.filter((a) => a.endedAt === null),
      replies: ofReplies,
      timers: byDue(timers),
      steps: [],
      pages: [],
      recent: [],
      schedules: this.#all.schedules.filter((s) => this.#all.runs.some((r) => isOpenRun(r) && r.schedule === s.id)),
      runs: this.#all.runs.filter(isOpenRun),
      deliveries: [],
      pulls: [],
      diffs: [],
      reads: [],
    };
  }

  /** Writes the rows that differ between `before` and `after`. */
  save(before: State, after: State): void {
    const all = this.#all;
    const left = new Set(after.timers.map(timerKey));
    const dropped = new Set(before.timers.map(timerKey).filter((key) => !left.has(key)));
    const kept = dropped.size === 0 ? all.timers : all.timers.filter((t) => !dropped.has(timerKey(t)));
    const messages = changed(before.messages, after.messages);
    this.#all = {
      conversation: after.conversation,
      addresses: after.addresses,
      keptTexts: after.keptTexts,
      connections: after.connections,
      machine: after.machine,
      projects: upserted(all.projects, changed(before.projects, after.projects), (p) => p.id),
      sessions: upserted(all.sessions, changed(before.sessions, after.sessions), (s) => s.id),
      archives: upserted(all.archives, changed(before.archives, after.archives), (a) => `${a.kind} ${a.id}`),
      files: upserted(all.files, changed(before.files, after.files), (f) => `${f.message} ${f.n}`),
      outgoing: upserted(all.outgoing, changed(before.outgoing, after.outgoing), (f) => f.id),
      questions: upserted(all.questions, changed(before.questions, after.questions), (q) => q.id),
      grants: upserted(
        all.grants.filter((g) => !before.grants.includes(g) || after.grants.includes(g)),
        changed(before.grants, after.grants),
        (g) => `${g.project} ${g.rule}`,
      ),
      // Only the part that the store writes.
      messages: upserted(
        all.messages,
        messages.map(({ state, turn, tried, steered, stoppedAt, text, uuid, seq, project, action, session }) => {
          const written = { state, turn, tried, steered, stoppedAt, text, uuid, project, action, session };
          const known = all.messages[seq - 1] ?? after.messages.find((m) => m.seq === seq);
          return { ...(known as Message), ...written };
        }),
        (m) => `${m.seq}`,
      ),
      turns: upserted(all.turns, changed(before.turns, after.turns), (t) => t.id),
      attempts: upserted(all.attempts, changed(before.attempts, after.attempts), (a) => `${a.turn}.${a.n}`),
      replies: bySeq(upserted(all.replies, changed(before.replies, after.replies), (r) => r.id)),
      timers: upserted(kept, changed(before.timers, after.timers), timerKey),
      windows: upserted(all.windows, changed(before.windows, after.windows), (w) => w.sender),
      steps: upserted(all.steps, changed(before.steps, after.steps), (s) => s.attempt),
      recent: [],
      schedules: upserted(all.schedules, changed(before.schedules, after.schedules), (s) => `${s.id}`),
      runs: upserted(all.runs, changed(before.runs, after.runs), (r) => r.id),
      deliveries: upserted(
        all.deliveries,
        changed(before.deliveries, after.deliveries),
        (d) => `${d.run} ${d.address} ${d.part}`,
      ),
      pulls: upserted(
        all.pulls.filter((p) => !before.pulls.includes(p) || after.pulls.includes(p)),
        changed(before.pulls, after.pulls),
        (p) => `${p.project} ${p.number}`,
      ),
      diffs: upserted(all.diffs, changed(before.diffs, after.diffs), (d) => d.id),
      pages: upserted(all.pages, changed(before.pages, after.pages), (p) => p.id),
      reads: [],
    };
    if (this.#hot) this.#hot = hotPartOf(after);
  }

  readonly #readers: Readers = {
    'pull-requests': (state) => ({ ...state, pulls: this.#all.pulls }),
    'failed-messages': (state) => {
      const failed = this.#all.messages.filter((m) => m.state === 'failed').slice(-FAILED_MAX);
      return this.#withFiles(withMessages(state, failed), failed);
    },
    'failed-messages-by-uuid': (state, { uuids }) => {
      const failed = this.#all.messages.filter((m) => m.state === 'failed' && uuids.includes(m.uuid));
      const known = withMessages(state, failed.slice(-FAILED_MAX));
      return this.#withFiles(
        known,
        known.messages.filter((m) => m.state === 'failed'),
      );
    },
    'messages-in-session': (state) => {
      const session = state.projects.find((p) => p.id === state.conversation.project)?.sessionId;
      const held = this.#all.messages.filter((m) => m.session !== null && m.session === session);
      return withMessages(state, held.slice(-FAILED_MAX));
    },
    files: (state, { message }) =>
      this.#withFiles(
        state,
        this.#all.messages.filter((m) => m.seq === message),
      ),
    quoted: (state, { sid }) => {
      const reply = this.#all.replies.find((r) => r.sid === sid || r.doubledSid === sid);
      if (!reply) {
        return withMessages(
          state,
          this.#all.messages.filter((m) => m.providerId === sid),
        );
      }
      return this.#withTurn(withReplies(state, [reply]), reply.turn);
    },
    turn: (state, { id }) => this.#withTurn(state, id),
    reply: (state, { id }) =>
      withReplies(
        state,
        this.#all.replies.filter((r) => r.id === id),
      ),
    'kept-back-replies': (state) => withReplies(state, this.#all.replies.filter(isKeptBack).slice(0, REPLIES_MAX)),
    'newest-page': (state) => ({ ...state, pages: this.#all.pages.slice(-1) }),
    'recent-texts': (state) => state,
    archive: (state, { session }) => this.#withArchives(state, [session]),
    session: (state, { id }) =>
      this.#withArchives(
        this.#withSessions(
          state,
          this.#all.sessions.filter((s) => s.id === id),
        ),
        [id],
      ),
    sessions: (state, { most }) => {
      const own = this.#all.sessions.filter((s) => s.project === state.conversation.project);
      return this.#withSessions(state, own.sort((a, b) => b.usedAt - a.usedAt).slice(0, most));
    },
    'archived-projects': (state) => this.#withProjects(state, () => true),
    'archived-project': (state, { label }) =>
      this.#withProjects(state, (p) => p.label.toLowerCase() === label.toLowerCase()),
    questions: (state, { turn }) => {
      const asked = this.#all.questions.filter((q) => q.turn === turn).sort((a, b) => (a.id < b.id ? -1 : 1));
      return this.#withQuestions(state, asked.slice(-ASKED_MAX));
    },
    question: (state, { id }) => {
      const named = this.#all.questions.filter((q) => q.id === id);
      const answering = this.#all.messages.filter((m) => m.seq === named[0]?.message);
      return withMessages(this.#withQuestions(state, named), answering);
    },
    grants: (state) => ({ ...state, grants: this.#all.grants }),
    'sent-files': (state, { turn }) =>
      withOutgoing(
        state,
        this.#all.outgoing.filter((f) => f.turn === turn),
      ),
    'expiring-files': (state) => {
      const kept = this.#all.outgoing.filter((f) => f.state === 'stored' || f.state === 'offered');
      const first = kept.sort((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0)).slice(0, EXPIRE_AT_ONCE + 1);
      return withOutgoing(state, first);
    },
    schedules: (state) => {
      const shown = this.#all.schedules.filter((s) => s.state !== 'over' || snoozedUntil(this.#all, s) !== null);
      return shown.reduce((so, { id }) => this.#withSchedule(so, id, 1), state);
    },
    schedule: (state, { id }) => this.#withSchedule(state, id, 1),
    'past-runs': (state, { schedule }) => {
      const past = this.#all.runs.filter((r) => r.schedule === schedule).slice(-10);
      const known = this.#withSchedule(state, schedule, 10);
      return past.reduce((so, { id }) => this.#withDeliveries(so, id), known);
    },
    run: (state, { id }) => {
      const known = this.#withDeliveries(this.#withRun(state, id), id);
      return withReplies(
        known,
        this.#all.replies.filter((r) => r.run === id),
      );
    },
    deliveries: (state, { run }) => this.#withDeliveries(this.#withRun(state, run), run),
  };

  #withFiles(state: State, messages: readonly Message[]): State {
    const found = this.#all.files.filter((f) => messages.some((m) => m.seq === f.message));
    return { ...state, files: beside(state.files, found, (f) => `${f.message} ${f.n}`) };
  }

  #withRun(state: State, id: string): State {
    const found = this.#all.runs.filter((r) => r.id === id);
    const [schedule] = found.map((r) => r.schedule);
    return this.#withRuns(schedule === undefined ? state : this.#withSchedule(state, schedule, 0), found);
  }

  #withRuns(state: State, more: State['runs']): State {
    const known = beside(state.runs, more, (r) => r.id);
    return { ...state, runs: this.#all.runs.filter((r) => known.some(({ id }) => id === r.id)) };
  }

  #withSchedule(state: State, id: number, runs: number): State {
    const wanted = this.#all.schedules.filter((s) => s.id === id || state.schedules.some((k) => k.id === s.id));
    const past = runs === 0 ? [] : this.#all.runs.filter((r) => r.schedule === id).slice(-runs);
    return this.#withRuns({ ...state, schedules: wanted }, past);
  }

  #withDeliveries(state: State, run: string): State {
    const found = this.#all.deliveries.filter((d) => d.run === run);
    return { ...state, deliveries: beside(state.deliveries, found, (d) => `${d.run} ${d.address} ${d.part}`) };
  }

  #withTurn(state: State, id: string | null): State {
    const found = this.#all.turns.filter((t) => t.id === id);
    return { ...state, turns: [...found.filter((t) => !state.turns.some((k) => k.id === t.id)), ...state.turns] };
  }

  #withArchives(state: State, sessions: readonly string[]): State {
    const found = this.#all.archives.filter((a) => a.kind === 'session' && sessions.includes(a.id));
    return { ...state, archives: beside(state.archives, found, (a) => `${a.kind} ${a.id}`) };
  }

  #withSessions(state: State, more: State['sessions']): State {
    const known = { ...state, sessions: beside(state.sessions, more, (s) => s.id) };
    return this.#withArchives(
      known,
      more.map((s) => s.id),
    );
  }

  #withProjects(state: State, isWanted: (project: State['projects'][number]) => boolean): State {
    const gone = this.#all.projects.filter((p) => p.archivedAt !== null && isWanted(p));
    const theirs = this.#all.sessions.filter((s) => gone.some((p) => p.sessionId === s.id));
    return this.#withSessions({ ...state, projects: beside(state.projects, gone, (p) => p.id) }, theirs);
  }

  #withQuestions(state: State, more: readonly Question[]): State {
    const wanted = beside(state.questions, more, (q) => q.id);
    return { ...state, questions: byAge(this.#all.questions.filter((q) => wanted.some(({ id }) => id === q.id))) };
  }
}

const withMessages = (state: State, more: readonly Message[]): State => ({
  ...state,
  messages: bySeq(beside(state.messages, more, (m) => m.seq)),
});

const withReplies = (state: State, more: readonly Reply[]): State => ({
  ...state,
  replies: bySeq(beside(state.replies, more, (r) => r.id)),
});

const withOutgoing = (state: State, more: readonly OutgoingFile[]): State => ({
  ...state,
  outgoing: beside(state.outgoing, more, (f) => f.id).sort((a, b) => (a.id < b.id ? -1 : 1)),
});

/** `rows` and those of `more` that are not among them. */
function beside<T>(rows: readonly T[], more: readonly T[], key: (row: T) => unknown): T[] {
  const known = new Set(rows.map(key));
  return [...rows, ...more.filter((row) => !known.has(key(row)))];
}

const bySeq = <T extends Message | Reply>(rows: readonly T[]): T[] => [...rows].sort((a, b) => a.seq - b.seq);
const byAge = (questions: readonly Question[]): Question[] =>
  [...questions].sort((a, b) => a.askedAt - b.askedAt || (a.id < b.id ? -1 : 1));
const timerKey = ({ kind, ref }: Timer): string => `${kind} ${ref}`;
const byDue = (timers: readonly Timer[]): Timer[] => [...timers].sort((a, b) => a.dueAt - b.dueAt);

function changed<T>(before: readonly T[], after: readonly T[]): T[] {
  if (before === after) return [];
  const known = new Set(before);
  return after.filter((row) => !known.has(row));
}

function upserted<T>(rows: readonly T[], written: readonly T[], key: (row: T) => string): readonly T[] {
  if (written.length === 0) return rows;
  const byKey = new Map(rows.map((row) => [key(row), row]));
  for (const row of written) byKey.set(key(row), row);
  return [...byKey.values()];
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
