import { join } from 'node:path';
import type { Options } from '@anthropic-ai/claude-agent-sdk/core';
import type { OpenAgent, ToolHost } from '../agent/agent.ts';
import { Folder, isMissing } from '../files/folder.ts';
import type { NetworkProxy } from '../network/network-proxy.ts';
import { confineProgram, insideNameOf, PROXY_INSIDE } from '../process/confined-command.ts';
import type { ApprovalPolicy } from '../process/sandbox.ts';
import { makeCommandEnvironment } from '../workspace/environment.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { makeHookOptions } from './hooks.ts';
import type { ProgramConsent } from './program-consent.ts';
import type { LocalServer, RemoteServer } from './programs.ts';

// A project's hooks and MCP servers as options of Claude Code: in the same sandbox as its commands, if there is one,
// and with the same proxy to the network. Keeps nothing.

/**
 * The parts of a project that others run; its own programs can't write there. Missing folders are created, so that
 * nobody else can create them.
 */
const KEPT_FOLDERS = ['.claude', '.vscode', '.idea'];
const KEPT = [...KEPT_FOLDERS, '.git', '.gitmodules', '.mcp.json'];

type Started = Required<Pick<Options, 'hooks' | 'mcpServers'>> & { told: string };
type ProgramContext = {
  workspace: Workspace;
  cwd: string;
  policy: ApprovalPolicy;
  proxy: NetworkProxy | null;
  /** Variables for git and gh, if the project has a repository. */
  repository: Record<string, string>;
};

export function makeProgramOptions(
  programs: ProgramConsent,
  { conversation, project }: OpenAgent,
  { workspace, cwd, policy, proxy, repository }: ProgramContext,
  host: ToolHost,
): Started {
  const scope = { conversation, project };
  const found = programs.find(scope);
  if (!found) return { hooks: {}, mcpServers: {}, told: programs.whyNone(scope) ?? '' };
  // Once, before any program of the project runs: later, a path to mount could have become a link.
  const kept = proxy ? keptIn(cwd) : [];
  const confine: Confine = (line, variables = []) => {
    if (policy.approvals === 'auto' || !proxy) return line;
    const reach = {
      written: [cwd, workspace.home],
      kept: [...kept, ...policy.shownPaths],
      socket: proxy.socket,
      variables,
    };
    return confineProgram(line, policy.privatePaths, reach);
  };
  const env = { ...environment(workspace, cwd, proxy), ...repository };
  const isAllowed = programs.isAllowed(scope, found);
  const servers = isAllowed
    ? [...found.local.map((server) => local(server, proxy === null, confine, env)), ...found.remote.map(remote)]
    : [];
  const runner = {
    mayRun: (signal: AbortSignal) => programs.mayStart(scope, host(), signal),
    command: (line: string) => confine(['bash', '-c', line]),
    cwd,
    env,
  };
  return {
    hooks: makeHookOptions(found.hooks, runner),
    mcpServers: Object.fromEntries(servers),
    told: note(found.refused, isAllowed),
  };
}

type Line = readonly [string, ...string[]];
/** `variables`: the names of the variables that the project sets for it. */
type Confine = (line: Line, variables?: readonly string[]) => Line;
type Server = [name: string, config: NonNullable<Options['mcpServers']>[string]];

function local(
  { name, command, args, env: own }: LocalServer,
  isFree: boolean,
  confine: Confine,
  env: Record<string, string>,
): Server {
  const [program, ...rest] = confine([command, ...args], Object.keys(own));
  const given = isFree
    ? own
    : Object.fromEntries(Object.entries(own).map(([key, value]) => [insideNameOf(key), value]));
  return [name, { type: 'stdio', command: program, args: rest, env: { ...env, ...given } }];
}

const remote = ({ name, type, url, headers }: RemoteServer): Server => [name, { type, url, headers }];

function environment(workspace: Workspace, cwd: string, proxy: NetworkProxy | null): Record<string, string> {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];
  const proxies = { ...Object.fromEntries(names.map((name) => [name, PROXY_INSIDE])), NODE_USE_ENV_PROXY: '1' };
  const own = { CLAUDE_PROJECT_DIR: cwd };
  // In the sandbox, each program has its own temporary files.
  return {
    ...makeCommandEnvironment(process.env, workspace),
    ...own,
    ...(proxy ? { ...proxies, TMPDIR: '/tmp' } : {}),
  };
}

function keptIn(cwd: string): string[] {
  using project = Folder.open(cwd);
  for (const name of KEPT_FOLDERS) makeMissing(project, name);
  const isThere = (name: string): boolean => project.stat(name)?.isSymbolicLink() === false;
  return KEPT.filter(isThere).map((path) => join(cwd, path));
}

function makeMissing(folder: Folder, name: string): void {
  if (folder.stat(name) !== null) return;
  try {
    folder.make(name).close();
  } catch (error) {
    // Meanwhile somebody made a link or a file of that name.
    if (!isMissing(error)) throw error;
  }
}

function note(refused: readonly string[], isAllowed: boolean): string {
  const waiting = 'The person has not allowed this project’s hooks and MCP servers, so they are not running.';
  const left =
    refused.length > 0 && `These parts of the project are not started here: ${refused.join('; ').slice(0, 500)}.`;
  return [isAllowed ? '' : waiting, left].filter(Boolean).join(' ');
}
