import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { RESTORE_MS } from '../policy/backups.ts';
import { type Archive, MERGED_JOURNAL, NO_JOURNAL } from '../state/backup.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Restored } from '../state/events.ts';
import type { What } from '../state/happening.ts';
import { noteHappening } from '../state/happenings.ts';
import { findOpenTurn, projectOf, type State, withTurn } from '../state/state.ts';
import { namesOf } from '../state/trace.ts';
import { findArchive, placesOf, withArchive } from './backup.ts';

// A machine with another journal has lost its memory. Backups that the turn needs are restored before the turn goes on,
// all others when they are used. The rows say which machine has what, so nothing has to be marked.

/** The archives that the open turn needs and this machine doesn't have. */
export function findLostToTurn(state: State): Archive[] {
  const turn = findOpenTurn(state);
  const { journal } = state.conversation;
  if (!turn || journal === null) return [];
  return placesOf(turn).flatMap((place) => {
    const archive = findArchive(state, place);
    return archive && archive.journal !== journal ? [archive] : [];
  });
}

/** The machine refused the attempt because its journal is another one. Nothing has begun there. */
export function onOtherJournal(state: State, journal: string, ctx: Context): Decision {
  const seen = withJournal(state, journal);
  const turn = findOpenTurn(seen);
  const next = turn ? withTurn(seen, { ...turn, tellAt: turn.tellAt && ctx.now + RESTORE_MS }) : seen;
  return { state: next, effects: [], log: [{ level: 'warn', event: 'other-journal', turn: turn?.id ?? null }] };
}

export function withJournal(state: State, journal: string): State {
  if (state.conversation.journal === journal) return state;
  return { ...state, conversation: { ...state.conversation, journal } };
}

export function onRestored(state: State, restored: Restored, ctx: Context): Decision {
  const turn = findOpenTurn(state);
  const { journal } = state.conversation;
  // The machine that was restored is gone again.
  if (!turn || journal === null || journal !== restored.journal) return noEffects(state);
  const lost = findLostToTurn(state);
  const next = lost.reduce((so, archive) => withArchive(so, asGiven(archive, restored, journal)), state);
  const words = sentences(state, lost, restored, ctx.now);
  const noted = happeningsOf(restored).reduce((so, what) => noteHappening(so, what, ctx.now), next);
  const told = words.length === 0 ? noted : enqueue(noted, 'notice', [words.join(' ')], ctx, { turn: turn.id });
  return {
    state: told,
    effects: [],
    log: [
      {
        level: 'warn',
        event: 'restored',
        ...namesOf(turn),
        folder: restored.folder?.state ?? null,
        session: restored.session?.position ?? null,
        person: restored.person,
      },
    ],
  };
}

/** For the operator's time line. A session that couldn't be restored is told by the machine. */
function happeningsOf({ folder, session, person }: Restored): What[] {
  const happened: What[] = ['other-machine'];
  if (session?.position != null) happened.push('session-back');
  if (person) happened.push('memory-back');
  if (folder?.state === 'given') happened.push('folder-back');
  else if (folder?.state === 'damaged' || folder?.state === 'none') happened.push('folder-lost');
  return happened;
}

function asGiven(archive: Archive, { session }: Restored, journal: string): Archive {
  if (archive.kind !== 'session') return { ...archive, journal };
  return { ...archive, journal, position: session?.position ?? archive.position };
}

/** The machine itself says if the session couldn't be restored, because it begins a new one then. */
function sentences(
  state: State,
  lost: readonly Archive[],
  { project, folder, session }: Restored,
  now: number,
): string[] {
  const words = texts.archive;
  const { label } = projectOf(state, project);
  const archive = lost.find((a) => a.kind === 'project');
  // These came from another home: no disk was lost.
  const isMerged = lost.every(({ journal }) => journal === MERGED_JOURNAL || journal === NO_JOURNAL);
  const said: string[] = [];
  if (folder?.state === 'given') {
    said.push(isMerged ? texts.merging.projectBack(label) : words.folderBack(label, minutesSince(folder.at, now)));
    said.push(...leftOutOf(folder));
  } else if (folder?.state === 'damaged') said.push(words.folderLost(label, 'damaged'));
  else if (folder?.state === 'none') {
    said.push(words.folderLost(label, archive?.refused === 'too_large' ? 'too_large' : 'none'));
  }
  if (isMerged) return said;
  if (session?.position != null) said.unshift(words.sessionBack);
  return said.length === 0 ? [] : [words.newMachine, ...said];
}

const minutesSince = (at: number, now: number): number => Math.round((now - at) / 60_000);

const leftOutOf = ({ leftOut }: { leftOut: readonly string[] }): string[] =>
  leftOut.length === 0 ? [] : [texts.archive.leftOut(leftOut)];
