import type { Options } from '@anthropic-ai/claude-agent-sdk/core';
import type { OpenAgent, ToolHost } from '../agent/agent.ts';
import { makePermissionOptions, type NetworkProxies } from '../consent/permission-options.ts';
import type { SessionTable } from '../journal/session-table.ts';
import { GITHUB } from '../network/connect-target.ts';
import { portInSandbox } from '../process/confined-command.ts';
import type { ApprovalPolicy } from '../process/sandbox.ts';
import { systemFoldersOf } from '../process/system-path.ts';
import type { ProgramConsent } from '../programs/program-consent.ts';
import { makeProgramOptions } from '../programs/program-options.ts';
import type { Repositories } from '../repository/repositories.ts';
import { hasGh } from '../repository/tools-folder.ts';
import { makeGithubTool } from '../tools/github.ts';
import { makeRoostTools } from '../tools/roost.ts';
import { branchOf, hasCheckout } from '../workspace/checkout.ts';
import { makeAgentEnvironment, prepareAgentHome, proxyVariablesOf } from '../workspace/environment.ts';
import { prepareProject } from '../workspace/project-folder.ts';
import { workspaceOf } from '../workspace/workspace.ts';
import {
  describeCheckout,
  type Features,
  makeFeatureEnvironment,
  makeSettings,
  writeInstructions,
} from './instructions.ts';

// The options a Claude Code process runs with. Keeps nothing.

export type ClaudeSetup = {
  dataDir: string;
  sessions: SessionTable;
  /** Base URL of the model proxy for a conversation. */
  modelUrl: (conversation: string) => string;
  features: Features;
  /** Which projects have a repository. */
  repositories: Repositories;
  /** What agents may do without asking. */
  policy: ApprovalPolicy;
  /** Decides whether a project's own programs start. */
  programs: ProgramConsent;
  /** Takes a line that the agent wrote to stderr. */
  complain: (conversation: string, line: string) => void;
};

export function makeClaudeOptions(
  setup: ClaudeSetup,
  request: OpenAgent,
  host: ToolHost,
  proxies: NetworkProxies | null,
): Options {
  const workspace = workspaceOf(setup.dataDir, request.conversation);
  const cwd = prepareProject(workspace, request.project);
  const { approvals } = setup.policy;
  if (approvals === 'ask') prepareAgentHome(process.env, workspace, request.project);
  const proxy = proxies?.commands ?? null;
  const { options, settings: asking, told, env } = makePermissionOptions(setup.policy, workspace, cwd, host, proxy);
  const { programs, policy } = setup;
  const repository = setup.repositories.environmentFor(request, proxy ? portInSandbox(proxy.port) : undefined);
  const started = makeProgramOptions(programs, request, { workspace, cwd, policy, proxy, repository }, host);
  const modelUrl = setup.modelUrl(request.conversation);
  const bound = setup.repositories.find(request);
  const checkout = hasCheckout(request.project) ? describeCheckout(branchOf(workspace)) : null;
  const agents = bound && { ...bound, isConfined: proxy !== null, hasGh: findsGh(setup) };
  const github =
    agents?.host === GITHUB && !agents.hasGh
      ? [makeGithubTool(agents.path, (asked) => setup.repositories.askApi(request, asked))]
      : [];
  const append = [writeInstructions(request.manner, request.commandsEnded, agents), checkout, told, started.told]
    .filter(Boolean)
    .join('\n\n');
  return {
    cwd,
    env: {
      ...makeAgentEnvironment(process.env, workspace, modelUrl, request, approvals),
      ...(proxies ? proxyVariablesOf(proxies.own.port, modelUrl) : {}),
      ...makeFeatureEnvironment(setup.features),
      ...repository,
      ...env,
    },
    ...(request.session === null ? {} : { resume: request.session }),
    ...(request.after === undefined ? {} : { resumeSessionAt: request.after }),
    ...(request.model === undefined ? {} : { model: request.model }),
    // Partial text is known when the turn is cut, and counts as a sign of life.
    includePartialMessages: true,
    ...options,
    settings: { ...makeSettings(setup.features), ...asking },
    // No snapshot: a resumed session gets the current instructions.
    systemPrompt: { type: 'preset', preset: 'claude_code', append, snapshot: false },
    mcpServers: { ...started.mcpServers, roost: makeRoostTools(workspace, host, approvals === 'ask', github) },
    hooks: started.hooks,
    mcpServersDelivery: 'initialize',
    sessionStore: setup.sessions.storeFor(request.conversation, workspace.config),
    sessionStoreFlush: 'eager',
  };
}

function findsGh({ policy, dataDir }: ClaudeSetup): boolean {
  const hidden = policy.approvals === 'ask' && policy.isSandboxed ? policy.privatePaths : [];
  return hasGh(systemFoldersOf(process.env), dataDir, hidden);
}
