import type { ConnectProxy } from '../network/connect-proxy.ts';
import { GITHUB } from '../network/connect-target.ts';
import { NetworkProxy } from '../network/network-proxy.ts';
import { confineProgram, portInSandbox } from '../process/confined-command.ts';
import type { ApprovalPolicy } from '../process/sandbox.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { askGithub } from './github-api.ts';
import type { ProjectScope, Repositories } from './repositories.ts';
import { type GitCall, makeGitEnvironment } from './run-git.ts';

// What a clone is run with: the environment of its git, and the sandbox around it if the agent's commands have one.

const SIZE_MS = 10_000;

export type CloneSetup = {
  dataDir: string;
  policy: ApprovalPolicy;
  repositories: Repositories;
  proxy: Pick<ConnectProxy, 'port' | 'wordFor'>;
};

type Surroundings = Pick<GitCall, 'env' | 'confine'> & { close: () => void };

/** `ask`: whether the person lets git reach a host, which only large files of LFS need. The caller closes it. */
export async function surround(
  { policy, repositories }: Omit<CloneSetup, 'proxy'>,
  { scope, workspace, folder }: { scope: ProjectScope; workspace: Workspace; folder: string },
  ask: (address: string) => Promise<boolean>,
): Promise<Surroundings> {
  const isConfined =
    policy.approvals === 'ask' && policy.isSandboxed && policy.confinesPrograms && process.platform === 'linux';
  if (!isConfined) {
    const env = makeGitEnvironment(workspace, repositories.environmentFor(scope));
    return { env, confine: (command) => command, close: () => {} };
  }
  const door = await NetworkProxy.open(ask, policy.ownAddresses, undefined, undefined, policy.connectPort);
  const inside = portInSandbox(door.port);
  const proxy = `http://127.0.0.1:${inside}`;
  const reach = { written: [folder], kept: policy.shownPaths, socket: door.socket };
  return {
    env: {
      ...makeGitEnvironment(workspace, repositories.environmentFor(scope, inside)),
      ...{ HTTPS_PROXY: proxy, https_proxy: proxy, TMPDIR: '/tmp' },
    },
    confine: (command) => confineProgram(command, policy.privatePaths, reach),
    close: () => door.close(),
  };
}

/** The repository's size in bytes, as GitHub tells; null if it doesn't, or for other hosts. */
export async function askForSize({ proxy, repositories }: CloneSetup, scope: ProjectScope): Promise<number | null> {
  const repository = repositories.find(scope);
  if (repository?.host !== GITHUB) return null;
  const door = { port: proxy.port, word: proxy.wordFor(scope.conversation) };
  const answer = await askGithub(door, { method: 'GET', path: `/repos/${repository.path}` }, SIZE_MS);
  return answer?.status === 200 ? sizeIn(answer.text) : null;
}

function sizeIn(text: string): number | null {
  try {
    const answer: unknown = JSON.parse(text);
    const size = typeof answer === 'object' && answer !== null && 'size' in answer ? answer.size : null;
    return typeof size === 'number' && size >= 0 ? size * 1024 : null;
  } catch {
    return null;
  }
}
