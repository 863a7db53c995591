import type { Options } from '@anthropic-ai/claude-agent-sdk';
import type { OpenAgent, ToolHost } from '../agent/agent.ts';
import { consentOptions, type Doors } from '../consent/permission-options.ts';
import type { SessionTable } from '../journal/session-table.ts';
import type { ApprovalPolicy } from '../process/sandbox.ts';
import type { ProgramConsent } from '../programs/program-consent.ts';
import { startedPrograms } from '../programs/program-options.ts';
import { roostTools } from '../tools/roost.ts';
import { agentEnvironment, prepareAgentHome, throughDoor } from '../workspace/environment.ts';
import { prepareProject } from '../workspace/project-folder.ts';
import { workspace } from '../workspace/workspace.ts';
import { type Features, featureEnvironment, instructions, settings } from './instructions.ts';

// The options a Claude Code process runs with. Keeps nothing.

export type ClaudeSetup = {
  dataDir: string;
  sessions: SessionTable;
  /** Base URL of the model gateway for a conversation. */
  modelUrl: (conversation: string) => string;
  features: Features;
  /** What it may do without asking. */
  consent: ApprovalPolicy;
  /** Whether a project's own programs start, where the agent asks. */
  programs: ProgramConsent;
  /** A line of the agent's own diagnostics. */
  complain: (conversation: string, line: string) => void;
};

export function claudeOptions(setup: ClaudeSetup, request: OpenAgent, host: ToolHost, doors: Doors | null): Options {
  const place = workspace(setup.dataDir, request.conversation);
  const cwd = prepareProject(place, request.project);
  const { approvals } = setup.consent;
  if (approvals === 'ask') prepareAgentHome(process.env, place, request.project);
  const door = doors?.commands ?? null;
  const { options, settings: asking, told, env } = consentOptions(setup.consent, place, cwd, host, door);
  const { programs, consent } = setup;
  const started = startedPrograms(programs, request, { place, cwd, consent, door }, host);
  const modelUrl = setup.modelUrl(request.conversation);
  const append = [instructions(request.manner, request.commandsEnded), told, started.told].filter(Boolean).join('\n\n');
  return {
    cwd,
    env: {
      ...agentEnvironment(process.env, place, modelUrl, request, approvals),
      ...(doors ? throughDoor(doors.own.port, modelUrl) : {}),
      ...featureEnvironment(setup.features),
      ...env,
    },
    ...(request.session === null ? {} : { resume: request.session }),
    ...(request.after === undefined ? {} : { resumeSessionAt: request.after }),
    ...(request.model === undefined ? {} : { model: request.model }),
    // What was written of a sentence is known when it is cut, and a long one is a sign of life.
    includePartialMessages: true,
    ...options,
    settings: { ...settings(setup.features), ...asking },
    // Without a snapshot: a session that goes on takes up what has changed of it.
    systemPrompt: { type: 'preset', preset: 'claude_code', append, snapshot: false },
    mcpServers: { ...started.mcpServers, roost: roostTools(place, host, approvals === 'ask') },
    hooks: started.hooks,
    mcpServersDelivery: 'initialize',
    sessionStore: setup.sessions.storeFor(request.conversation, place.config),
    sessionStoreFlush: 'eager',
  };
}
