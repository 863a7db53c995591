import { findLostToTurn } from '../../conversation/machine/restore.ts';
import { ARCHIVE_CALL_MS } from '../../conversation/policy/backups.ts';
import type { FolderRestore, Restored } from '../../conversation/state/events.ts';
import { findOpenTurn, type State } from '../../conversation/state/state.ts';
import { writeSession, writeSnapshot } from '../../machines/backup.ts';
import type { Access, CallFailure } from '../../machines/client.ts';
import { chunksOf, copiesOf, folderPrefixOf, joinObjects } from '../backup-bucket.ts';
import type { Services } from '../services.ts';

// Restores what the open turn needs from the bucket to a machine that lost its disk. Each part can be restored again
// without harm, so after one failure everything is retried later.

type Deps = Pick<Services, 'id' | 'archive' | 'machineAccess'>;

export async function restoreLost(deps: Deps, state: State): Promise<Restored> {
  const lost = findLostToTurn(state);
  const journal = state.conversation.journal ?? '';
  const restored: Restored = {
    journal,
    project: findOpenTurn(state)?.project ?? '',
    folder: null,
    session: null,
    person: false,
  };
  for (const { kind, id, refused } of lost) {
    const access = await deps.machineAccess(Date.now());
    if (kind === 'person') restored.person = (await giveFolder(deps, access, 'person')).state === 'given';
    else if (kind === 'project') restored.folder = await giveFolder(deps, access, `projects/${id}`);
    // The backup of a session that grew too long is old: the agent would continue from long ago.
    else restored.session = { id, position: refused === null ? await giveSession(deps, access, id) : null };
  }
  return restored;
}

/** Restores the newest copy that the machine accepts. */
async function giveFolder({ id, archive }: Deps, access: Access, path: string): Promise<FolderRestore> {
  const copies = archive ? await copiesOf(archive, folderPrefixOf(id, path)) : [];
  for (const { key, at, leftOut } of copies) {
    const object = await archive?.get(key);
    if (!object) continue;
    const answer = await writeSnapshot(access, path, object.body, ARCHIVE_CALL_MS);
    if (answer.kind === 'kept') return answer.restored ? { state: 'given', at, leftOut } : { state: 'kept' };
    if (!isFinal(answer)) throw new Error(answer.reason);
  }
  return { state: copies.length === 0 ? 'none' : 'damaged' };
}

async function giveSession({ id, archive }: Deps, access: Access, session: string): Promise<number | null> {
  const { keys, bytes } = archive ? await chunksOf(archive, [id, session]) : { keys: [], bytes: 0 };
  if (!archive || keys.length === 0) return null;
  const answer = await writeSession(access, session, joinObjects(archive, keys, bytes), ARCHIVE_CALL_MS);
  if (answer.kind === 'kept') return answer.position;
  if (!isFinal(answer)) throw new Error(answer.reason);
  return null;
}

/** The machine will never accept it. A machine of an older release starts the turn without a restore. */
const isFinal = ({ kind }: CallFailure): boolean => kind === 'refused';
