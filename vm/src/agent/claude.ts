import type { ChildProcess } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { type Options, type Query, query, type SDKUserMessage } from '@anthropic-ai/claude-agent-sdk';
import { endGroup, startGroup } from '../process-tree.ts';
import type { SessionTable } from '../session-table.ts';
import type {
  Agent,
  AgentProcess,
  BackgroundTask,
  OpenAgent,
  PushedMessage,
  SentMessage,
  Signal,
  Standing,
} from './agent.ts';
import { MessageReader } from './sdk-messages.ts';
import { parseTranscript, savedCost, standings, type TranscriptEntry } from './transcript.ts';
import { agentEnvironment, agentMark, prepareProject, resumePrompt, workspace } from './workspace.ts';

// Claude Code through the Agent SDK, in streaming-input mode: one process that takes message after message. Owns the
// options it runs with. The transcript in its configuration folder is what survives.

const CLOSE_GRACE_MS = 3000;
/** For what a process that is gone had still written. */
const READ_GRACE_MS = 2000;
const STYLE = `Your answers are sent to the person's phone as WhatsApp messages. Be brief: a few short sentences unless more
is asked for. Plain Markdown is converted; avoid tables, headings and long code. The person cannot see your tools or files.`;

export type ClaudeSetup = {
  dataDir: string;
  sessions: SessionTable;
  /** Base URL of the model gateway for a conversation. */
  modelUrl: (conversation: string) => string;
  /** A line of the agent's own diagnostics. */
  complain: (conversation: string, line: string) => void;
};

export class Claude implements Agent {
  readonly #setup: ClaudeSetup;

  constructor(setup: ClaudeSetup) {
    this.#setup = setup;
  }

  open(request: OpenAgent): AgentProcess {
    return new ClaudeProcess(this.#setup, request, savedCost(this.#transcript(request)));
  }

  standing(request: OpenAgent, messages: readonly SentMessage[]): Map<string, Standing> {
    return standings(this.#transcript(request), messages);
  }

  #transcript(request: OpenAgent): TranscriptEntry[] {
    if (request.session === null) return [];
    const { config } = workspace(this.#setup.dataDir, request.conversation);
    return parseTranscript(this.#setup.sessions.transcript(request.conversation, config, request.session));
  }
}

class ClaudeProcess implements AgentProcess {
  readonly opened: OpenAgent;
  session: string | null;
  costSoFar: number;
  background: readonly BackgroundTask[] = [];
  readonly #query: Query;
  readonly #inbox = new Inbox();
  readonly #mark: string;
  readonly #finished: Promise<void>;
  #child: ChildProcess | undefined;
  #listener: (signal: Signal) => void = () => {};
  #isClosing = false;

  constructor(setup: ClaudeSetup, request: OpenAgent, costSoFar: number) {
    this.opened = request;
    this.session = request.session;
    this.costSoFar = costSoFar;
    this.#mark = agentMark(setup.dataDir, request.conversation);
    this.#query = query({
      prompt: this.#inbox,
      options: {
        ...claudeOptions(setup, request),
        spawnClaudeCodeProcess: ({ command, args, cwd, env }) => {
          if (this.#isClosing) throw new Error('the agent process was closed before it started');
          const child = startGroup(command, args, { cwd, env });
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

  push(message: PushedMessage): void {
    this.#inbox.put({
      type: 'user',
      uuid: message.uuid as `${string}-${string}-${string}-${string}-${string}`,
      priority: 'next',
      parent_tool_use_id: null,
      message: { role: 'user', content: message.text },
      ...(message.context ? { shouldQuery: false } : {}),
    });
  }

  carryOn(uuid: string): void {
    this.push({ uuid, text: resumePrompt(this.opened.cutTools), context: false });
  }

  async interrupt(): Promise<string[]> {
    const receipt = await this.#query.interrupt();
    return receipt?.still_queued ?? [];
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#inbox.end();
    if (this.#child) await endGroup(this.#child, this.#mark, CLOSE_GRACE_MS);
    this.#query.close();
    await Promise.race([this.#finished, setTimeout(READ_GRACE_MS, undefined, { ref: false })]);
  }

  async #read(): Promise<void> {
    const reader = new MessageReader();
    let reason = 'the agent process ended';
    try {
      for await (const message of this.#query) {
        for (const signal of reader.read(message)) {
          if (signal.type === 'session') this.session = signal.session;
          if (signal.type === 'background') this.background = signal.tasks;
          this.#listener(signal);
          if (signal.type === 'answer') this.costSoFar = Math.max(this.costSoFar, signal.answer.totalCostUsd);
        }
      }
    } catch (error) {
      if (error instanceof Error) reason = error.message;
    }
    this.#listener({ type: 'closed', reason: this.#isClosing ? 'the agent process was closed' : reason });
  }
}

function claudeOptions(setup: ClaudeSetup, request: OpenAgent): Options {
  const place = workspace(setup.dataDir, request.conversation);
  const cwd = prepareProject(place, request.project);
  return {
    cwd,
    env: agentEnvironment(process.env, place, setup.modelUrl(request.conversation), request),
    ...(request.session === null ? {} : { resume: request.session }),
    ...(request.model === undefined ? {} : { model: request.model }),
    // What was written of a sentence is known when it is cut, and a long one is a sign of life.
    includePartialMessages: true,
    permissionMode: 'bypassPermissions',
    allowDangerouslySkipPermissions: true,
    settingSources: ['user', 'project', 'local'],
    // The agent deletes old transcripts at its start; here they are the conversation's memory.
    settings: { cleanupPeriodDays: 36_500 },
    systemPrompt: { type: 'preset', preset: 'claude_code', append: STYLE },
    verbatimPrompts: true,
    mcpServersDelivery: 'initialize',
    sessionStore: setup.sessions.storeFor(request.conversation, place.config),
    sessionStoreFlush: 'eager',
  };
}

/** Messages on their way to the agent, in order. */
class Inbox implements AsyncIterable<SDKUserMessage> {
  readonly #waiting: SDKUserMessage[] = [];
  #wake: () => void = () => {};
  #isOver = false;

  put(message: SDKUserMessage): void {
    this.#waiting.push(message);
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SDKUserMessage, void> {
    for (;;) {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) yield next;
      if (this.#isOver) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      if (this.#waiting.length > 0) continue;
      await promise;
    }
  }
}
