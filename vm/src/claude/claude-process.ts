import type { ChildProcess } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import {
  type HookInput,
  type McpServerStatus,
  type Query,
  query,
  type SDKUserMessage,
} from '@anthropic-ai/claude-agent-sdk/core';
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
import { endGroup, killGroup, memoryOf, startGroup } from '../process/process-tree.ts';
import { agentMarkOf, workspaceOf } from '../workspace/workspace.ts';
import { type ClaudeSetup, makeClaudeOptions } from './claude-options.ts';
import { removeSaved, saveConversation } from './compaction.ts';
import { type Ending, reasonOfEnding } from './ending.ts';
import { MessageQueue } from './message-queue.ts';
import { MessageReader, readToolStart } from './sdk-messages.ts';
import { askSideQuestion, readContextPercent } from './side-calls.ts';
import { parseTranscript } from './transcript.ts';

// One Claude Code process through the Agent SDK, in streaming-input mode: it takes message after message. In memory
// only.

const CLOSE_GRACE_MS = 3000;
/** Time to read the last output of a process that has ended. */
const READ_GRACE_MS = 2000;
/** How long MCP servers may take to start while somebody waits for their state. */
const SERVERS_MS = 15_000;
const SERVERS_POLL_MS = 200;

/** Serves the tools of a process; null: nobody does. */
export type Serving = { host: AgentHost | null };

export class ClaudeProcess implements AgentProcess {
  readonly opened: OpenAgent;
  session: string | null;
  costSoFar: number;
  background: readonly BackgroundTask[] = [];
  readonly #claude: Query;
  readonly #queue = new MessageQueue();
  readonly #mark: string;
  readonly #finished: Promise<void>;
  #child: ChildProcess | undefined;
  #listener: (signal: Signal) => void = () => {};
  /** The file that holds the conversation during a compaction. */
  #archived: string | undefined;
  readonly #serving: Serving;
  readonly #proxies: NetworkProxies | null;
  #isClosing = false;
  /** Ids of tools that were reported as begun and have not ended. */
  readonly #begun = new Set<string>();

  constructor(
    setup: ClaudeSetup,
    request: OpenAgent,
    costSoFar: number,
    serving: Serving,
    proxies: NetworkProxies | null,
  ) {
    this.#serving = serving;
    this.#proxies = proxies;
    this.opened = request;
    this.session = request.session;
    this.costSoFar = costSoFar;
    this.#mark = agentMarkOf(setup.dataDir, request.conversation);
    const options = makeClaudeOptions(setup, request, () => serving.host, proxies);
    const archive = { hooks: [async (input: HookInput) => this.#archive(setup, input)] };
    const begins = { hooks: [(input: HookInput) => this.#reportStart(input)] };
    this.#claude = query({
      prompt: this.#queue,
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
    // The person's decisions about network addresses hold for one turn.
    this.#proxies?.commands.forget();
  }

  push(message: PushedMessage): void {
    this.#queue.put({
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
      const servers = await this.#claude.mcpServerStatus();
      if (servers.every(({ status }) => status !== 'pending') || Date.now() > until) return servers.map(toolServer);
      await setTimeout(SERVERS_POLL_MS);
    }
  }

  async rewind(prompt: string): Promise<Rewound> {
    try {
      // Only the dry run names the files.
      const { canRewind, filesChanged } = await this.#claude.rewindFiles(prompt, { dryRun: true });
      if (!canRewind) return null;
      const done = await this.#claude.rewindFiles(prompt);
      if (!done.canRewind) return null;
      const { here = [], gone = [] } = Object.groupBy(filesChanged ?? [], (path) => (isHere(path) ? 'here' : 'gone'));
      return { files: here, removed: gone, kept: done.skippedLinks ?? 0 };
    } catch {
      // The earlier contents are lost, but the messages can still be undone.
      return null;
    }
  }

  async interrupt(): Promise<string[]> {
    const receipt = await this.#claude.interrupt();
    return receipt?.still_queued ?? [];
  }

  async ask(question: string, bound: AbortSignal): Promise<{ text: string; totalCostUsd: number | null }> {
    const answer = await askSideQuestion(this.#claude, question, bound);
    this.costSoFar = Math.max(this.costSoFar, answer.totalCostUsd ?? 0);
    return answer;
  }

  contextPercent(): Promise<number | null> {
    return readContextPercent(this.#claude);
  }

  memory(): number {
    return memoryOf(this.#mark);
  }

  kill(): void {
    if (this.#child) killGroup(this.#child);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#queue.end();
    this.#proxies?.commands.close();
    this.#proxies?.own.close();
    if (this.#child) await endGroup(this.#child, this.#mark, CLOSE_GRACE_MS);
    this.#claude.close();
    await Promise.race([this.#finished, setTimeout(READ_GRACE_MS, undefined, { ref: false })]);
  }

  /** A conversation that can’t be saved is still compacted, because the agent couldn't continue otherwise. */
  #archive(setup: ClaudeSetup, input: HookInput): Record<string, never> {
    try {
      const { conversation, project } = this.opened;
      const workspace = workspaceOf(setup.dataDir, conversation);
      const cwd = join(workspace.projects, project);
      const entries = parseTranscript(setup.sessions.transcript(conversation, workspace.config, input.session_id));
      // The previous compaction failed, so its copy is replaced.
      if (this.#archived !== undefined) removeSaved(cwd, this.#archived);
      this.#archived = saveConversation(cwd, entries, new Date()) ?? undefined;
    } catch {
      setup.complain(this.opened.conversation, 'the conversation could not be saved');
    }
    return {};
  }

  /**
   * The agent starts a tool only after this hook returns, so the start is journalled first. A sub-agent's tools belong
   * to the call that started the sub-agent.
   */
  async #reportStart(input: HookInput): Promise<Record<string, never>> {
    if (input.hook_event_name !== 'PreToolUse' || input.agent_id !== undefined) return {};
    // Text that the model wrote before the call is still on its way.
    await setImmediate();
    this.#hear(readToolStart(input));
    return {};
  }

  /** A tool is reported twice: when the model asks for it and before it starts, usually in this order. */
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
    const ending: Pick<Ending, 'error' | 'kind'> = { error: null, kind: null };
    try {
      for await (const message of this.#claude) {
        if (message.type === 'result') ending.kind = message.is_error ? message.subtype : null;
        for (const read of reader.read(message)) {
          const signal = read.type === 'compacted' ? this.#compacted() : read;
          if (signal.type === 'session') this.session = signal.session;
          if (signal.type === 'background') this.background = signal.tasks;
          this.#hear(signal);
          if (signal.type === 'answer') this.costSoFar = Math.max(this.costSoFar, signal.answer.totalCostUsd);
        }
      }
    } catch (error) {
      ending.error = error;
    }
    const reason = this.#isClosing ? 'the agent process was closed' : reasonOfEnding({ ...ending, child: this.#child });
    this.#listener({ type: 'closed', reason });
  }
}

/** A link counts, wherever it leads. */
const isHere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function toolServer({ name, status, error, tools }: McpServerStatus): ToolServer {
  const named = (tools ?? []).map((tool) => tool.name);
  return { name, state: status, tools: named, ...(error === undefined ? {} : { error }) };
}

/** Images precede the text about them. */
function promptContentOf({ text, images = [] }: PushedMessage): SDKUserMessage['message']['content'] {
  if (images.length === 0) return text;
  const shown = images.map(({ type, path }) => ({
    type: 'image' as const,
    source: { type: 'base64' as const, media_type: type, data: readFileSync(path, 'base64') },
  }));
  return [...shown, { type: 'text', text }];
}
