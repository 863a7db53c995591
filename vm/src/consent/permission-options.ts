import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { Options, Settings } from '@anthropic-ai/claude-agent-sdk';
import type { AgentHost } from '../agent/agent.ts';
import { readMemory } from '../agent/memory.ts';
import { NetworkProxy } from '../network/network-proxy.ts';
import type { ApprovalPolicy } from '../process/sandbox.ts';
import { listForeignTemporary, temporaryFolderOf } from '../workspace/temporary-folder.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { chooseSources, describeIgnored } from './setting-sources.ts';
import { approvalOf, denialOf, makePermissionCheck } from './tool-permissions.ts';

// What the agent may do without asking, as options of Claude Code. On a machine of its own: everything. On a person's
// computer: reading, and changing its own project. File tools see only the project, and so do commands where a sandbox
// works.

/** They would ask a terminal nobody sits at; there is ask_person. */
const UNANSWERABLE = ['AskUserQuestion', 'EnterPlanMode', 'ExitPlanMode'];
/** They would wake an agent that sleeps with its machine; there are the tools for schedules. */
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
 * Above all settings of the person and the project: nothing in their files starts a program by itself, and none of their
 * rules consents to anything in the person's place. Hooks of ours go on.
 */
const POLICY: NonNullable<Options['managedSettings']> = {
  allowManagedHooksOnly: true,
  allowManagedPermissionRulesOnly: true,
  strictPluginOnlyCustomization: ['hooks', 'mcp'],
  strictKnownMarketplaces: [],
  // Claude Code knows some eighty hosts whose pages it would open without a question.
  permissions: { ask: ['WebFetch'] },
};

/** `told`: what the agent is to know of it; `env`: for its process. */
type Consented = { options: Given; settings: Settings; told?: string; env?: Record<string, string> };

export function makePermissionOptions(
  consent: ApprovalPolicy,
  place: Workspace,
  cwd: string,
  host: () => AgentHost | null,
  door: NetworkProxy | null,
): Consented {
  if (consent.approvals === 'auto') {
    const options: Given = { permissionMode: 'bypassPermissions', allowDangerouslySkipPermissions: true };
    const settingSources: Given['settingSources'] = ['user', 'project', 'local'];
    return { options: { ...options, disallowedTools: DISALLOWED, settingSources }, settings: {} };
  }
  const { isSandboxed, privatePaths } = consent;
  const { read, leftOut } = chooseSources(place, cwd);
  return {
    told: [describeIgnored(leftOut), read.includes('user') ? null : readMemory(place)].filter(Boolean).join('\n\n'),
    ...(read.includes('project') ? {} : { env: { CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD: '1' } }),
    options: {
      permissionMode: 'default',
      disallowedTools: DISALLOWED,
      canUseTool: makePermissionCheck(isSandboxed, host),
      settingSources: read,
      // A project's CLAUDE.md and its rules are read even if its settings are left out.
      ...(read.includes('project') ? {} : { additionalDirectories: [cwd] }),
      managedSettings: POLICY,
      strictMcpConfig: true,
      ...(isSandboxed ? { sandbox: sandboxFor(place, cwd, privatePaths, door) } : {}),
    },
    settings: {
      permissions: {
        // Without a sandbox commands that name a path outside are asked about as well.
        ...(isSandboxed
          ? { blockFileToolReadsOutsideWorkingDirectories: true }
          : { blockReadsOutsideWorkingDirectories: true }),
        blockWritesOutsideWorkingDirectories: true,
        blockReadsExemptPaths: [`${place.config}/skills`],
      },
      // The person is asked about each page; nobody else is told which one it is.
      skipWebFetchPreflight: true,
    },
  };
}

/**
 * The ways to the network where there is a sandbox: of what runs in it, and of Claude Code itself, which would look a name
 * up again after it was judged.
 */
export type NetworkProxies = { commands: NetworkProxy; own: NetworkProxy };

export async function openProxies(
  consent: ApprovalPolicy,
  host: () => AgentHost | null,
): Promise<NetworkProxies | null> {
  if (consent.approvals === 'auto' || !consent.isSandboxed) return null;
  const ask = async (address: string): Promise<boolean> => {
    const request = approvalOf('SandboxNetworkAccess', { host: address }, []);
    const answer = await host()?.ask(`network-${address}`, request, new AbortController().signal);
    return answer !== undefined && denialOf(answer) === null;
  };
  return { commands: await NetworkProxy.open(ask, consent.doors), own: await NetworkProxy.open(null, []) };
}

function sandboxFor(
  place: Workspace,
  cwd: string,
  privatePaths: readonly string[],
  door: NetworkProxy | null,
): NonNullable<Options['sandbox']> {
  const own = [cwd, place.home, temporaryFolderOf(place, basename(cwd))];
  return {
    enabled: true,
    // Better no agent than one that is not confined.
    failIfUnavailable: true,
    autoAllowBashIfSandboxed: false,
    allowUnsandboxedCommands: false,
    filesystem: {
      denyRead: spellings([...privatePaths, ...listForeignTemporary()]),
      allowRead: spellings(own),
      allowWrite: spellings([place.home]),
    },
    // Nothing answers SOCKS at the door, so that there is one way only.
    network: { allowedDomains: [], ...(door ? { httpProxyPort: door.port, socksProxyPort: door.port } : {}) },
  };
}

/** Each path as it is written and where its links lead. The root of the system would take everything away. */
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
