import type { AgentMessage } from '../../../src/protocol/index.ts';
import type { AgentProcess } from '../agent/agent.ts';

// Questions on the side of an attempt: asked of its agent process, which answers from the conversation so far while the
// work goes on, and does not remember. In memory only; what is cut is asked again by whoever wants to know.

/** The agent must come up and the model answer; after it the person is told that it did not work. */
const ASIDE_MS = 60_000;
/** `totalCostUsd`: what the process has spent by then, null when it does not say. An empty text: no answer. */
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

  /** Takes the message when it is such a question. */
  takes({ uuid, text, action }: AgentMessage): boolean {
    if (action !== 'aside') return false;
    if (this.#open.has(uuid)) return true;
    this.#open.set(uuid, text);
    if (this.#process) void this.#ask(this.#process, uuid, text);
    return true;
  }

  /** The process to ask from now on; what it was not asked, or another did not answer, is asked of it. */
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
