import type { AgentMessage } from '../../../src/protocol/index.ts';
import type { AgentHost, OpenAgent, Signal } from '../agent/agent.ts';
import { isReachAllowed } from '../consent/permission-options.ts';
import { readFreeDisk } from '../process/resources.ts';
import { type Cloned, clone } from '../repository/clone.ts';
import { askForSize, type CloneSetup, surround } from '../repository/clone-environment.ts';
import type { ProjectScope } from '../repository/repositories.ts';
import { formatSize } from '../transfer/listing.ts';
import {
  isEmptyProject,
  makeCloneFolder,
  noteOfClone,
  removeCloneFolder,
  takeClone,
} from '../workspace/clone-folder.ts';
import { prepareProject } from '../workspace/project-folder.ts';
import { type Workspace, workspaceOf } from '../workspace/workspace.ts';

// Clones the project's repository into its empty folder, and tells how far it is. A clone that is cut leaves the folder
// empty, and the next attempt begins anew; one that was whole when it was cut is told again.

/** Room for a clone beside its history: the files themselves. */
const SIZE_FACTOR = 2;
const LOOK_MS = 1000;

export type CloneMessage = AgentMessage & { action: 'clone' };
export const isCloneAction = (message: AgentMessage): message is CloneMessage => message.action === 'clone';

export type CloneHost = AgentHost & {
  readonly attempt: string;
  /** Aborted when the attempt is over. */
  readonly over: AbortSignal;
  tell(text: string): void;
  /** Runs the project's setup.sh if it is due; a note about it, or null. */
  setUp(): Promise<string | null>;
};

export type CloneActionSetup = CloneSetup & {
  /** The least free disk space, in bytes. */
  diskMin: number;
  closeAgent: (conversation: string) => Promise<void>;
  free?: (path: string) => number | null;
};

export async function performClone(
  setup: CloneActionSetup,
  open: OpenAgent,
  message: CloneMessage,
  host: CloneHost,
  listener: (signal: Signal) => void,
): Promise<void> {
  listener({ type: 'message', uuid: message.uuid, state: 'queued' });
  const made = await cloneProject(setup, open, message.uuid, host);
  const text = made?.isCloned ? await withSetUp(made.text, host) : made?.text;
  if (text == null) return;
  const answer = { text, isError: false, uuids: [message.uuid], totalCostUsd: 0, aborted: false };
  listener({ type: 'answer', answer: { ...answer, outage: 'none' } });
  listener({ type: 'state', idle: true });
}

/**
 * Clones, or says why not; null if the attempt was ended. `id` names what asked for it: asked again, it is told the same
 * again.
 */
export async function cloneProject(
  setup: CloneActionSetup,
  scope: ProjectScope,
  id: string,
  host: CloneHost,
): Promise<{ text: string; isCloned: boolean } | null> {
  const { conversation, project } = scope;
  const repository = setup.repositories.find(scope);
  if (!repository) return refusal(NOT_CONNECTED);
  const where = `${repository.host}/${repository.path}`;
  const workspace = workspaceOf(setup.dataDir, conversation);
  prepareProject(workspace, project);
  const before = readNote(noteOfClone(workspace, project));
  if (before?.message === id) return { text: before.text, isCloned: true };
  if (!isEmptyProject(workspace, project)) return refusal(notEmpty(where));
  const size = await askForSize(setup, scope);
  const refused = refuseForRoom(setup, size, where);
  if (host.over.aborted) return null;
  if (refused !== null) return refusal(refused);
  host.tell(`Cloning ${repository.path.split('/').at(-1)}`);
  const result = await cloneAside(setup, scope, workspace, host, size);
  if (result === null) return null;
  if (typeof result === 'string') return refusal(`I couldn’t clone ${where}: ${endSentence(result)} ${AGAIN}`);
  await setup.closeAgent(conversation);
  const text = describe(where, result);
  if (!takeClone(workspace, project, JSON.stringify({ message: id, text }))) return refusal(notEmpty(where));
  return { text, isCloned: true };
}

