import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { Options, Settings } from '@anthropic-ai/claude-agent-sdk/core';
import type { AgentHost } from '../agent/agent.ts';
import { readMemory } from '../agent/memory.ts';
import { NetworkProxy } from '../network/network-proxy.ts';
import type { ApprovalPolicy } from '../process/sandbox.ts';
import { listForeignTemporary, temporaryFolderOf } from '../workspace/temporary-folder.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { chooseSources, describeIgnored } from './setting-sources.ts';
import { approvalOf, denialOf, makePermissionCheck } from './tool-permissions.ts';

// The agent's permissions without asking, as options of Claude Code. On a machine of its own: everything. On a person's
// computer: read and change its own project. File tools see only the project, and so do commands if a sandbox works.

/** Tools that ask at a terminal, where nobody sits; the agent has ask_person instead. */
const UNANSWERABLE = ['AskUserQuestion', 'EnterPlanMode', 'ExitPlanMode'];
/** Tools that wake the agent later, when its machine sleeps; the agent has the schedule tools instead. */
const SLEEPLESS = ['CronCreate', 'CronDelete', 'CronList', 'ScheduleWakeup'];
const DISALLOWED = [...UNANSWERABLE, ...SLEEPLESS];

type Given = Pick<
  Options,
  | 'permissionMode'
  | 'disallowedTools'
  | 'canUseTool'
  | 'sandbox'
  | 'settingSources'
  | 'managedSettings'
  | 'strictMcpConfig'
  | 'additionalDirectories'
> & { allowDangerouslySkipPermissions?: boolean };

/**
 * Overrides all settings of the person and the project: nothing in their files starts a program by itself, and none of
 * their rules consents in the person's place. Our own hooks still run.
 */
const POLICY: NonNullable<Options['managedSettings']> = {
  allowManagedHooksOnly: true,
  allowManagedPermissionRulesOnly: true,
  strictPluginOnlyCustomization: ['hooks', 'mcp'],
  strictKnownMarketplaces: [],
  // By itself, Claude Code opens the pages of some eighty hosts without asking.
  permissions: { ask: ['WebFetch'] },
};

/** `told`: instructions for the agent. `env`: variables for its process. */
type Consented = { options: Given; settings: Settings; told?: string; env?: Record<string, string> };

export function makePermissionOptions(
  policy: ApprovalPolicy,
  workspace: Workspace,
  cwd: string,
  host: () => AgentHost | null,
  proxy: NetworkProxy | null,
): Consented {
  if (policy.approvals === 'auto') {
    const options: Given = { permissionMode: 'bypassPermissions', allowDangerouslySkipPermissions: true };
    const settingSources: Given['settingSources'] = ['user', 'project', 'local'];
    return { options: { ...options, disallowedTools: DISALLOWED, settingSources }, settings: {} };
  }
  const { isSandboxed } = policy;
  const { read, ignored } = chooseSources(workspace, cwd);
  return {
    told: [describeIgnored(ignored), read.includes('user') ? null : readMemory(workspace)].filter(Boolean).join('\n\n'),
    ...(read.includes('project') ? {} : { env: { CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD: '1' } }),
    options: {
      permissionMode: 'default',
      disallowedTools: DISALLOWED,
      canUseTool: makePermissionCheck(isSandboxed, host),
      settingSources: read,
      // The agent reads a project's CLAUDE.md and rules even if the project's settings are ignored.
      ...(read.includes('project') ? {} : { additionalDirectories: [cwd] }),
      managedSettings: POLICY,
      strictMcpConfig: true,
      ...(isSandboxed ? { sandbox: sandboxFor(workspace, cwd, policy, proxy) } : {}),
    },
    settings: {
      permissions: {
        // Without a sandbox, the person is also asked about commands that name a path outside.
        ...(isSandboxed
          ? { blockFileToolReadsOutsideWorkingDirectories: true }
          : { blockReadsOutsideWorkingDirectories: true }),
        blockWritesOutsideWorkingDirectories: true,
        blockReadsExemptPaths: [`${workspace.config}/skills`],
      },
      // The person decides about each page; without this, Claude Code reports the address to a service first.
      skipWebFetchPreflight: true,
    },
  };
}

/** Asks the person whether a confined command may reach `address`, which is `host:port`. */
export async function isReachAllowed(host: AgentHost, address: string, signal: AbortSignal): Promise<boolean> {
  const request = approvalOf('SandboxNetworkAccess', { host: address }, []);
  return denialOf(await host.ask(`network-${address}`, request, signal)) === null;
}

/**
 * The proxies to the network where there is a sandbox: one for the commands in it, and one for Claude Code itself,
 * which would otherwise resolve a name again after the check.
 */
export type NetworkProxies = { commands: NetworkProxy; own: NetworkProxy };

export async function openProxies(
  policy: ApprovalPolicy,
  host: () => AgentHost | null,
): Promise<NetworkProxies | null> {
  if (policy.approvals === 'auto' || !policy.isSandboxed) return null;
  const ask = async (address: string): Promise<boolean> => {
    const asked = host();
    return asked !== null && isReachAllowed(asked, address, new AbortController().signal);
  };
  const { ownAddresses, connectPort } = policy;
  return {
    commands: await NetworkProxy.open(ask, ownAddresses, undefined, undefined, connectPort),
    own: await NetworkProxy.open(null, []),
  };
}

function sandboxFor(
  workspace: Workspace,
  cwd: string,
  { privatePaths, shownPaths }: Pick<ApprovalPolicy & { approvals: 'ask' }, 'privatePaths' | 'shownPaths'>,
  proxy: NetworkProxy | null,
): NonNullable<Options['sandbox']> {
  const own = [cwd, workspace.home, temporaryFolderOf(workspace, basename(cwd))];
  return {
    enabled: true,
    // Better no agent than an unconfined one.
    failIfUnavailable: true,
    autoAllowBashIfSandboxed: false,
    allowUnsandboxedCommands: false,
    filesystem: {
      denyRead: spellings([...privatePaths, ...listForeignTemporary()]),
      allowRead: spellings([...own, ...shownPaths]),
      allowWrite: spellings([workspace.home]),
    },
    // The proxy doesn't speak SOCKS, so HTTP is the only way.
    network: { allowedDomains: [], ...(proxy ? { httpProxyPort: proxy.port, socksProxyPort: proxy.port } : {}) },
  };
}

/** Each path as written and with its links resolved. Without the root, which would hide everything. */
function spellings(paths: readonly string[]): string[] {
  const real = paths.map((path) => {
    try {
      return realpathSync(path);
    } catch {
      return path;
    }
  });
  return [...new Set([...paths, ...real])].filter((path) => path !== '/');
}
