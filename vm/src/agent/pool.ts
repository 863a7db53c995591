import { isDeepStrictEqual } from 'node:util';
import type { BackgroundCommandTable } from '../journal/background-command-table.ts';
import type { Agent, AgentProcess, OpenAgent } from './agent.ts';

// At most one agent process per conversation, kept warm between turns. Decides when a process is re-used, replaced or
// released: when it was idle for long, or when memory is short, the longest idle first. A process with background
// commands stays, up to a bound. Only one fact survives a restart: whether commands were running
// (journal/background-command-table.ts).

const WARM_MS = 10 * 60_000;
/** Background commands don't run forever for a person who doesn't come back. */
const BACKGROUND_MS = 4 * 60 * 60_000;
/** A warm process takes about 250 MB; half of the memory is for running turns. */
const WARM_BYTES = 300 * 1024 * 1024;
const WARM_MOST = 8;
const LOOK_MS = 15_000;

/** In bytes. Memory is short below `leastFree`. */
export type Memory = { total: number; free: () => number; leastFree: number };
/** `isFresh`: started ahead of an attempt, and not used yet. */
type Warm = { process: AgentProcess; timer: NodeJS.Timeout; isFresh: boolean };

export class AgentPool {
  readonly #agent: Agent;
  readonly #memory: Memory;
  readonly #commands: BackgroundCommandTable | undefined;
  /** The longest idle first. */
  readonly #warm = new Map<string, Warm>();
  /** Conversations whose process is being started ahead. */
  readonly #starting = new Map<string, Promise<void>>();
  /** Processes that are closing: two processes of one conversation would corrupt its files. */
  readonly #closing = new Map<string, Promise<void>>();

  constructor(agent: Agent, memory: Memory, commands?: BackgroundCommandTable) {
    this.#agent = agent;
    this.#memory = memory;
    this.#commands = commands;
    setInterval(() => void this.#makeRoom(), LOOK_MS).unref();
  }

  /** The warm process if its session, project, model and manner are the same, else a new one. */
  async take(request: OpenAgent): Promise<AgentProcess> {
    const { conversation } = request;
    if (this.#starting.has(conversation)) await this.#starting.get(conversation);
    const warm = this.#warm.get(conversation);
    if (warm) {
      clearInterval(warm.timer);
      this.#warm.delete(conversation);
      if (fits(warm, request)) return warm.process;
      void this.discard(warm.process);
    }
    await this.#closing.get(conversation);
    await this.#makeRoom();
    return this.#open(request);
  }

  /**
   * Starts a process that the conversation's next attempt will probably take. It never takes the place of another
   * process, and nothing depends on it. False if there is one already or no room.
   */
  startAhead(request: OpenAgent): boolean {
    const { conversation } = request;
    if (this.#warm.has(conversation) || this.#starting.has(conversation) || !this.#hasRoom()) return false;
    const starting = this.#startAhead(request)
      .catch(() => {})
      .then(() => void this.#starting.delete(conversation));
    this.#starting.set(conversation, starting);
    return true;
  }

  async #startAhead(request: OpenAgent): Promise<void> {
    await this.#closing.get(request.conversation);
    this.#hold(await this.#open(request), true);
  }

  #open(request: OpenAgent): AgentProcess | Promise<AgentProcess> {
    const commandsEnded = this.#commands?.had(request.conversation, request.session) ?? false;
    return this.#agent.open({ ...request, commandsEnded });
  }

  /** Keeps a process that is idle for the conversation's next turn. */
  keep(process: AgentProcess): void {
    this.#commands?.note(process.opened.conversation, process.session, hasBackgroundCommands(process));
    this.#hold(process, false);
  }

  #hold(process: AgentProcess, isFresh: boolean): void {
    const { conversation } = process.opened;
    const since = Date.now();
    const timer = setInterval(() => {
      if (!hasBackgroundCommands(process) || Date.now() - since >= BACKGROUND_MS) void this.#release(conversation);
    }, WARM_MS);
    timer.unref();
    this.#warm.set(conversation, { process, timer, isFresh });
    void this.#makeRoom();
    process.listen((signal) => {
      if (signal.type === 'background') this.#commands?.note(conversation, process.session, signal.tasks.length > 0);
      const isUseless = signal.type === 'closed' || signal.type === 'session_lost';
      if (isUseless && this.#warm.get(conversation)?.process === process) void this.#release(conversation);
    });
  }

  async discard(process: AgentProcess): Promise<void> {
    const { conversation } = process.opened;
    const before = this.#closing.get(conversation) ?? Promise.resolve();
    const closing = before.then(() => process.close());
    this.#closing.set(conversation, closing);
    await closing;
    if (this.#closing.get(conversation) === closing) this.#closing.delete(conversation);
  }

  /** Closes the conversation's warm process, because something changed that it read at its start. */
  async closeWarm(conversation: string): Promise<void> {
    if (this.#starting.has(conversation)) await this.#starting.get(conversation);
    await this.#release(conversation);
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#starting.values());
    await Promise.all([...this.#warm.keys()].map((conversation) => this.#release(conversation)));
    await Promise.all(this.#closing.values());
  }

  /** Without closing any other process, running attempts included. */
  #hasRoom(): boolean {
    const { free, leastFree } = this.#memory;
    const starting = this.#starting.size;
    return this.#warm.size + starting < this.#most && free() - WARM_BYTES * (starting + 1) >= leastFree;
  }

  get #most(): number {
    return Math.min(WARM_MOST, Math.max(1, Math.floor(this.#memory.total / 2 / WARM_BYTES)));
  }

  /** Closes idle processes until there is enough memory: one after the other, because each gives some back. */
  async #makeRoom(): Promise<void> {
    for (const [conversation, { process }] of this.#warm) {
      const isShort = this.#memory.free() < this.#memory.leastFree;
      if (!isShort && this.#warm.size <= this.#most) return;
      if (!hasBackgroundCommands(process)) await this.#release(conversation);
    }
  }

  async #release(conversation: string): Promise<void> {
    const warm = this.#warm.get(conversation);
    if (!warm) return;
    clearInterval(warm.timer);
    this.#warm.delete(conversation);
    await this.discard(warm.process);
  }
}

/** Commands still run in the background. */
const hasBackgroundCommands = (process: AgentProcess): boolean => process.background.length > 0;

function fits({ process, isFresh }: Warm, request: OpenAgent): boolean {
  return (
    !request.continues &&
    request.after === undefined &&
    (request.session !== null || isFresh) &&
    process.session === request.session &&
    process.opened.project === request.project &&
    process.opened.model === request.model &&
    isDeepStrictEqual(process.opened.manner, request.manner)
  );
}
