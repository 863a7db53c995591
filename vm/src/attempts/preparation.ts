import { randomUUID } from 'node:crypto';
import type { AgentMessage, EventBody } from '../../../src/protocol/index.ts';
import type { AgentHost, PushedMessage } from '../agent/agent.ts';
import type { AgentPool } from '../agent/pool.ts';
import type { Journal } from '../journal/journal.ts';
import type { ProgramConsent } from '../programs/program-consent.ts';
import { type Checked, judgeCheck, withFinding } from './pre-check/result.ts';
import type { CheckScope, PreChecks } from './pre-check/run.ts';
import { SETUP_FILE } from './project-setup.ts';

// The work before the agent of an attempt starts: the project's setup, the check of its message (once per turn, however
// often the turn is cut afterwards), and consent to the project's programs. In memory only; the check's result is in
// the journal.

type Parts = { checks: PreChecks; journal: Journal; programs?: ProgramConsent; pool?: AgentPool };
type Checkable = AgentMessage & { check: string };
/** `messages`: with what was found, in place of those the attempt began with. `note`: for the agent, before them. */
export type Prepared = { wakes: boolean; events: EventBody[]; messages: AgentMessage[]; note?: PushedMessage };

const UNCHECKED: Prepared = { wakes: true, events: [], messages: [] };
const SETTING_UP: EventBody = { type: 'progress', text: `Setting up the project: ${SETUP_FILE}` };

export class Preparation {
  readonly #parts: Parts;
  readonly #scope: CheckScope;
  readonly #message: Checkable | undefined;
  readonly #host: AgentHost | null;
  readonly #record: (event: EventBody) => void;
  readonly #abort = new AbortController();
  #isSettled: boolean;

  constructor(
    parts: Parts,
    scope: CheckScope,
    messages: readonly AgentMessage[],
    record: (event: EventBody) => void = () => {},
    host: AgentHost | null = null,
  ) {
    this.#host = host;
    this.#record = record;
    this.#parts = parts;
    this.#scope = scope;
    this.#message = messages.find(hasCheck);
    this.#isSettled = this.#message === undefined;
  }

  /** Whether the agent may not be woken at all: there is nothing yet to give other messages to. */
  get isOpen(): boolean {
    return !this.#isSettled;
  }

  /**
   * `given`: messages the agent's session holds. `continues`: an earlier attempt of the turn may have got further. `isNew`: the
   * agent begins a session.
   */
  async settle(given: readonly string[], continues: boolean, isNew: boolean): Promise<Prepared> {
    const said = await this.#parts.checks.setUp(this.#scope, isNew, this.#abort.signal, () => this.#record(SETTING_UP));
    if (this.#abort.signal.aborted) return UNCHECKED;
    const woken = await this.#checked(given, continues);
    if (woken.wakes) await this.#askForPrograms();
    // A session that was cut in the middle goes on with what it holds; the next turn is told.
    if (said === null || given.length > 0) return woken;
    return { ...woken, note: { uuid: randomUUID(), text: said, context: true } };
  }

  /** An agent that is warm began without the programs that have just been allowed. */
  async #askForPrograms(): Promise<void> {
    const { programs, pool } = this.#parts;
    if (!programs || !this.#host || !(await programs.askFirst(this.#scope, this.#host, this.#abort.signal))) return;
    await pool?.closeWarm(this.#scope.conversation);
  }

  async #checked(given: readonly string[], continues: boolean): Promise<Prepared> {
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
    return judgeCheck(uuid, await this.#parts.checks.run(this.#scope, check, this.#abort.signal));
  }
}

export const hasCheck = (message: AgentMessage): message is Checkable => message.check !== undefined;