/** The clone, why there is none, or null if the attempt was ended. Leaves nothing behind unless there is a clone. */
async function cloneAside(
  setup: CloneActionSetup,
  scope: ProjectScope,
  workspace: Workspace,
  host: CloneHost,
  size: number | null,
): Promise<Cloned | string | null> {
  const { dataDir, diskMin, free = readFreeDisk, repositories } = setup;
  const repository = repositories.find(scope);
  if (!repository) return null;
  const folder = makeCloneFolder(workspace, scope.project);
  const full = new AbortController();
  const looking = setInterval(() => {
    if ((free(dataDir) ?? diskMin) < diskMin) full.abort();
  }, LOOK_MS);
  const around = await surround(setup, { scope, workspace, folder }, (address) =>
    isReachAllowed(host, address, host.over),
  );
  let isWhole = false;
  try {
    const abort = AbortSignal.any([host.over, full.signal]);
    const mark = `ROOST_CLONE=${host.attempt}`;
    const call = { repository, folder, size, mark, abort, say: (text: string) => host.tell(text) };
    const result = await clone({ ...call, env: around.env, confine: around.confine });
    if (host.over.aborted) return null;
    if (full.signal.aborted) return `the disk has less than ${formatSize(diskMin)} left.`;
    if ('failed' in result) return result.failed ?? 'git was ended, perhaps because the machine ran out of memory.';
    isWhole = true;
    return result;
  } finally {
    clearInterval(looking);
    around.close();
    if (!isWhole) removeCloneFolder(workspace, scope.project);
  }
}

async function withSetUp(text: string, host: CloneHost): Promise<string | null> {
  const failed = await host.setUp();
  if (host.over.aborted) return null;
  return failed === null ? text : `${text} Its setup.sh failed; I’ll look at that with your next text.`;
}

function readNote(note: string | null): { message: string; text: string } | null {
  try {
    return note === null ? null : (JSON.parse(note) as { message: string; text: string });
  } catch {
    return null;
  }
}

function refuseForRoom(
  { dataDir, diskMin, free = readFreeDisk }: CloneActionSetup,
  size: number | null,
  where: string,
): string | null {
  const room = (free(dataDir) ?? Number.POSITIVE_INFINITY) - diskMin;
  const needed = (size ?? 0) * SIZE_FACTOR;
  if (room > needed) return null;
  return `There isn’t room for ${where}: it needs about ${formatSize(needed)}, and ${formatSize(Math.max(0, room))} are free. Archive or delete a project, or ask me to make room, and then text /project clone.`;
}

const refusal = (text: string) => ({ text, isCloned: false });

const NOT_CONNECTED = 'This project has no repository that I may reach. To connect an account, text /github.';
const AGAIN = 'Nothing is left of it. To try again, text /project clone.';
const notEmpty = (where: string): string =>
  `There are files in this project already, so I haven’t cloned ${where} into it. Text /project new with another name and the repository’s address.`;

function describe(where: string, { branch, files, bytes, submodules, isPartial, collides, lfs }: Cloned): string {
  const sentences = [
    branch === null || files === 0
      ? `Cloned ${where}: it has no commits yet.`
      : `Cloned ${where}: branch ${branch}, ${counted(files, 'file')}, ${formatSize(bytes)}.`,
  ];
  if (isPartial) sentences.push('It is large, so old versions of files are fetched when they are needed.');
  if (submodules > 0) sentences.push(`Not fetched: ${counted(submodules, 'submodule')}.`);
  if (lfs?.state === 'left') sentences.push(`${largeFiles(lfs.files, lfs.bytes)} stay on the host until I need them.`);
  if (lfs?.state === 'no-program')
    sentences.push(`${largeFiles(lfs.files, lfs.bytes)} need git-lfs, which isn’t installed.`);
  if (collides) sentences.push('Some names differ only in upper and lower case, and this disk keeps one of each.');
  return sentences.join(' ');
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const largeFiles = (files: number, bytes: number): string => `${counted(files, 'large file')} (${formatSize(bytes)})`;
const endSentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
