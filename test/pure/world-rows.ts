import { isKeptBack } from '../../src/conversation/outbox/replies.ts';
import { EXPIRE_AT_ONCE } from '../../src/conversation/policy/files.ts';
import { SESSIONS_SHOWN } from '../../src/conversation/policy/projects.ts';
import type { Need } from '../../src/conversation/preload.ts';
import { isUnsettled, type OutgoingFile } from '../../src/conversation/state/outgoing-file.ts';
import type { Message, Question, Reply } from '../../src/conversation/state/rows.ts';
import { isOpenRun } from '../../src/conversation/state/schedule-rows.ts';
import { hotPart, isSessionInUse, OPEN_REPLIES, type State } from '../../src/conversation/state/state.ts';
import type { Timer } from '../../src/conversation/state/timers.ts';
import type { NewMessage } from '../../src/objects/stores/message-store.ts';

// The rows of one conversation in memory, loaded and written like the object's store, with its limits and its cache of
// the hot part. `forget` leaves what a crash leaves: the rows alone, as JSON.

const MESSAGES_MAX = 250;
const REPLIES_MAX = 60;
const FAILED_MAX = 100;
const ASKED_MAX = 50;

export class Rows {
  #all: State;
  #hot: State | null = null;
  readonly #providerIds = new Set<string>();

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

