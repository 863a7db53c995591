import type { AgentMessage, EventBody } from '../../src/protocol/index.ts';
import { type Checked, judged, withFinding } from './check.ts';
import type { CheckScope, Checks } from './checks.ts';
import type { Journal } from './journal.ts';

// The check that goes before the agent of an attempt, if its message has one: run once for a turn, however often the turn
// is cut after it. In memory only; what it said is in the journal.

type Parts = { checks: Checks; journal: Journal };
type Checkable = AgentMessage & { check: string };
/** `messages`: with what was found, in place of those the attempt began with. */
export type Woken = { wakes: boolean; events: EventBody[]; messages: AgentMessage[] };

const UNCHECKED: Woken = { wakes: true, events: [], messages: [] };

export class AttemptCheck {
  readonly #parts: Parts;
  readonly #scope: CheckScope;
  readonly #message: Checkable | undefined;
  readonly #abort = new AbortController();
  #isSettled: boolean;

  constructor(parts: Parts, scope: CheckScope, messages: readonly AgentMessage[]) {
    this.#parts = parts;
    this.#scope = scope;
    this.#message = messages.find(hasCheck);
    this.#isSettled = this.#message === undefined;
  }

  /** Whether the agent may not be woken at all: there is nothing yet to give other messages to. */
  get isOpen(): boolean {
    return !this.#isSettled;
  }

  /** `given`: messages the agent's session holds. `continues`: an earlier attempt of the turn may have got further. */
  async settle(given: readonly string[], continues: boolean): Promise<Woken> {
    const message = this.#message;
    if (!message) return UNCHECKED;
    const before = continues ? this.#before(message) : null;
    const checked = before ?? (given.includes(message.uuid) ? null : await this.#run(message));
    this.#isSettled = checked?.outcome !== 'nothing' && checked?.outcome !== 'failed';
    if (checked === null) return UNCHECKED;
    const wakes = checked.outcome === 'wake';
    const messages = wakes ? [{ ...message, text: withFinding(message.text, checked.line) }] : [];
    return { wakes, events: wakes && before ? [] : [checked], messages };
  }

  /** For the watchdogs. */
  memory(): number {
    return this.#parts.checks.memory(this.#scope.attempt);
  }

  /** Ends it, if it is running. */
  end(): void {
    this.#abort.abort();
  }

  #before({ uuid }: Checkable): Checked | null {
    return this.#parts.journal.checkedBefore(this.#scope.conversation, this.#scope.attempt, uuid);
  }

  async #run({ uuid, check }: Checkable): Promise<Checked> {
    return judged(uuid, await this.#parts.checks.run(this.#scope, check, this.#abort.signal));
  }
}

export const hasCheck = (message: AgentMessage): message is Checkable => message.check !== undefined;
