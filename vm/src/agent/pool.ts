import { isDeepStrictEqual } from 'node:util';
import type { BackgroundCommandTable } from '../journal/background-command-table.ts';
import type { Agent, AgentProcess, OpenAgent } from './agent.ts';

// At most one agent process per conversation, kept warm between turns. Owns when one is re-used, replaced and let go: when
// nobody has needed it for long, or when memory is short, whoever has waited longest first. One whose commands go on in
// the background is of use and stays, up to a bound. Of all this only one thing survives a restart: whether commands were
// left running (journal/background-command-table.ts).

const WARM_MS = 10 * 60_000;
/** What goes on in the background is not kept for ever on behalf of someone who does not come back. */
const BACKGROUND_MS = 4 * 60 * 60_000;
/** A parked process takes about 250 MB; half of the memory is for work. */
const WARM_BYTES = 300 * 1024 * 1024;
const WARM_MOST = 8;
const LOOK_MS = 15_000;

/** In bytes; `leastFree`: below it memory is short. */
export type Memory = { total: number; free: () => number; leastFree: number };
type Warm = { process: AgentProcess; timer: NodeJS.Timeout };

export class AgentPool {
  readonly #agent: Agent;
  readonly #memory: Memory;
  readonly #commands: BackgroundCommandTable | undefined;
  /** Whoever has waited longest first. */
  readonly #warm = new Map<string, Warm>();
  /** Closings under way: two processes of one conversation would corrupt its files. */
  readonly #closing = new Map<string, Promise<void>>();

  constructor(agent: Agent, memory: Memory, commands?: BackgroundCommandTable) {
    this.#agent = agent;
    this.#memory = memory;
    this.#commands = commands;
    setInterval(() => void this.#makeRoom(), LOOK_MS).unref();
  }

  /** A process for the request: the warm one when it is the same session, project, model and manner, else a new one. */
  async take(request: OpenAgent): Promise<AgentProcess> {
    const warm = this.#warm.get(request.conversation);
    if (warm) {
      clearInterval(warm.timer);
      this.#warm.delete(request.conversation);
      if (fits(warm.process, request)) return warm.process;
      void this.discard(warm.process);
    }
    await this.#closing.get(request.conversation);
    await this.#makeRoom();
    const commandsEnded = this.#commands?.had(request.conversation, request.session) ?? false;
    return this.#agent.open({ ...request, commandsEnded });
  }

  /** Keeps a process that is idle for the conversation's next turn. */
  keep(process: AgentProcess): void {
    const { conversation } = process.opened;
    this.#commands?.note(conversation, process.session, isOfUse(process));
    const since = Date.now();
    const timer = setInterval(() => {
      if (!isOfUse(process) || Date.now() - since >= BACKGROUND_MS) void this.#letGo(conversation);
    }, WARM_MS);
    timer.unref();
    this.#warm.set(conversation, { process, timer });
    void this.#makeRoom();
    process.listen((signal) => {
      if (signal.type === 'background') this.#commands?.note(conversation, process.session, signal.tasks.length > 0);
      if (signal.type === 'closed' && this.#warm.get(conversation)?.process === process) void this.#letGo(conversation);
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

  /** Closes the conversation's warm process: it knows no more what has changed outside of it. */
  async closeWarm(conversation: string): Promise<void> {
    await this.#letGo(conversation);
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#warm.keys()].map((conversation) => this.#letGo(conversation)));
    await Promise.all(this.#closing.values());
  }

  /** Closes as many as memory asks for, one after the other, because each gives some of it back. */
  async #makeRoom(): Promise<void> {
    const most = Math.min(WARM_MOST, Math.max(1, Math.floor(this.#memory.total / 2 / WARM_BYTES)));
    for (const [conversation, { process }] of this.#warm) {
      const isShort = this.#memory.free() < this.#memory.leastFree;
      if (!isShort && this.#warm.size <= most) return;
      if (!isOfUse(process)) await this.#letGo(conversation);
    }
  }

  async #letGo(conversation: string): Promise<void> {
    const warm = this.#warm.get(conversation);
    if (!warm) return;
    clearInterval(warm.timer);
    this.#warm.delete(conversation);
    await this.discard(warm.process);
  }
}

/** Commands of the person's work go on in the background. */
const isOfUse = (process: AgentProcess): boolean => process.background.length > 0;

function fits(process: AgentProcess, request: OpenAgent): boolean {
  return (
    !request.continues &&
    request.after === undefined &&
    request.session !== null &&
    process.session === request.session &&
    process.opened.project === request.project &&
    process.opened.model === request.model &&
    isDeepStrictEqual(process.opened.manner, request.manner)
  );
}
