import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { HookInput, McpServerStatus, Query, SDKUserMessage } from '@anthropic-ai/claude-agent-sdk';
import { query } from '@anthropic-ai/claude-agent-sdk';
import type {
  AgentHost,
  AgentProcess,
  BackgroundTask,
  OpenAgent,
  PushedMessage,
  Rewound,
  Signal,
  ToolServer,
} from '../agent/agent.ts';
import { writeResumePrompt } from '../agent/resume-prompt.ts';
import type { NetworkProxies } from '../consent/permission-options.ts';
import { endGroup, memoryOf, startGroup } from '../process/process-tree.ts';
import { agentMarkOf, workspaceOf } from '../workspace/workspace.ts';
import type { ClaudeSetup } from './claude-options.ts';
import { makeClaudeOptions } from './claude-options.ts';
import { removeSaved, saveConversation } from './compaction.ts';
import { MessageQueue } from './message-queue.ts';
import { MessageReader, readToolStart } from './sdk-messages.ts';
import { askSideQuestion, readContextPercent } from './side-calls.ts';
import { parseTranscript } from './transcript.ts';

// One Claude Code process through the Agent SDK, in streaming-input mode: it takes message after message. In memory only.

const CLOSE_GRACE_MS = 3000;

/** For what a process that is gone had still written. */
const READ_GRACE_MS = 2000;

/** How long servers of tools may take to come up, when somebody waits to be told how they are. */
const SERVERS_MS = 15_000;

const SERVERS_POLL_MS = 200;

/** Whom the tools of a process turn to; null: nobody. */
export type Serving = { host: AgentHost | null };

export class ClaudeProcess implements AgentProcess {
  readonly opened: OpenAgent;
  session: string | null;
  costSoFar: number;
  background: readonly BackgroundTask[] = [];
  readonly #query: Query;
  readonly #inbox = new MessageQueue();
  readonly #mark: string;
  readonly #finished: Promise<void>;
  #child: ChildProcess | undefined;
  #listener: (signal: Signal) => void = () => {};
  /** Where the conversation was written down for the compaction that is under way. */
  #archived: string | undefined;
  readonly #serving: Serving;
  readonly #doors: NetworkProxies | null;
  #isClosing = false;
  /** Ids of tools that were told of and have not ended. */
  readonly #begun = new Set<string>();

