import { randomUUID } from 'node:crypto';
import type { Agent, MessageStanding, OpenAgent, PushedMessage, SentMessage } from '../agent/agent.ts';
import { warnOfCutTools } from '../agent/resume-prompt.ts';
import type { Journal } from '../journal/journal.ts';
import { type Resumption, settleAnswers } from './continuation.ts';
import { type AttemptState, repeatResult, type Step } from './reducer.ts';

// What became of an attempt's messages in attempts before it: what the journal has told of them, and how they stand in the
// session. Asks no model and changes nothing.

/** Settles the messages that an answer is for. */
export type Settle = (state: AttemptState) => Step;

export class EarlierAnswers {
  readonly #agent: Pick<Agent, 'standing'>;
  readonly #journal: Journal;
  readonly #conversation: string;
  readonly #attempt: string;
  readonly #continues: boolean;

  /** `continues`: the attempt goes on with a turn that was begun before. */
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

  /** Answers that were told and that nobody took, as they were told. */
  told(uuids: readonly string[]): Settle[] {
    const results = this.#journal.resultsBefore(this.#conversation, this.#attempt, uuids);
    return results.map((result) => (state) => repeatResult(state, result));
  }

  /**
   * What goes before messages that are asked anew, or null: what was begun for them then may have had its effect. Where some
   * are held, the agent hears it when it is asked to carry on.
   */
  warning({ held }: Resumption): PushedMessage | null {
    if (!this.#continues || held.length > 0) return null;
    const tools = this.#journal.unfinishedTools(this.#conversation, this.#attempt);
    if (tools.length === 0) return null;
    const text = `<system-reminder>You were cut off before in what is asked now. ${warnOfCutTools(tools)}</system-reminder>`;
    return { uuid: randomUUID(), text, context: true };
  }

  /** How these of the messages stand, and the answers that the session holds of them. */
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
