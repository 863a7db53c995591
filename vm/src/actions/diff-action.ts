import type { AgentMessage, WorkDiff } from '../../../src/protocol/index.ts';
import type { AgentHost, OpenAgent, Signal } from '../agent/agent.ts';
import { Folder } from '../files/folder.ts';
import { confineCheck } from '../process/confined-command.ts';
import type { ApprovalPolicy } from '../process/sandbox.ts';
import { makeGitEnvironment } from '../repository/run-git.ts';
import { compareWork } from '../repository/work-diff.ts';
import { makeCloneFolder, removeCloneFolder } from '../workspace/clone-folder.ts';
import { prepareProject } from '../workspace/project-folder.ts';
import { workspaceOf } from '../workspace/workspace.ts';

// The person wants to see the project's work: what isn't committed, and what isn't in the default branch. Changes
// nothing, and can run again after a crash.

/** Then the person is told. */
const BOUND_MS = 30_000;

export type DiffMessage = AgentMessage & { action: 'diff' };
export const isDiffAction = (message: AgentMessage): message is DiffMessage => message.action === 'diff';

export type DiffHost = AgentHost & { readonly attempt: string; readonly over: AbortSignal };
export type DiffActionSetup = { dataDir: string; policy: ApprovalPolicy; boundMs?: number };

export async function performDiff(
  setup: DiffActionSetup,
  open: OpenAgent,
  message: DiffMessage,
  host: DiffHost,
  listener: (signal: Signal) => void,
): Promise<void> {
  listener({ type: 'message', uuid: message.uuid, state: 'queued' });
  const told = await readWork(setup, open, host);
  if (told === null) return;
  const answer = { ...told, isError: false, uuids: [message.uuid], totalCostUsd: 0, aborted: false };
  listener({ type: 'answer', answer: { ...answer, outage: 'none' } });
  listener({ type: 'state', idle: true });
}

/** Null if the attempt was ended. */
async function readWork(
  { dataDir, policy, boundMs = BOUND_MS }: DiffActionSetup,
  { conversation, project }: OpenAgent,
  host: DiffHost,
): Promise<{ text: string; diff?: WorkDiff } | null> {
  const workspace = workspaceOf(dataDir, conversation);
  const path = prepareProject(workspace, project);
  if (!hasRepository(path)) return { text: NO_REPOSITORY };
  const bound = AbortSignal.timeout(boundMs);
  const folder = makeCloneFolder(workspace, project);
  try {
    const compared = await compareWork({
      project: path,
      folder,
      env: makeGitEnvironment(workspace, {}),
      mark: `ROOST_DIFF=${host.attempt}`,
      confine: (command) => confineCheck(command, policy, [path], [folder]),
      abort: AbortSignal.any([host.over, bound]),
    });
    if (host.over.aborted) return null;
    if ('patch' in compared) return { text: DIFFERS, diff: compared };
    if ('none' in compared) return { text: describeNone(compared.against) };
    return { text: bound.aborted ? TOO_LONG : describeFailure(compared.failed) };
  } finally {
    removeCloneFolder(workspace, project);
  }
}

/** A file or a link in its place leads to a repository elsewhere, which isn't the project's. */
function hasRepository(path: string): boolean {
  using folder = Folder.open(path);
  return folder.stat('.git')?.isDirectory() ?? false;
}

const DIFFERS = 'Here are the changes.';
const NO_REPOSITORY =
  'The folder of this project isn’t a git repository, so I can’t tell what was changed in it. Text me to make one, or ask me what I changed.';
const TOO_LONG =
  'Reading the changes took longer than half a minute, so I stopped. Ask me for the changes of some files, or for a .gitignore if there are many files that don’t belong to the work.';
const describeNone = (against: string | null): string =>
  against === null
    ? 'There are no changes since the last commit.'
    : `There are no changes: everything is as in ${against}.`;
const describeFailure = (reason: string | null): string =>
  `I couldn’t read the changes: ${(reason ?? 'git was ended, perhaps because the machine ran out of memory').replace(/[.!?]$/, '')}. Ask me to look at it.`;
