// Reads: rows beyond the hot part of the state. The file that handles an event names its reads (`readsOf…`). The store
// performs them before the decision, and the state lists them. A function that searches such rows requires the read
// first, so a decision without it fails instead of seeing no rows and going on.

/** Rows by kind, and the argument of their query. */
export type Read =
  /** The newest messages that wait for /retry, with their files. */
  | { rows: 'failed-messages' }
  /** Messages that wait for /retry and have these uuids, and the files of all of these that are loaded. */
  | { rows: 'failed-messages-by-uuid'; uuids: readonly string[] }
  /** The newest messages in the active project's session. */
  | { rows: 'messages-in-session' }
  /** The files of a message. */
  | { rows: 'files'; message: number }
  /** By the carrier's id: a reply with its turn and its run, or a message of the person. */
  | { rows: 'quoted'; sid: string }
  /** A reply with its run. */
  | { rows: 'reply'; id: string }
  /** A turn, open or not. */
  | { rows: 'turn'; id: string }
  /** Replies that couldn't leave because the person hadn't written or had opted out, with their runs. */
  | { rows: 'kept-back-replies' }
  | { rows: 'newest-page' }
  /** The newest texts of the open turn's project, of both sides. */
  | { rows: 'recent-texts' }
  /** The backup of a session. */
  | { rows: 'archive'; session: string }
  /** A session and its backup. */
  | { rows: 'session'; id: string }
  /** The active project's newest sessions, up to `most`, with their backups. */
  | { rows: 'sessions'; most: number }
  /** The newest archived projects, each with its session. */
  | { rows: 'archived-projects' }
  | { rows: 'archived-project'; label: string }
  /** The newest questions of a turn, including settled ones. */
  | { rows: 'questions'; turn: string }
  /** A question, and the message that answered it. */
  | { rows: 'question'; id: string }
  | { rows: 'grants' }
  /** The files that a turn has sent. */
  | { rows: 'sent-files'; turn: string }
  /** Sent files, the first to expire first. */
  | { rows: 'expiring-files' }
  /** The live schedules and those with a snooze, each with its last run. */
  | { rows: 'schedules' }
  /** A schedule, live or over, with its last run. */
  | { rows: 'schedule'; id: number }
  /** The newest runs of a schedule, with their deliveries. */
  | { rows: 'past-runs'; schedule: number }
  /** A run with its schedule, its replies and its deliveries. */
  | { rows: 'run'; id: string }
  | { rows: 'deliveries'; run: string }
  /** The pull requests that changed last. */
  | { rows: 'pull-requests' };

export type Rows = Read['rows'];
type Made = { readonly reads: readonly Read[] };
export type ReadOf<Name extends Rows> = Extract<Read, { rows: Name }>;

/** Marks a read as made, because the subject begins in this decision and has no stored rows. */
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
