import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { ARCHIVE_EVERY_MS, ARCHIVE_RETRY_MS, ARCHIVE_STALE_MS } from '../policy/backups.ts';
import type { Policy } from '../policy/policy.ts';
import { raise } from '../state/alerts.ts';
import type { Archive } from '../state/backup.ts';
import { noEffects } from '../state/decision.ts';
import type { ArchiveOutcome, Context, Decision, Event } from '../state/events.ts';
import { type Read, requireRead } from '../state/reads.ts';
import type { Turn } from '../state/rows.ts';
import { findOpenAttempt, findOpenTurn, type State, withoutTimer, withTimer } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';

// Backups of a machine: a session while the agent works and when it ends, folders once the machine has been quiet for a
// while. Each wanted copy is a timer row. Between turns the machine stays awake until no copy is left.

type Place = Pick<Archive, 'kind' | 'id'>;
const PERSON: Place = { kind: 'person', id: '' };
/** The machine's code for a folder or session that no further try would copy. */
const TOO_LARGE = 'too_large';

const refOf = ({ kind, id }: Place): string => `${kind}/${id}`;
export function placeOf(ref: string): Place {
  const [kind = '', id = ''] = ref.split('/');
  return { kind: kind as Archive['kind'], id };
}

export const findArchive = (state: State, { kind, id }: Place): Archive | undefined =>
  state.archives.find((a) => a.kind === kind && a.id === id);

export function withArchive(state: State, archive: Archive): State {
  const others = state.archives.filter((a) => a.kind !== archive.kind || a.id !== archive.id);
  return { ...state, archives: [...others, archive] };
}

/** Everything a turn works on. */
export function placesOf({ project, sessionId }: Turn): Place[] {
  const session: Place[] = sessionId === null ? [] : [{ kind: 'session', id: sessionId }];
  return [PERSON, { kind: 'project', id: project }, ...session];
}

/** While the agent works, this machine holds the newest state, and the session is copied at intervals. */
export function backUpRunningTurn(state: State, ctx: Context): State {
  const turn = findOpenTurn(state);
  if (!turn) return state;
  const noted = placesOf(turn).reduce((next, place) => noteHere(next, place), state);
  if (turn.sessionId === null) return noted;
  return copyAt(noted, { kind: 'session', id: turn.sessionId }, ctx.now + ARCHIVE_EVERY_MS, ctx.policy, false);
}

/** After a turn its session is copied at once, and the folders if no other turn follows. */
export function backUpEndedTurn(state: State, turn: Turn, ctx: Context): State {
  // The turn never reached the machine.
  if (!findArchive(state, { kind: 'project', id: turn.project })) return state;
  const places = placesOf(turn);
  const noted = places.reduce((next, place) => noteHere(next, place), state);
  // Includes sessions that the turn went on from or left.
  const sessions = archiveTimers(state)
    .map(({ ref }) => placeOf(ref))
    .filter(({ kind }) => kind === 'session');
  const quiet = ctx.now + (ctx.policy.archiveAfterMs ?? 0);
  const behind = [...places, ...sessions];
  const others = state.archives.filter((a) => isOwed(state, a) && behind.every((place) => refOf(place) !== refOf(a)));
  return [...behind, ...others].reduce(
    (next, place) => copyAt(next, place, place.kind === 'session' ? ctx.now : quiet, ctx.policy, true),
    noted,
  );
}

/** True if the last copy failed and the machine still has the original. */
const isOwed = (state: State, { refused, journal }: Archive): boolean =>
  refused !== null && refused !== TOO_LARGE && journal === state.conversation.journal;

function noteHere(state: State, place: Place): State {
  const { journal } = state.conversation;
  if (journal === null || findArchive(state, place)) return state;
  const nothing = { position: 0, bytes: 0, copiedAt: null, leftOut: null, refused: null };
  return withArchive(state, { ...place, journal, ...nothing });
}

function copyAt(state: State, place: Place, dueAt: number, policy: Policy, again: boolean): State {
  const ref = refOf(place);
  const isSet = state.timers.some((t) => t.kind === 'archive' && t.ref === ref);
  const isFull = place.kind === 'session' && findArchive(state, place)?.refused === TOO_LARGE;
  if (policy.archiveAfterMs === null || isFull || (isSet && !again)) return state;
  return withTimer(state, { kind: 'archive', ref, dueAt, attempts: 0 });
}

const archiveTimers = (state: State): Timer[] => state.timers.filter((t) => t.kind === 'archive');

/** True if the machine must stay awake between turns to be copied. */
export const holdsMachine = (state: State): boolean => findOpenTurn(state) === null && archiveTimers(state).length > 0;

