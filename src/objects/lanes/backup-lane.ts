import {
  findArchive,
  findDueBackup,
  holdsMachine,
  isBackupStale,
  placeOf,
  wantsArchive,
} from '../../conversation/machine/backup.ts';
import { ARCHIVE_CALL_MS } from '../../conversation/policy/backups.ts';
import { MACHINE_ANSWER_MS } from '../../conversation/policy/machine.ts';
import type { ArchiveOutcome, Event } from '../../conversation/state/events.ts';
import type { Read } from '../../conversation/state/reads.ts';
import type { State } from '../../conversation/state/state.ts';
import { reasonOf } from '../../log.ts';
import { holdAwake, readSession, readSnapshot } from '../../machines/backup.ts';
import type { CallFailure } from '../../machines/client.ts';
import { SESSION_BYTES_MAX } from '../../protocol/index.ts';
import { copiesOf, dropSession, folderPrefixOf, putChunk, putCopy } from '../backup-bucket.ts';
import type { Services } from '../services.ts';

// The lane that backs up sessions and folders into the bucket, one after the other. Between turns it keeps the machine
// awake until nothing is left to copy. Holds no state of its own: it can die anywhere and be started again.

/** The polling interval while the lane only waits: a text may have arrived. */
export const LOOK_MS = 1000;
/** The wait before a machine that refused the hold call is asked again. */
const HOLD_AGAIN_MS = 10_000;

export type BackupDeps = {
  /** Conversation time. */
  now: () => number;
  store: { load: (reads?: readonly Read[]) => State };
  apply: (event: Event) => State;
  services: Pick<Services, 'id' | 'archive' | 'machineAccess'>;
};

/** Runs until no backup is due. */
export async function runBackupLane(deps: BackupDeps): Promise<void> {
  let letGo: (() => void) | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;
  try {
    for (;;) {
      const state = deps.store.load();
      if (!wantsArchive(state, deps.now())) return;
      const timer = findDueBackup(state, deps.now());
      if (timer && isBackupStale(state, timer, deps.now())) {
        deps.apply({ type: 'archive', ...placeOf(timer.ref), outcome: { type: 'stale' } });
        continue;
      }
      if (holdsMachine(state) && letGo === null && Date.now() - askedAt >= HOLD_AGAIN_MS) {
        askedAt = Date.now();
        letGo = await holdAwake(await deps.services.machineAccess(Date.now()), MACHINE_ANSWER_MS);
      }
      if (timer) deps.apply({ type: 'archive', ...placeOf(timer.ref), outcome: await copied(deps, timer.ref) });
      else await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    letGo?.();
  }
}

async function copied(deps: BackupDeps, ref: string): Promise<ArchiveOutcome> {
  const bucket = deps.services.archive;
  if (!bucket) return { type: 'unchanged' };
  const { kind, id } = placeOf(ref);
  try {
    if (kind === 'session') return await copySession(deps, bucket, id);
    return await copyFolder(deps, bucket, kind === 'person' ? 'person' : `projects/${id}`);
  } catch (error) {
    return { type: 'failed', reason: reasonOf(error) };
  }
}

async function copySession(deps: BackupDeps, bucket: R2Bucket, id: string): Promise<ArchiveOutcome> {
  const archive = findArchive(deps.store.load([{ rows: 'archive', session: id }]), { kind: 'session', id });
  if (!archive) return { type: 'unchanged' };
  const name: [string, string] = [deps.services.id, id];
  const access = await deps.services.machineAccess(Date.now());
  const answer = await readSession(access, id, archive.position, ARCHIVE_CALL_MS);
  if (answer.kind !== 'lines') return outcomeOf(answer);
  const { position, newest, length, body } = answer;
  if (length === 0 || archive.bytes + length > SESSION_BYTES_MAX || newest < archive.position) await body.cancel();
  if (newest < archive.position) {
    await dropSession(bucket, name);
    return { type: 'rewound' };
  }
  if (length === 0) return { type: 'unchanged' };
  if (archive.bytes + length > SESSION_BYTES_MAX) return { type: 'full' };
  await putChunk(bucket, name, [archive.position, position], { body, length });
  return { type: 'lines', position, bytes: length, more: position < newest };
}

async function copyFolder(deps: BackupDeps, bucket: R2Bucket, path: string): Promise<ArchiveOutcome> {
  const prefix = folderPrefixOf(deps.services.id, path);
  const etag = (await copiesOf(bucket, prefix))[0]?.etag ?? null;
  const access = await deps.services.machineAccess(Date.now());
  const answer = await readSnapshot(access, path, etag, ARCHIVE_CALL_MS);
  if (answer.kind === 'unchanged') return { type: 'unchanged' };
  if (answer.kind !== 'snapshot') return outcomeOf(answer);
  await putCopy(bucket, prefix, deps.now(), answer, answer);
  return { type: 'taken', leftOut: answer.leftOut, bytes: answer.length };
}

/** A session or project that the machine does not have needs no copy. */
function outcomeOf({ kind, code, reason }: CallFailure): ArchiveOutcome {
  if (code === 'unknown_session' || code === 'unknown_project') return { type: 'unchanged' };
  return kind === 'refused' ? { type: 'refused', reason: code ?? reason } : { type: 'failed', reason };
}
