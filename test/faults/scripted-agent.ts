import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type {
  Agent,
  AgentHost,
  AgentProcess,
  MessageStanding,
  OpenAgent,
  PushedMessage,
  Rewound,
  SentMessage,
  Signal,
  ToolServer,
  UndoPlan,
} from '../../vm/src/agent/agent.ts';
import {
  findUnusedAlias,
  parseTranscript,
  readStandings,
  type TranscriptEntry,
} from '../../vm/src/claude/transcript.ts';
import { callModel, type ModelTurn } from './model-call.ts';
import { aside } from './said.ts';
import { heardIn, photosOf, resultOf } from './scripted-tools.ts';
import { Transcript } from './transcript-file.ts';

// An agent that keeps the rules of the real one and starts within milliseconds: a transcript on disk per session; a
// known uuid is not run again; a broken turn continues only on request; each step is a call to the model; a tool has a
// side effect. The transcript and the counter file survive a kill; the model says what to do.

export const CRASH_TOOL = 'crash';
const MODEL_TRIES = 40;
const MODEL_PAUSE_MS = 250;

export type ScriptedSetup = {
  dataDir: string;
  modelUrl: (conversation: string) => string;
  /** One line per side effect, and one per tool the agent was told about after a cut. */
  counter: string;
  /** Asked while a tool runs; the tool ends with the answer. */
  toolsUrl: string;
};

export class ScriptedAgent implements Agent {
  readonly #setup: ScriptedSetup;

  constructor(setup: ScriptedSetup) {
    this.#setup = setup;
  }