/** The next copy to make now. Folders are copied only while no turn runs. */
export function findDueBackup(state: State, now: number): Timer | null {
  const isQuiet = findOpenTurn(state) === null;
  const due = archiveTimers(state).filter((t) => t.dueAt <= now && (isQuiet || placeOf(t.ref).kind === 'session'));
  return due.sort((a, b) => a.dueAt - b.dueAt)[0] ?? null;
}

export const wantsArchive = (state: State, now: number): boolean =>
  (state.machine === null || state.machine.step === 'ready') &&
  (holdsMachine(state) || findDueBackup(state, now) !== null);

export const isBackupStale = (state: State, { dueAt }: Timer, now: number): boolean =>
  findOpenAttempt(state) === null && now - dueAt > ARCHIVE_STALE_MS;

export const readsOfArchive = ({ kind, id }: Place): Read[] =>
  kind === 'session' ? [{ rows: 'archive', session: id }] : [];

export function onArchive(
  state: State,
  { kind, id, outcome }: Extract<Event, { type: 'archive' }>,
  ctx: Context,
): Decision {
  const place: Place = { kind, id };
  if (kind === 'session') requireRead(state, { rows: 'archive', session: id });
  const timer = archiveTimers(state).find((t) => t.ref === refOf(place));
  const archive = findArchive(state, place);
  if (!timer || !archive) return noEffects(withoutTimer(state, 'archive', refOf(place)));
  const settled = withoutTimer(state, 'archive', timer.ref);
  switch (outcome.type) {
    case 'lines': {
      const { position, bytes, more } = outcome;
      const copied = { ...archive, position, bytes: archive.bytes + bytes, copiedAt: ctx.now, refused: null };
      return noEffects(scheduleNext(withArchive(settled, copied), timer, more, ctx.now));
    }
    case 'rewound':
      return noEffects(scheduleNext(withArchive(settled, { ...archive, position: 0, bytes: 0 }), timer, true, ctx.now));
    case 'taken': {
      const leftOut = outcome.leftOut.length === 0 ? null : outcome.leftOut;
      return noEffects(
        withArchive(settled, { ...archive, copiedAt: ctx.now, bytes: outcome.bytes, leftOut, refused: null }),
      );
    }
    case 'unchanged': {
      const noted = archive.refused === null ? settled : withArchive(settled, { ...archive, refused: null });
      return noEffects(kind === 'session' ? scheduleNext(noted, timer, false, ctx.now) : noted);
    }
    case 'full':
      return noEffects(noteTooLarge(settled, archive, ctx));
    case 'refused':
      if (outcome.reason === TOO_LARGE) return noEffects(noteTooLarge(settled, archive, ctx));
      return oweBackup(settled, archive, { event: 'archive-refused', kind, reason: outcome.reason }, ctx.now);
    case 'stale':
      return { ...noEffects(settled), log: [{ level: 'warn', event: 'archive-stale', kind }] };
    case 'failed':
      return onBackupFailed(settled, archive, timer, outcome, ctx.now);
  }
}

/** The rest of a session follows at once. While the agent works, more will come. */
function scheduleNext(state: State, timer: Timer, more: boolean, now: number): State {
  if (more) return withTimer(state, { ...timer, dueAt: now, attempts: 0 });
  return findOpenAttempt(state) ? withTimer(state, { ...timer, dueAt: now + ARCHIVE_EVERY_MS, attempts: 0 }) : state;
}

function onBackupFailed(
  state: State,
  archive: Archive,
  timer: Timer,
  { reason }: Extract<ArchiveOutcome, { type: 'failed' }>,
  now: number,
): Decision {
  const tried = timer.attempts + 1;
  const line = { event: 'archive-failed', kind: archive.kind, tried, reason };
  const wait = ARCHIVE_RETRY_MS[timer.attempts];
  if (wait === undefined) return oweBackup(state, archive, line, now);
  const again = withTimer(state, { ...timer, dueAt: now + wait, attempts: tried });
  return { ...noEffects(again), log: [{ level: 'warn', ...line }] };
}

/** Alerts the operator. The next turn tries again, whichever project it is for. */
function oweBackup(
  state: State,
  archive: Archive,
  line: { event: string; kind: Archive['kind']; reason: string },
  now: number,
): Decision {
  const noted = withArchive(state, { ...archive, refused: line.reason });
  return { state: raise(noted, 'archive-failing', now), effects: [], log: [{ level: 'warn', ...line }] };
}

/** Tells the person once that a project or session is too large to back up. */
function noteTooLarge(state: State, archive: Archive, ctx: Context): State {
  const noted = withArchive(state, { ...archive, refused: TOO_LARGE });
  if (archive.refused === TOO_LARGE) return noted;
  const label = state.projects.find((p) => p.id === archive.id)?.label ?? archive.id;
  const { sessionFull, personal, tooLarge: folder } = texts.archive;
  const text = { session: sessionFull, person: personal, project: folder(label) }[archive.kind];
  return enqueue(noted, 'notice', [text], ctx);
}
