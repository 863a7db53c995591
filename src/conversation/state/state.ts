import { NO_BUDGETS } from '../../money/budget.ts';
import { NO_SPENDING } from '../../money/spending.ts';
import { REPLIES_MAX } from '../policy/outbox.ts';
import type { Address, KeptText } from './address.ts';
import type { Archive, Said } from './backup.ts';
import type { Connection } from './connections.ts';
import type { Diff } from './diff-rows.ts';
import { NO_FIGURES } from './figures.ts';
import type { MachineRow } from './machine.ts';
import { isUnsettled, type OutgoingFile } from './outgoing-file.ts';
import type { KnownPull } from './pull-request-rows.ts';
import { type Read, requireRead } from './reads.ts';
import type {
  Attempt,
  AttemptSteps,
  ConversationRow,
  Grant,
  InboundFile,
  Message,
  Page,
  Project,
  Question,
  Reply,
  ReplyState,
  Session,
  Turn,
} from './rows.ts';
import { type Delivery, isOpenRun, type Run, type Schedule } from './schedule-rows.ts';
import { NO_THREADS } from './thread-rows.ts';
import { type Timer, type TimerKind, turnOfGivenUp } from './timers.ts';
import type { Window } from './window.ts';

// The state that a decision sees: the bounded hot part of one conversation's rows (rows.ts), and functions that find
// and replace rows. Only this state survives a restart.

export type State = {
  conversation: ConversationRow;
  /** The person's further addresses, and what is known of the first one. */
  addresses: readonly Address[];
  /** The person's accounts at git hosts. */
  connections: readonly Connection[];
  /** Texts from a locked address, oldest first. */
  keptTexts: readonly KeptText[];
  /** The conversation's own machine; null if conversations share one. */
  machine: MachineRow | null;
  /** Projects that aren't archived, and archived ones that the event reads. */
  projects: readonly Project[];
  /** The present sessions of these projects, and sessions that the event reads. */
  sessions: readonly Session[];
  /** Backups of folders and of sessions in use, and those that the event reads. */
  archives: readonly Archive[];
  /** The files of waiting and active messages. */
  files: readonly InboundFile[];
  /** Unsettled files, those of open replies, and those that the event reads; oldest first. */
  outgoing: readonly OutgoingFile[];
  /** Unsettled questions, oldest first. */
  questions: readonly Question[];
  /** Grants that the event reads. */
  grants: readonly Grant[];
  /** Waiting and active messages, and given-up ones whose notice waits; oldest first. */
  messages: readonly Message[];
  /** The open turn, if any. A turn that just ended stays before it until the next load. */
  turns: readonly Turn[];
  /** The open attempt, if any, after one that just ended. */
  attempts: readonly Attempt[];
  /** What the attempts that just ended did. */
  steps: readonly AttemptSteps[];
  /** Open and held replies, oldest first, and the one that the event names. */
  replies: readonly Reply[];
  timers: readonly Timer[];
  windows: readonly Window[];
  /** New pages, and those that the event reads. */
  pages: readonly Page[];
  /** The newest texts of the turn's project, of both sides, if the event reads them; oldest first. */
  recent: readonly Said[];
  /** The schedules of open runs, and those that the event reads. */
  schedules: readonly Schedule[];
  /** Open runs, and those that the event reads; oldest first. */
  runs: readonly Run[];
  /** Deliveries that the event reads. */
  deliveries: readonly Delivery[];
  /** Pull requests, if the event reads them; the last changed first. */
  pulls: readonly KnownPull[];
  /** New diffs. */
  diffs: readonly Diff[];
  /** The reads made beyond the hot part (reads.ts). */
  reads: readonly Read[];
};

/** False if the rows are the same ones. Reads are no rows. */
export const isChanged = (before: State, after: State): boolean =>
  (Object.keys(after) as (keyof State)[]).some((rows) => rows !== 'reads' && after[rows] !== before[rows]);

/** False if there may be open replies that weren't read, behind those that were. */
export const seesAllReplies = ({ replies }: State): boolean => replies.length < REPLIES_MAX;

/** The states of replies that haven't been handed over, or whose outcome is open. */
export const OPEN_REPLIES: readonly ReplyState[] = ['ready', 'sending', 'unknown', 'held'];

/** True if a project or the open turn uses the session. */
export const isSessionInUse = ({ projects, turns }: Pick<State, 'projects' | 'turns'>, session: string): boolean =>
  projects.some((p) => p.archivedAt === null && p.sessionId === session) ||
  turns.some((t) => t.state === 'open' && t.sessionId === session);

/** Turns that were given up, and whose notice still waits. */
export const findUntoldTurns = ({ timers }: Pick<State, 'timers'>): string[] =>
  timers.filter(({ kind }) => kind === 'given-up').map(turnOfGivenUp);

