import type { Archive, Said } from './backup.ts';
import type { MachineRow } from './machine.ts';
import { isUnsettled, type OutgoingFile } from './outgoing-file.ts';
import { type Read, requireRead } from './reads.ts';
import type {
  Attempt,
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
  Window,
} from './rows.ts';
import { type Delivery, isOpenRun, type Run, type Schedule } from './schedule-rows.ts';
import { type Timer, type TimerKind, turnOfGivenUp } from './timers.ts';

// The bounded hot part of one conversation, as the decision sees it: rows (rows.ts), how they are found and replaced.
// Everything here survives a restart; nothing else does.

export type State = {
  conversation: ConversationRow;
  /** The machine that is made for this conversation; null where all share one. */
  machine: MachineRow | null;
  /** Those that are not archived, and archived ones an event needs. */
  projects: readonly Project[];
  /** Those the projects go on with, and those an event needs. */
  sessions: readonly Session[];
  /** All but those of sessions no project goes on with, and those an event needs. */
  archives: readonly Archive[];
  /** Of the messages that wait or are active. */
  files: readonly InboundFile[];
  /** Those not settled, those of open replies, and those an event needs; oldest first. */
  outgoing: readonly OutgoingFile[];
  /** Those that are not settled, oldest first. */
  questions: readonly Question[];
  /** Those an event needs. */
  grants: readonly Grant[];
  /** Waiting and active ones, and given up ones whose person has yet to hear of it; oldest first. */
  messages: readonly Message[];
  /** The open one, if any; one that just ended stays before it until the next load. */
  turns: readonly Turn[];
  /** Likewise. */
  attempts: readonly Attempt[];
  /** Replies not yet handed over and held ones, oldest first, and the one an event names. */
  replies: readonly Reply[];
  timers: readonly Timer[];
  windows: readonly Window[];
  /** Those an event needs, and new ones. */
  pages: readonly Page[];
  /** The newest texts of the turn's project, both ways, where an event needs them; oldest first. */
  recent: readonly Said[];
  /** Those of open runs, and those an event needs. */
  schedules: readonly Schedule[];
  /** Open ones, and those an event needs; oldest first. */
  runs: readonly Run[];
  /** Those an event needs. */
  deliveries: readonly Delivery[];
  /** Which rows were read beyond the hot part (reads.ts). */
  reads: readonly Read[];
};

/** Those that are not settled. */
export const OPEN_REPLIES: readonly ReplyState[] = ['ready', 'sending', 'unknown', 'held'];

/** A project or the open turn goes on with the session. */
export const isSessionInUse = ({ projects, turns }: Pick<State, 'projects' | 'turns'>, session: string): boolean =>
  projects.some((p) => p.archivedAt === null && p.sessionId === session) ||
  turns.some((t) => t.state === 'open' && t.sessionId === session);

/** Turns that were given up and whose person has yet to hear of it. */
export const findUntoldTurns = ({ timers }: Pick<State, 'timers'>): string[] =>
  timers.filter(({ kind }) => kind === 'given-up').map(turnOfGivenUp);

/** The state without the rows that are settled, as it is loaded the next time. */
export function hotPart(state: State): State {
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
    pages: [],
    recent: [],
    schedules: state.schedules.filter((s) => state.runs.some((r) => isOpenRun(r) && r.schedule === s.id)),
    runs: state.runs.filter(isOpenRun),
    deliveries: [],
    reads: [],
  };
}

export const attemptId = (attempt: { turn: string; n: number }): string => `${attempt.turn}.${attempt.n}`;

/** WhatsApp has a typing indicator and a 24-hour window; on SMS the carrier owns STOP and its like. */
export const isWhatsApp = (address: string): boolean => address.startsWith('whatsapp:');

export const findOpenTurn = (state: State): Turn | null => state.turns.find((t) => t.state === 'open') ?? null;
export const findOpenAttempt = (state: State): Attempt | null =>
  state.attempts.find((a) => a.state !== 'ended') ?? null;

/** Everyone's first project; it cannot be archived. */
export const FIRST_PROJECT = 'main';

/** A conversation as it begins. */
export const newConversation = (address: string, sender: string): ConversationRow => ({
  address,
  sender,
  project: FIRST_PROJECT,
  nextReplySeq: 1,
  lastInboundId: null,
  paceUntil: 0,
  pacedReply: null,
  typingAt: 0,
  queueMode: null,
  verbose: false,
  optedOutAt: null,
  journal: null,
  deepProject: null,
  deepSince: null,
  deepTextAt: null,
  assistantName: null,
  assistantTone: null,
  costDay: null,
  costUsd: 0,
  diskFree: null,
  memoryFree: null,
  voiceToldAt: null,
  zone: null,
  quietFrom: null,
  quietTo: null,
  asking: null,
  reminded: null,
  nextSchedule: 1,
  welcomed: false,
  outage: null,
});

export function recentTextsOf(state: State): readonly Said[] {
  requireRead(state, { rows: 'recent-texts' });
  return state.recent;
}

/** A project as it begins. */
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
});

/** The project by its id. Throws when it is not loaded: whoever names one has loaded it. */
export function projectOf(state: State, id: string): Project {
  const project = state.projects.find((p) => p.id === id);
  if (!project) throw new Error(`project ${id} is not loaded`);
  return project;
}

export const activeProjectOf = (state: State): Project => projectOf(state, state.conversation.project);

/** The project of a message that has waited: its own, or the active one if that was archived meanwhile. */
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