  /** Null for a known provider id. */
  addMessage(message: NewMessage): Message | null {
    this.#hot = null;
    if (this.#providerIds.has(message.providerId)) return null;
    this.#providerIds.add(message.providerId);
    const seq = this.#all.messages.length + 1;
    const row: Message = {
      ...message,
      seq,
      tried: false,
      stoppedAt: null,
      steered: false,
      state: 'waiting',
      turn: null,
      project: null,
      action: null,
      session: null,
      run: null,
      checkCommand: null,
    };
    this.#all = { ...this.#all, messages: [...this.#all.messages, row] };
    return row;
  }

  nextMessageSeq(): number {
    return this.#all.messages.length + 1;
  }

  load(need: Need): State {
    const hot = this.#hot ?? this.readHot();
    const isWhole = hot.messages.length < MESSAGES_MAX && hot.replies.length < REPLIES_MAX;
    this.#hot = isWhole ? hot : null;
    const asked = this.#withQuestions(hot, need);
    const rows = this.#withQuoted(this.#withReplies(this.#withMessages(asked, need), need), need);
    const known = this.#withProjects(this.#withFiles(rows, need), need);
    const copied = need.archives ? { ...known, archives: this.#withArchives(known, need.archives) } : known;
    const state = this.#withSchedules(this.#withOutgoing(copied, need), need);
    return deepFreeze(need.page ? { ...state, pages: this.#all.pages.slice(-1) } : state);
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
      pages: [],
      recent: [],
      schedules: this.#all.schedules.filter((s) => this.#all.runs.some((r) => isOpenRun(r) && r.schedule === s.id)),
      runs: this.#all.runs.filter(isOpenRun),
      deliveries: [],
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
      recent: [],
      schedules: upserted(all.schedules, changed(before.schedules, after.schedules), (s) => `${s.id}`),
      runs: upserted(all.runs, changed(before.runs, after.runs), (r) => r.id),
      deliveries: upserted(
        all.deliveries,
        changed(before.deliveries, after.deliveries),
        (d) => `${d.run} ${d.address} ${d.part}`,
      ),
      pages: upserted(all.pages, changed(before.pages, after.pages), (p) => p.id),
    };
    if (this.#hot) this.#hot = hotPart(after);
  }

  #withMessages(state: State, { message, failed: wanted, answered = [] }: Need): State {
    const isWanted = (m: Message): boolean => m.state === 'failed' && (wanted === true || answered.includes(m.uuid));
    const failed = this.#all.messages.filter(isWanted).slice(-FAILED_MAX);
    const beyond = [...failed, ...(message ? [message] : [])].filter(
      ({ seq }) => !state.messages.some((m) => m.seq === seq),
    );
    return beyond.length === 0 ? state : { ...state, messages: bySeq([...state.messages, ...beyond]) };
  }

  #withProjects(state: State, { archived, listed, sessions, undo }: Need): State {
    if (!archived && !listed && !sessions && !undo) return state;
    const { project: id } = state.conversation;
    const session = state.projects.find((p) => p.id === id)?.sessionId;
    const newest = this.#all.sessions.filter((s) => s.project === id).sort((a, b) => b.usedAt - a.usedAt);
    const gone = archived ? this.#all.projects.filter((p) => p.archivedAt !== null) : [];
    const named = this.#all.sessions.filter((s) => sessions?.includes(s.id) || gone.some((p) => p.sessionId === s.id));
    const known = new Set(state.sessions.map((s) => s.id));
    const more = new Set(
      [...(listed ? newest.slice(0, SESSIONS_SHOWN) : []), ...named].filter((s) => !known.has(s.id)),
    );
    const isHeld = (m: Message): boolean => undo === true && m.session !== null && m.session === session;
    const held = this.#all.messages.filter((m) => isHeld(m) && !state.messages.some((n) => n.seq === m.seq));
    return {
      ...state,
      projects: [...state.projects, ...gone],
      sessions: [...state.sessions, ...more],
      messages: bySeq([...held.slice(-FAILED_MAX), ...state.messages]),
    };
  }

  #withQuestions(state: State, { askedIn, question, grants }: Need): State {
    if (askedIn === undefined && question === undefined && !grants) return state;
    const { all } = this;
    const byId = [...all.questions].sort((a, b) => (a.id < b.id ? -1 : 1));
    const asked = byId.filter((q) => q.turn === askedIn).slice(-ASKED_MAX);
    const named = all.questions.filter((q) => q.id === question);
    const messages = all.messages.filter((m) => m.seq === named[0]?.message);
    const wanted = new Set([...state.questions, ...asked, ...named].map((q) => q.id));
    const beyond = messages.filter((m) => !state.messages.some(({ seq }) => seq === m.seq));
    return {
      ...state,
      questions: byAge(all.questions.filter((q) => wanted.has(q.id))),
      messages: bySeq([...state.messages, ...beyond]),
      grants: grants ? all.grants : [],
    };
  }

  #withArchives({ archives }: State, sessions: readonly string[]): State['archives'] {
    const isMissing = (a: State['archives'][number]): boolean =>
      a.kind === 'session' && sessions.includes(a.id) && !archives.some((b) => b.kind === a.kind && b.id === a.id);
    return [...archives, ...this.#all.archives.filter(isMissing)];
  }

  #withOutgoing(state: State, { sentBy, expiring }: Need): State {
    const isKept = ({ state: is }: OutgoingFile): boolean => is === 'stored' || is === 'offered';
    const kept = this.#all.outgoing.filter(isKept).sort((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0));
    const first = expiring ? kept.slice(0, EXPIRE_AT_ONCE + 1) : [];
    const wanted = this.#all.outgoing.filter(
      (f) => f.turn === sentBy || first.includes(f) || state.replies.some((r) => r.media === f.id),
    );
    const beyond = wanted.filter(({ id }) => !state.outgoing.some((f) => f.id === id));
    if (beyond.length === 0) return state;
    return { ...state, outgoing: [...state.outgoing, ...beyond].sort((a, b) => (a.id < b.id ? -1 : 1)) };
  }

  #withReplies(state: State, { reply, keptBack }: Need): State {
    const { replies } = this.#all;
    const named = replies.filter((r) => r.id === reply);
    const kept = keptBack ? replies.filter(isKeptBack) : [];
    const beyond = [...named, ...kept.slice(0, REPLIES_MAX)].filter(
      ({ id }) => !state.replies.some((r) => r.id === id),
    );
    return beyond.length === 0 ? state : { ...state, replies: bySeq([...beyond, ...state.replies]) };
  }

  #withQuoted(state: State, { quoted }: Need): State {
    if (quoted === undefined) return state;
    const reply = this.#all.replies.find((r) => r.sid === quoted || r.doubledSid === quoted);
    if (!reply) {
      const own = this.#all.messages.filter(
        (m) => m.providerId === quoted && !state.messages.some((k) => k.seq === m.seq),
      );
      return { ...state, messages: bySeq([...state.messages, ...own]) };
    }
    const isKnown = state.replies.some((r) => r.id === reply.id);
    const turns = this.#all.turns.filter((t) => t.id === reply.turn && !state.turns.some((k) => k.id === t.id));
    const replies = isKnown ? state.replies : bySeq([...state.replies, reply]);
    return { ...state, replies, turns: [...turns, ...state.turns] };
  }

  /** The rows that an event names, and those of loaded messages and turns. */
  #withSchedules(state: State, need: Need): State {
    const { all } = this;
    const ofReply = state.replies.find((r) => r.id === need.reply)?.run;
    const ofTurn = need.given ? state.turns.find((t) => t.state === 'open')?.run : undefined;
    const named = new Set([need.run, ofReply, ...state.messages.map((m) => m.run), ...state.turns.map((t) => t.run)]);
    const past = (id: number, most: number) => all.runs.filter((r) => r.schedule === id).slice(-most);
    const live = need.schedules ? all.schedules.filter((s) => s.state !== 'over') : [];
    const asked = need.schedule === undefined ? [] : past(need.schedule, need.pastRuns ? 10 : 1);
    const runs = new Set(
      [...state.runs, ...all.runs.filter((r) => named.has(r.id)), ...asked, ...live.flatMap((s) => past(s.id, 1))].map(
        (r) => r.id,
      ),
    );
    const wanted = new Set([
      need.schedule,
      ...(need.wished ?? []),
      ...all.runs.filter((r) => named.has(r.id)).map((r) => r.schedule),
    ]);
    const isWanted = (s: State['schedules'][number]): boolean =>
      wanted.has(s.id) || live.includes(s) || state.schedules.some(({ id }) => id === s.id);
    const ofRun = all.replies.filter(
      (r) => (r.run === (need.run ?? ofReply) && r.run !== null) || state.replies.some(({ id }) => id === r.id),
    );
    return {
      ...state,
      replies: bySeq(ofRun),
      schedules: all.schedules.filter(isWanted),
      runs: all.runs.filter((r) => runs.has(r.id)),
      deliveries: all.deliveries.filter(
        (d) => d.run === (need.run ?? ofTurn) || (need.pastRuns && asked.some((r) => r.id === d.run)),
      ),
    };
  }

  #withFiles(state: State, { failed, filesOf, answered }: Need): State {
    const back = failed ? this.#all.messages.filter((m) => m.state === 'failed').slice(-FAILED_MAX) : [];
    const left = answered ? state.messages.filter((m) => m.state === 'failed') : [];
    const wanted = this.#all.files.filter(
      (f) => f.message === filesOf || [...back, ...left].some((m) => m.seq === f.message),
    );
    const beyond = wanted.filter((f) => !state.files.some((g) => g.message === f.message && g.n === f.n));
    return beyond.length === 0 ? state : { ...state, files: [...state.files, ...beyond] };
  }
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
