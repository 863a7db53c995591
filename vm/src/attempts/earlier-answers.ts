import { randomUUID } from 'node:crypto';
import type { Agent, MessageStanding, OpenAgent, PushedMessage, SentMessage } from '../agent/agent.ts';
import { warnOfCutTools } from '../agent/resume-prompt.ts';
import type { Journal } from '../journal/journal.ts';
import { type Resumption, settleAnswers } from './continuation.ts';
import { type RunningState, repeatResult, type Step } from './reducer.ts';

// Looks up what earlier attempts did with an attempt's messages: the answers in the journal, and the messages' state in
// the session. Asks no model and changes nothing.

/** Settles the messages of one answer. */
export type Settle = (state: RunningState) => Step;

export class EarlierAnswers {
  readonly #agent: Pick<Agent, 'standing'>;
  readonly #journal: Journal;
  readonly #conversation: string;
  readonly #attempt: string;
  readonly #continues: boolean;

  /** `continues`: an earlier attempt began the turn. */
  constructor(
    { agent, journal }: { agent: Agent; journal: Journal },
    conversation: string,
    attempt: string,
    continues: boolean,
  ) {
    this.#agent = agent;
    this.#journal = journal;
    this.#conversation = conversation;
    this.#attempt = attempt;
    this.#continues = continues;
  }

  /** Answers that an earlier attempt reported and nobody took, unchanged. */
  told(uuids: readonly string[]): Settle[] {
    const results = this.#journal.resultsBefore(this.#conversation, this.#attempt, uuids);
    return results.map((result) => (state) => repeatResult(state, result));
  }

  /**
   * A warning to precede messages that are asked anew, or null: tools begun for them earlier may have taken effect. If
   * the agent holds messages, it gets the warning when it is asked to carry on.
   */
  warning({ held }: Resumption): PushedMessage | null {
    if (!this.#continues || held.length > 0) return null;
    const tools = this.#journal.unfinishedTools(this.#conversation, this.#attempt);
    if (tools.length === 0) return null;
    const text = `<system-reminder>You were cut off before in what is asked now. ${warnOfCutTools(tools)}</system-reminder>`;
    return { uuid: randomUUID(), text, context: true };
  }

  /** The state of the messages `uuids` in the session, and the answers it holds for them. */
  inSession(
    open: OpenAgent,
    given: readonly SentMessage[],
    uuids: readonly string[],
  ): { standings: Map<string, MessageStanding>; answers: Settle[] } {
    const turns = this.#journal.firstTurns(
      this.#conversation,
      given.map(({ uuid }) => uuid),
    );
    const sent = given.map((message) => ({ ...message, turn: turns.get(message.uuid) }));
    const all = this.#agent.standing(open, sent);
    const standings = new Map([...all].filter(([uuid]) => uuids.includes(uuid)));
    return { standings, answers: settleAnswers(standings) };
  }
}