  open(request: OpenAgent): AgentProcess {
    return new ScriptedProcess(this.#setup, request);
  }

  has(request: OpenAgent): boolean {
    return request.session === null || this.#entries(request).length > 0;
  }

  standing(request: OpenAgent, messages: readonly SentMessage[]): Map<string, MessageStanding> {
    return readStandings(this.#entries(request), messages);
  }

  unusedUuid(request: OpenAgent, uuid: string): string {
    return findUnusedAlias(this.#entries(request), uuid);
  }

  undoing(): UndoPlan {
    return { type: 'unknown' };
  }

  #entries({ conversation, session }: OpenAgent): TranscriptEntry[] {
    const path = session === null ? null : transcriptPath(this.#setup, conversation, session);
    return parseTranscript(path !== null && existsSync(path) ? readFileSync(path, 'utf8') : '');
  }
}

class ScriptedProcess implements AgentProcess {
  readonly opened: OpenAgent;
  session: string | null;
  readonly costSoFar = 0;
  readonly background = [];
  readonly #setup: ScriptedSetup;
  readonly #over = new AbortController();
  readonly #inbox: PushedMessage[] = [];
  #listener: (signal: Signal) => void = () => {};
  #host: AgentHost | null = null;
  #transcript: Transcript | null = null;
  #running: Promise<void> | null = null;
  #mustCarryOn = false;
  #turn = new AbortController();
  /** Tools that were cut when the predecessor died; the model hears of them once. */
  #toTell: readonly string[];

  constructor(setup: ScriptedSetup, opened: OpenAgent) {
    this.#setup = setup;
    this.opened = opened;
    this.session = opened.session;
    this.#toTell = opened.cutTools;
  }

  serve(host: AgentHost | null): void {
    this.#host = host;
  }

  listen(listener: (signal: Signal) => void): void {
    this.#listener = listener;
  }

  push(message: PushedMessage): void {
    const cut = /check before you repeat them: ([^.]*)\./.exec(message.context ? message.text : '')?.[1];
    if (cut !== undefined) this.#toTell = cut.split(', ');
    this.#inbox.push(message);
    this.#say({ type: 'message', uuid: message.uuid, state: 'queued' });
    // Messages pushed at the same moment are taken in together.
    this.#running ??= Promise.resolve().then(() => this.#work());
  }

  /** The real agent is asked in words; this one only has to continue the open part of its transcript. */
  carryOn(): void {
    this.#mustCarryOn = true;
    this.#running ??= Promise.resolve().then(() => this.#work());
  }

  async toolServers(): Promise<ToolServer[]> {
    return [];
  }

  async rewind(): Promise<Rewound> {
    return null;
  }

  interrupt(): Promise<string[]> {
    this.#turn.abort();
    return Promise.resolve(this.#inbox.filter((message) => !message.context).map(({ uuid }) => uuid));
  }

  ask(question: string): Promise<{ text: string; totalCostUsd: null }> {
    const text = (question.match(/\b\d{4,}\b/g) ?? []).map(aside).join(' ');
    return Promise.resolve({ text, totalCostUsd: null });
  }

  contextPercent(): Promise<null> {
    return Promise.resolve(null);
  }

  memory(): number {
    return 0;
  }

  kill(): void {
    this.#over.abort();
  }

  async close(): Promise<void> {
    this.kill();
    await this.#running;
  }

  #say(signal: Signal): void {
    if (!this.#over.signal.aborted) this.#listener(signal);
  }

  async #work(): Promise<void> {
    try {
      const transcript = this.#begin();
      if (!transcript) return;
      // Continues its predecessor's cut turn only when asked to.
      let mayContinue = this.opened.continues;
      while ((this.#inbox.length > 0 || this.#mustCarryOn) && !this.#over.signal.aborted) {
        const isAsked = this.#mustCarryOn;
        this.#mustCarryOn = false;
        if (this.#takeIn(transcript, mayContinue) || isAsked) await this.#runTurn(transcript);
        mayContinue = false;
        this.#say({ type: 'state', idle: true });
      }
    } catch (error) {
      this.#say({ type: 'closed', reason: error instanceof Error ? error.message : 'the agent broke' });
      this.#over.abort();
    } finally {
      this.#running = null;
    }
  }

  /** Null when the session to resume does not exist. */
  #begin(): Transcript | null {
    if (this.#transcript) return this.#transcript;
    const path = this.session === null ? null : transcriptPath(this.#setup, this.opened.conversation, this.session);
    if (path !== null && !existsSync(path)) {
      this.#say({ type: 'session_lost' });
      this.#over.abort();
      return null;
    }
    this.session ??= randomUUID();
    this.#transcript = new Transcript(transcriptPath(this.#setup, this.opened.conversation, this.session));
    this.#say({ type: 'session', session: this.session });
    if (!this.opened.continues) this.#transcript.leave();
    return this.#transcript;
  }

  /** Adds pushed messages to the transcript. True when there is something to answer. */
  #takeIn(transcript: Transcript, mayContinue: boolean): boolean {
    let toAnswer = false;
    for (let message = this.#inbox.shift(); message; message = this.#inbox.shift()) {
      const { uuid, text, context } = message;
      const standing = transcript.standing(uuid);
      if (standing === 'unknown') {
        transcript.user(
          uuid,
          [text, ...photosOf(message), ...heardIn(text, this.#setup.dataDir, this.opened)].join('\n'),
        );
        this.#say({ type: 'message', uuid, state: 'started' });
        if (context) this.#answer('', [uuid]);
        else toAnswer = true;
      } else if (standing === 'open' && mayContinue) {
        this.#say({ type: 'message', uuid, state: 'started' });
        if (!context) toAnswer = true;
      } else {
        // A known uuid is a repeat: the agent reports it as done.
        this.#say({ type: 'message', uuid, state: 'completed' });
      }
    }
    return toAnswer;
  }

  async #runTurn(transcript: Transcript): Promise<void> {
    this.#turn = new AbortController();
    const signal = AbortSignal.any([this.#over.signal, this.#turn.signal]);
    this.#say({ type: 'state', idle: false });
    for (;;) {
      const told = this.#tell();
      const reply = await this.#ask(transcript, told, signal);
      if (signal.aborted) return this.#interrupted(transcript);
      if (reply === null) return this.#failed();
      if (!reply.tool) {
        const answered = transcript.open();
        transcript.answer(reply.text);
        this.#say({ type: 'text', text: reply.text });
        this.#answer(reply.text, answered);
        for (const uuid of answered) this.#say({ type: 'message', uuid, state: 'completed' });
        return;
      }
      if (reply.tool.name === CRASH_TOOL) throw new Error('the agent process crashed');
      await this.#useTool(transcript, reply.tool, signal);
      if (signal.aborted) return this.#interrupted(transcript);
      // Between two steps, messages pushed meanwhile are taken in.
      this.#takeIn(transcript, false);
    }
  }

  async #useTool(transcript: Transcript, tool: { id: string; name: string }, signal: AbortSignal): Promise<void> {
    transcript.call(tool);
    this.#say({ type: 'tool_started', id: tool.id, name: tool.name, declaredMs: 60_000 });
    const result = await resultOf(tool, { ...this.#setup, opened: this.opened, host: this.#host, signal });
    if (signal.aborted) return;
    transcript.result(tool, result);
    this.#say({ type: 'tool_ended', id: tool.id, isError: false });
  }

  get #place(): { session: string; project: string } {
    return { session: this.session ?? '', project: this.opened.project };
  }

  /** Notes that the agent knows which tools may have had their effect; the model is told about them. */
  #tell(): string | null {
    const names = this.#toTell;
    this.#toTell = [];
    if (names.length === 0) return null;
    for (const name of names) appendFileSync(this.#setup.counter, `told ${name}\n`);
    return `Continue from where you left off. These may already have had their effect: ${names.join(', ')}.`;
  }

  /** The model's next step; null when the model stays unreachable. */
  async #ask(transcript: Transcript, told: string | null, signal: AbortSignal): Promise<ModelTurn | null> {
    for (let tries = 0; tries < MODEL_TRIES && !signal.aborted; tries++) {
      const url = this.#setup.modelUrl(this.opened.conversation);
      const reply = await callModel(url, this.#place, transcript.history(told), signal);
      if (reply) return reply;
      this.#say({ type: 'alive' });
      await pause(MODEL_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
    return null;
  }

  /** Only a stopped agent leaves its turn; a killed one never gets here. */
  #interrupted(transcript: Transcript): void {
    if (!this.#over.signal.aborted) transcript.leave();
    this.#answer('', [], true);
  }

  #failed(): void {
    const words = 'API Error: the model could not be reached';
    const answer = { text: words, isError: true, uuids: [], totalCostUsd: 0, aborted: false } as const;
    // As with the real agent, the failure lists its messages.
    this.#say({ type: 'answer', answer: { ...answer, uuids: this.#transcript?.open() ?? [], outage: 'transient' } });
  }

  #answer(text: string, uuids: string[], aborted = false): void {
    this.#say({ type: 'answer', answer: { text, isError: aborted, uuids, totalCostUsd: 0, aborted, outage: 'none' } });
  }
}

function transcriptPath({ dataDir }: ScriptedSetup, conversation: string, session: string): string {
  const folder = join(dataDir, 'conversations', conversation, 'transcripts');
  mkdirSync(folder, { recursive: true });
  return join(folder, `${session}.jsonl`);
}
