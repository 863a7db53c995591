import { randomUUID } from 'node:crypto';
import type { AgentMessage, EventBody } from '../../../src/protocol/index.ts';
import { isAction } from '../actions/actions.ts';
import type { CloneHost } from '../actions/clone-action.ts';
import type { FirstClone } from '../actions/first-clone.ts';
import type { AgentHost, PushedMessage } from '../agent/agent.ts';
import type { AgentPool } from '../agent/pool.ts';
import type { Journal } from '../journal/journal.ts';
import type { ProgramConsent } from '../programs/program-consent.ts';
import { type Checked, judgeCheck, withFinding } from './pre-check/result.ts';
import type { CheckScope, PreChecks } from './pre-check/run.ts';
import { SETTING_UP } from './project-setup.ts';

// The work before an attempt's agent starts: the project's setup, the check of the attempt's message (once per turn,
// even if the turn is cut later), and consent to the project's programs. In memory only; the check's result is in the
// journal.

type Parts = {
  checks: PreChecks;
  journal: Journal;
  programs?: ProgramConsent;
  pool?: AgentPool;
  firstClone?: FirstClone | undefined;
};
type Host = AgentHost & CloneHost;
type Checkable = AgentMessage & { check: string };
/** `messages`: replace the attempt's own, with the check's result added. `note`: goes before them. */
export type Prepared = { wakes: boolean; events: EventBody[]; messages: AgentMessage[]; note?: PushedMessage };

const UNCHECKED: Prepared = { wakes: true, events: [], messages: [] };

export class Preparation {
  readonly #parts: Parts;
  readonly #scope: CheckScope;
  readonly #message: Checkable | undefined;
  readonly #host: Host | null;
  readonly #record: (event: EventBody) => void;
  readonly #abort = new AbortController();
  #isSettled: boolean;

  constructor(
    parts: Parts,
    scope: CheckScope,
    messages: readonly AgentMessage[],
    record: (event: EventBody) => void = () => {},
    host: Host | null = null,
  ) {
    this.#host = host;
    this.#record = record;
    this.#parts = parts;
    this.#scope = scope;
    this.#message = messages.find(hasPreCheck);
    this.#isSettled = this.#message === undefined;
  }

  /** Whether the check may still decide not to wake the agent; until then no other message can be given. */
  get isOpen(): boolean {
    return !this.#isSettled;
  }

  /**
   * `given`: messages the agent's session holds. `continues`: an earlier attempt of the turn may have run the check.
   * `isNew`: the agent begins a session.
   */
  async settle(given: readonly string[], continues: boolean, isNew: boolean): Promise<Prepared> {
    const empty = this.#host && ((await this.#parts.firstClone?.make(this.#scope, this.#host)) ?? null);
    if (this.#abort.signal.aborted) return UNCHECKED;
    const setUp = await this.#parts.checks.setUp(this.#scope, isNew, this.#abort.signal, () =>
      this.#record({ type: 'progress', text: SETTING_UP }),
    );
    if (this.#abort.signal.aborted) return UNCHECKED;
    const failure = empty ?? setUp;
    const prepared = await this.#checked(given, continues);
    if (prepared.wakes) await this.#askForPrograms();
    // A cut session goes on with the messages it holds; the next turn gets the note.
    if (failure === null || given.length > 0) return prepared;
    return { ...prepared, note: { uuid: randomUUID(), text: failure, context: true } };
  }

  /** A warm agent began without the programs that the person has just allowed, so it is closed. */
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

  /** Ends the command, if one is running. */
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

const hasPreCheck = (message: AgentMessage): message is Checkable => message.check !== undefined;

/** Whether the message is alone in its attempt: at first, no agent is there that could take others. */
export const beginsAlone = (message: AgentMessage): boolean => isAction(message) || hasPreCheck(message);
