import { isDeepStrictEqual } from 'node:util';
import type { Agent, AgentProcess, OpenAgent } from './agent.ts';

// At most one agent process per conversation, kept warm between turns. Owns when one is re-used, replaced and let go;
// nothing here survives a restart.

const WARM_MS = 10 * 60_000;
/** A parked process takes about 250 MB; the one that has waited longest goes first. */
const WARM_MAX = 4;

export class AgentPool {
  readonly #agent: Agent;
  readonly #warm = new Map<string, { process: AgentProcess; timer: NodeJS.Timeout }>();
  /** Closings under way: two processes of one conversation would corrupt its files. */
  readonly #closing = new Map<string, Promise<void>>();

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  /** A process for the request: the warm one when it is the same session, project, model and manner, else a new one. */
  async take(request: OpenAgent): Promise<AgentProcess> {
    const warm = this.#warm.get(request.conversation);
    if (warm) {
      clearTimeout(warm.timer);
      this.#warm.delete(request.conversation);
      if (fits(warm.process, request)) return warm.process;
      void this.discard(warm.process);
    }
    await this.#closing.get(request.conversation);
    return this.#agent.open(request);
  }

  /** Keeps a process that is idle for the conversation's next turn. */
  keep(process: AgentProcess): void {
    const { conversation } = process.opened;
    const timer = setTimeout(() => void this.#letGo(conversation), WARM_MS);
    timer.unref();
    this.#warm.set(conversation, { process, timer });
    const [oldest] = this.#warm.keys();
    if (this.#warm.size > WARM_MAX && oldest !== undefined) void this.#letGo(oldest);
    process.listen((signal) => {
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

  async #letGo(conversation: string): Promise<void> {
    const warm = this.#warm.get(conversation);
    if (!warm) return;
    clearTimeout(warm.timer);
    this.#warm.delete(conversation);
    await this.discard(warm.process);
  }
}

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