  constructor(
    setup: ClaudeSetup,
    request: OpenAgent,
    costSoFar: number,
    serving: Serving,
    doors: NetworkProxies | null,
  ) {
    this.#serving = serving;
    this.#doors = doors;
    this.opened = request;
    this.session = request.session;
    this.costSoFar = costSoFar;
    this.#mark = agentMarkOf(setup.dataDir, request.conversation);
    const options = makeClaudeOptions(setup, request, () => serving.host, doors);
    const archive = { hooks: [async (input: HookInput) => this.#archive(setup, input)] };
    const begins = { hooks: [(input: HookInput) => this.#begins(input)] };
    this.#query = query({
      prompt: this.#inbox,
      options: {
        ...options,
        hooks: {
          ...options.hooks,
          PreCompact: [archive, ...(options.hooks?.PreCompact ?? [])],
          PreToolUse: [begins, ...(options.hooks?.PreToolUse ?? [])],
        },
        spawnClaudeCodeProcess: ({ command, args, cwd, env }) => {
          if (this.#isClosing) throw new Error('the agent process was closed before it started');
          const child = startGroup(command, args, { cwd, env, mark: this.#mark });
          child.stderr?.on('data', (data: Buffer) => setup.complain(request.conversation, data.toString('utf8')));
          this.#child = child;
          return child as ChildProcess & {
            stdin: NonNullable<ChildProcess['stdin']>;
            stdout: NonNullable<ChildProcess['stdout']>;
          };
        },
      },
    });
    this.#finished = this.#read();
  }

  listen(listener: (signal: Signal) => void): void {
    this.#listener = listener;
  }

  serve(host: AgentHost | null): void {
    this.#serving.host = host;
    // What was decided for one turn counts for that one.
    this.#doors?.commands.forget();
  }

  push(message: PushedMessage): void {
    this.#inbox.put({
      type: 'user',
      uuid: message.uuid as `${string}-${string}-${string}-${string}-${string}`,
      priority: 'next',
      parent_tool_use_id: null,
      message: { role: 'user', content: promptContentOf(message) },
      ...(message.isCommand ? {} : { client_composed: true }),
      ...(message.context ? { shouldQuery: false } : {}),
    });
  }

  carryOn(uuid: string, context: boolean): void {
    this.push({ uuid, text: writeResumePrompt(this.opened.cutTools), context });
  }

  async toolServers(): Promise<ToolServer[]> {
    const until = Date.now() + SERVERS_MS;
    for (;;) {
      const servers = await this.#query.mcpServerStatus();
      if (servers.every(({ status }) => status !== 'pending') || Date.now() > until) return servers.map(toolServer);
      await setTimeout(SERVERS_POLL_MS);
    }
  }

  async rewind(prompt: string): Promise<Rewound> {
    try {
      // Only the rehearsal names the files.
      const { canRewind, filesChanged } = await this.#query.rewindFiles(prompt, { dryRun: true });
      if (!canRewind) return null;
      const done = await this.#query.rewindFiles(prompt);
      return done.canRewind ? { files: filesChanged ?? [], kept: done.skippedLinks ?? 0 } : null;
    } catch {
      // The earlier contents are lost, but the messages can still be undone.
      return null;
    }
  }

  async interrupt(): Promise<string[]> {
    const receipt = await this.#query.interrupt();
    return receipt?.still_queued ?? [];
  }

  async ask(question: string, bound: AbortSignal): Promise<{ text: string; totalCostUsd: number | null }> {
    const answer = await askSideQuestion(this.#query, question, bound);
    this.costSoFar = Math.max(this.costSoFar, answer.totalCostUsd ?? 0);
    return answer;
  }

  contextPercent(): Promise<number | null> {
    return readContextPercent(this.#query);
  }

  memory(): number {
    return memoryOf(this.#mark);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#inbox.end();
    this.#doors?.commands.close();
    this.#doors?.own.close();
    if (this.#child) await endGroup(this.#child, this.#mark, CLOSE_GRACE_MS);
    this.#query.close();
    await Promise.race([this.#finished, setTimeout(READ_GRACE_MS, undefined, { ref: false })]);
  }

  /** A conversation that can’t be saved is still compacted, because the agent could not continue otherwise. */
  #archive(setup: ClaudeSetup, input: HookInput): Record<string, never> {
    try {
      const { conversation, project } = this.opened;
      const place = workspaceOf(setup.dataDir, conversation);
      const cwd = join(place.projects, project);
      const entries = parseTranscript(setup.sessions.transcript(conversation, place.config, input.session_id));
      // The compaction before did not come about, and so the same is written down again.
      if (this.#archived !== undefined) removeSaved(cwd, this.#archived);
      this.#archived = saveConversation(cwd, entries, new Date()) ?? undefined;
    } catch {
      setup.complain(this.opened.conversation, 'the conversation could not be saved');
    }
    return {};
  }

  /**
   * The agent starts a tool only when this has returned: that it begins is told before, and where nobody listens any more, none
   * begins. What a sub-agent uses is part of the call that started the sub-agent.
   */
  async #begins(input: HookInput): Promise<Record<string, never>> {
    if (input.hook_event_name !== 'PreToolUse' || input.agent_id !== undefined) return {};
    // What the model said before it is on its way.
    await setImmediate();
    this.#hear(readToolStart(input));
    return {};
  }

  /** A tool is told of twice: when the model wants it and before it starts, usually in this order. */
  #hear(signal: Signal): void {
    if (signal.type === 'tool_started') {
      if (this.#begun.has(signal.id)) return;
      this.#begun.add(signal.id);
    }
    if (signal.type === 'tool_ended') this.#begun.delete(signal.id);
    this.#listener(signal);
  }

  #compacted(): Signal {
    const archived = this.#archived;
    this.#archived = undefined;
    return { type: 'compacted', ...(archived === undefined ? {} : { archived }) };
  }

  async #read(): Promise<void> {
    const reader = new MessageReader();
    let reason = 'the agent process ended';
    try {
      for await (const message of this.#query) {
        for (const read of reader.read(message)) {
          const signal = read.type === 'compacted' ? this.#compacted() : read;
          if (signal.type === 'session') this.session = signal.session;
          if (signal.type === 'background') this.background = signal.tasks;
          this.#hear(signal);
          if (signal.type === 'answer') this.costSoFar = Math.max(this.costSoFar, signal.answer.totalCostUsd);
        }
      }
    } catch (error) {
      if (error instanceof Error) reason = error.message;
    }
    this.#listener({ type: 'closed', reason: this.#isClosing ? 'the agent process was closed' : reason });
  }
}

function toolServer({ name, status, error, tools }: McpServerStatus): ToolServer {
  const named = (tools ?? []).map((tool) => tool.name);
  return { name, state: status, tools: named, ...(error === undefined ? {} : { error }) };
}

/** Images go before the words about them. */
function promptContentOf({ text, images = [] }: PushedMessage): SDKUserMessage['message']['content'] {
  if (images.length === 0) return text;
  const shown = images.map(({ type, path }) => ({
    type: 'image' as const,
    source: { type: 'base64' as const, media_type: type, data: readFileSync(path, 'base64') },
  }));
  return [...shown, { type: 'text', text }];
}
