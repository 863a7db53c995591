import type { Agent, AgentProcess, MessageStanding, OpenAgent, SentMessage, UndoPlan } from '../agent/agent.ts';
import { openProxies } from '../consent/permission-options.ts';
import { workspaceOf } from '../workspace/workspace.ts';
import type { ClaudeSetup } from './claude-options.ts';
import { ClaudeProcess, type Serving } from './claude-process.ts';
import {
  findCutCalls,
  findUnusedAlias,
  parseTranscript,
  readStandings,
  savedCostOf,
  type TranscriptEntry,
} from './transcript.ts';
import { makeUndoPlan, withoutUndone } from './undo.ts';

// Claude Code as the agent: starts its processes (claude-process.ts) and reads its transcripts, which are all that
// survives a process. Keeps nothing in memory.

export class Claude implements Agent {
  readonly #setup: ClaudeSetup;

  constructor(setup: ClaudeSetup) {
    this.#setup = setup;
  }

  async open(request: OpenAgent): Promise<AgentProcess> {
    const serving: Serving = { host: null };
    const proxies = await openProxies(this.#setup.policy, () => serving.host);
    const transcript = this.#transcript(request);
    const cutTools = request.continues && request.cutTools.length === 0 ? findCutCalls(transcript) : request.cutTools;
    return new ClaudeProcess(this.#setup, { ...request, cutTools }, savedCostOf(transcript), serving, proxies);
  }

  has({ conversation, session }: OpenAgent): boolean {
    return session === null || this.#setup.sessions.newest(conversation, session) > 0;
  }

  standing(request: OpenAgent, messages: readonly SentMessage[]): Map<string, MessageStanding> {
    return readStandings(withoutUndone(this.#transcript(request)), messages);
  }

  unusedUuid(request: OpenAgent, uuid: string): string {
    return findUnusedAlias(this.#transcript(request), uuid);
  }

  undoing(open: OpenAgent, request: string, message: string, beside: readonly string[]): UndoPlan {
    return makeUndoPlan(this.#transcript(open), request, message, beside);
  }

  #transcript(request: OpenAgent): TranscriptEntry[] {
    if (request.session === null) return [];
    const { config } = workspaceOf(this.#setup.dataDir, request.conversation);
    return parseTranscript(this.#setup.sessions.transcript(request.conversation, config, request.session));
  }
}