/** The state without settled rows, as the next load returns it. */
export function hotPartOf(state: State): State {
  const open = state.messages.filter((m) => m.state === 'waiting' || m.state === 'active');
  const untold = findUntoldTurns(state);
  const isUntold = (m: Message): boolean => m.state === 'failed' && m.turn !== null && untold.includes(m.turn);
  const replies = state.replies.filter((r) => OPEN_REPLIES.includes(r.state));
  return {
    ...state,
    messages: untold.length === 0 ? open : state.messages.filter((m) => open.includes(m) || isUntold(m)),
    turns: state.turns.filter((t) => t.state === 'open'),
    attempts: state.attempts.filter((a) => a.state !== 'ended'),
    replies,
    projects: state.projects.filter((p) => p.archivedAt === null),
    sessions: state.sessions.filter((s) => state.projects.some((p) => p.archivedAt === null && p.sessionId === s.id)),
    archives: state.archives.filter((a) => a.kind !== 'session' || isSessionInUse(state, a.id)),
    files: state.files.filter((f) => open.some((m) => m.seq === f.message)),
    outgoing: state.outgoing.filter((f) => isUnsettled(f) || replies.some((r) => r.media === f.id)),
    questions: state.questions.filter((q) => q.state !== 'closed'),
    grants: [],
    steps: [],
    pages: [],
    recent: [],
    schedules: state.schedules.filter((s) => state.runs.some((r) => isOpenRun(r) && r.schedule === s.id)),
    runs: state.runs.filter(isOpenRun),
    deliveries: [],
    pulls: [],
    diffs: [],
    reads: [],
  };
}

export const attemptId = (attempt: { turn: string; n: number }): string => `${attempt.turn}.${attempt.n}`;

export const findOpenTurn = (state: State): Turn | null => state.turns.find((t) => t.state === 'open') ?? null;
export const findOpenAttempt = (state: State): Attempt | null =>
  state.attempts.find((a) => a.state !== 'ended') ?? null;

/** Everybody's first project. It can't be archived. */
export const FIRST_PROJECT = 'main';

/** A new conversation. */
export const newConversation = (address: string, sender: string): ConversationRow => ({
  address,
  answerTo: null,
  sender,
  reach: null,
  project: FIRST_PROJECT,
  threads: NO_THREADS,
  nextReplySeq: 1,
  lastInboundId: null,
  paceUntil: 0,
  pacedReply: null,
  typingAt: 0,
  queueMode: null,
  verbose: false,
  optedOutAt: null,
  journal: null,
  deep: null,
  assistant: { name: null, tone: null },
  spending: NO_SPENDING,
  budgets: NO_BUDGETS,
  showsCost: false,
  diskFree: null,
  memoryFree: null,
  voiceToldAt: null,
  zone: null,
  quiet: null,
  asking: null,
  reminded: null,
  nextSchedule: 1,
  welcomed: false,
  outage: null,
  forgetting: null,
  merging: null,
  exporting: null,
  access: null,
  connecting: null,
  figures: NO_FIGURES,
});

export function recentTextsOf(state: State): readonly Said[] {
  requireRead(state, { rows: 'recent-texts' });
  return state.recent;
}

/** A new project. */
export const newProject = (id: string, label: string, now: number): Project => ({
  id,
  label,
  sessionId: null,
  model: null,
  generation: 0,
  createdAt: now,
  usedAt: now,
  archivedAt: null,
  contextPercent: null,
  messagesSince: 0,
  hinted: false,
  repository: null,
  watches: null,
});

/** The project with this id. Throws if it isn't loaded, because callers take the id from a loaded row. */
export function projectOf(state: State, id: string): Project {
  const project = state.projects.find((p) => p.id === id);
  if (!project) throw new Error(`project ${id} is not loaded`);
  return project;
}

export const activeProjectOf = (state: State): Project => projectOf(state, state.conversation.project);

/** The project of a waiting message: its own, or the active one if its own was archived meanwhile. */
export const projectForMessage = (state: State, project: string | null): string =>
  state.projects.some((p) => p.id === project && p.archivedAt === null) && project !== null
    ? project
    : state.conversation.project;

export const withProject = (state: State, project: Project): State => ({
  ...state,
  projects: state.projects.map((p) => (p.id === project.id ? project : p)),
});

export const withTurn = (state: State, turn: Turn): State => ({
  ...state,
  turns: [...state.turns.filter((t) => t.id !== turn.id), turn],
});

export const withAttempt = (state: State, attempt: Attempt): State => ({
  ...state,
  attempts: [...state.attempts.filter((a) => a.turn !== attempt.turn || a.n !== attempt.n), attempt],
});

export function withTimer(state: State, timer: Timer): State {
  return { ...state, timers: [...withoutTimer(state, timer.kind, timer.ref).timers, timer] };
}

export function withoutTimer(state: State, kind: TimerKind, ref?: string): State {
  const kept = state.timers.filter((t) => t.kind !== kind || (ref !== undefined && t.ref !== ref));
  return kept.length === state.timers.length ? state : { ...state, timers: kept };
}

export const findTimer = (state: State, kind: TimerKind): Timer | undefined =>
  state.timers.find((t) => t.kind === kind);
