import type { AgentMessage } from '../../../src/protocol/index.ts';
import type { AgentProcess } from '../agent/agent.ts';

// Side questions during an attempt: the agent process answers from the conversation so far while the work goes on, and
// doesn't remember them. In memory only; after a cut the relay asks again.

/** The agent must start and the model answer in this time; after it the person is told that it didn't work. */
const ASIDE_MS = 60_000;
/** `totalCostUsd`: total cost of the process so far, null when unknown. An empty text means no answer. */
type Answered = (uuid: string, text: string, totalCostUsd: number | null) => void;

export class SideQuestions {
  readonly #open = new Map<string, string>();
  readonly #answered: Answered;
  readonly #boundMs: number;
  #process: AgentProcess | undefined;

  constructor(answered: Answered, boundMs = ASIDE_MS) {
    this.#answered = answered;
    this.#boundMs = boundMs;
  }

  get uuids(): string[] {
    return [...this.#open.keys()];
  }

  get areOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Takes the message if it is a side question. */
  takes({ uuid, text, action }: AgentMessage): boolean {
    if (action !== 'aside') return false;
    if (this.#open.has(uuid)) return true;
    this.#open.set(uuid, text);
    if (this.#process) void this.#ask(this.#process, uuid, text);
    return true;
  }

  /** From now on asks this process, also the questions that no other process has answered. */
  askOf(process: AgentProcess | undefined): void {
    this.#process = process;
    if (process) for (const [uuid, text] of this.#open) void this.#ask(process, uuid, text);
  }

  async #ask(process: AgentProcess, uuid: string, question: string): Promise<void> {
    const bound = AbortSignal.timeout(this.#boundMs);
    const { text, totalCostUsd } = await process.ask(question, bound).catch(() => ({ text: '', totalCostUsd: null }));
    if (this.#process !== process || !this.#open.delete(uuid)) return;
    this.#answered(uuid, text, totalCostUsd);
  }
}
