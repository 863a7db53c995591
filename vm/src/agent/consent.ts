import { realpathSync } from 'node:fs';
import type { Options } from '@anthropic-ai/claude-agent-sdk';
import type { AgentHost } from './agent.ts';
import { canUseTool } from './approvals.ts';
import type { Workspace } from './workspace.ts';

// What the agent may do without asking, as options of Claude Code. On a machine of its own: everything. On somebody's
// computer: what reads, and what changes its own project; file tools see only that, and commands too where a sandbox works.

export type Consent =
  | { approvals: 'auto' }
  | {
      approvals: 'ask';
      isSandboxed: boolean;
      /** Folders and files no agent may read: the person's own, and other conversations'. */
      privatePaths: readonly string[];
    };

/** They would ask a terminal nobody sits at; there is ask_person. */
const UNANSWERABLE = ['AskUserQuestion', 'EnterPlanMode', 'ExitPlanMode'];
/** They would wake an agent that sleeps with its machine; there are the tools for schedules. */
const SLEEPLESS = ['CronCreate', 'CronDelete', 'CronList', 'ScheduleWakeup'];
const DISALLOWED = [...UNANSWERABLE, ...SLEEPLESS];

type Given = Pick<Options, 'permissionMode' | 'disallowedTools' | 'canUseTool' | 'sandbox'> & {
  allowDangerouslySkipPermissions?: boolean;
};

export function consentOptions(
  consent: Consent,
  place: Workspace,
  cwd: string,
  host: () => AgentHost | null,
): { options: Given; permissions: Record<string, unknown> } {
  if (consent.approvals === 'auto') {
    const options: Given = { permissionMode: 'bypassPermissions', allowDangerouslySkipPermissions: true };
    return { options: { ...options, disallowedTools: DISALLOWED }, permissions: {} };
  }
  const { isSandboxed, privatePaths } = consent;
  return {
    options: {
      permissionMode: 'default',
      disallowedTools: DISALLOWED,
      canUseTool: canUseTool(isSandboxed, host),
      ...(isSandboxed ? { sandbox: sandboxFor(place, cwd, privatePaths) } : {}),
    },
    permissions: {
      // Without a sandbox commands that name a path outside are asked about as well.
      ...(isSandboxed
        ? { blockFileToolReadsOutsideWorkingDirectories: true }
        : { blockReadsOutsideWorkingDirectories: true }),
      blockWritesOutsideWorkingDirectories: true,
      blockReadsExemptPaths: [`${place.config}/skills`],
    },
  };
}

function sandboxFor(place: Workspace, cwd: string, privatePaths: readonly string[]): NonNullable<Options['sandbox']> {
  const own = [cwd, place.home];
  return {
    enabled: true,
    // Better no agent than one that is not confined.
    failIfUnavailable: true,
    autoAllowBashIfSandboxed: false,
    allowUnsandboxedCommands: false,
    filesystem: { denyRead: spellings(privatePaths), allowRead: spellings(own), allowWrite: spellings([place.home]) },
    network: { allowedDomains: [] },
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
