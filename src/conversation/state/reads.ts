import type { Message } from './rows.ts';

// Rows beyond the hot part of the state. The file that handles an event says which of them it reads (its `readsOf…`); the
// store reads them before the decision, and the state lists what was read. A function that looks among such rows requires
// the read first: a decision for which nobody read them fails, where it would otherwise see none and go on.

/** Rows by a name and what they are of, as a query finds them. */
export type Read =
  /** The message that has just come. */
  | { rows: 'message'; message: Message }
  /** The newest messages that wait for /retry, and what came with them. */
  | { rows: 'failed-messages' }
  /** Those of them that have these uuids, and what came with all that are known. */
  | { rows: 'failed-messages-by-uuid'; uuids: readonly string[] }
  /** The newest messages that the active project's session holds. */
  | { rows: 'messages-in-session' }
  /** What came with a message. */
  | { rows: 'files'; message: number }
  /** By the carrier's id: a reply with its turn and its run, or a message of the person. */
  | { rows: 'quoted'; sid: string }
  /** A reply with its run. */
  | { rows: 'reply'; id: string }
  /** Replies that could not leave because the person had not written or had opted out. */
  | { rows: 'kept-back-replies' }
  | { rows: 'newest-page' }
  /** The newest texts of the open turn's project, both ways. */
  | { rows: 'recent-texts' }
  /** How far a session is copied away. */
  | { rows: 'archive'; session: string }
  /** A session, and how far it is copied away. */
  | { rows: 'session'; id: string }
  /** So many of the active project's sessions, the newest, likewise. */
  | { rows: 'sessions'; most: number }
  /** The newest of the archived projects, each with its session. */
  | { rows: 'archived-projects' }
  | { rows: 'archived-project'; label: string }
  /** The newest questions of a turn, settled ones too. */
  | { rows: 'questions'; turn: string }
  /** A question, and the message that answered it. */
  | { rows: 'question'; id: string }
  | { rows: 'grants' }
  /** The files that a turn has sent. */
  | { rows: 'sent-files'; turn: string }
  /** Sent files whose time is over first. */
  | { rows: 'expiring-files' }
  /** Schedules that are not over, each with its last run. */
  | { rows: 'schedules' }
  /** A schedule, over or not, with its last run. */
  | { rows: 'schedule'; id: number }
  /** Its newest runs, with their deliveries. */
  | { rows: 'past-runs'; schedule: number }
  /** A run with its schedule, its replies and its deliveries. */
  | { rows: 'run'; id: string }
  | { rows: 'deliveries'; run: string };

export type Rows = Read['rows'];
type Made = { readonly reads: readonly Read[] };
export type ReadOf<Name extends Rows> = Extract<Read, { rows: Name }>;

/** Nothing more is stored of what begins in this decision. */
export const markRead = <State extends Made>(state: State, read: Read): State => ({
  ...state,
  reads: [...state.reads, read],
});

/** Throws unless one of these reads was made. */
export function requireRead(state: Made, ...anyOf: readonly Read[]): void {
  if (anyOf.some((read) => hasRead(state, read))) return;
  throw new Error(`nobody has read ${anyOf.map(({ rows }) => rows).join(' or ')} for this decision`);
}

export const hasRead = ({ reads }: Made, read: Read): boolean => reads.some((made) => isSame(made, read));

const isSame = (one: Read, other: Read): boolean =>
  one.rows === other.rows &&
  Object.entries(one).every(([key, value]) => isEqual(value, (other as Record<string, unknown>)[key]));

const isEqual = (one: unknown, other: unknown): boolean =>
  one === other ||
  (Array.isArray(one) &&
    Array.isArray(other) &&
    one.length === other.length &&
    one.every((each, n) => each === other[n]));
