import type { Policy } from '../../src/conversation/policy/policy.ts';
import type { Decision, Effect, Event } from '../../src/conversation/state/events.ts';
import type { Reply } from '../../src/conversation/state/rows.ts';
import type { State } from '../../src/conversation/state/state.ts';
import type { World } from './world.ts';
import { AnswerRules } from './world-answer-rules.ts';
import type { Callback } from './world-carrier.ts';
import { Coverage, causeOf } from './world-coverage.ts';
import { MessageRules } from './world-message-rules.ts';
import { MoneyRules } from './world-money.ts';
import { PlaceRules } from './world-places.ts';
import { ReplyRules } from './world-reply-rules.ts';
import { RowRules } from './world-row-rules.ts';
import type { Rows } from './world-rows.ts';
import { RunRules } from './world-runs.ts';
import { SenderRules } from './world-sender-rules.ts';
import { TurnRules } from './world-turn-rules.ts';

// The rules that hold at every step of the world, and at its rest; a file for each kind. Each rule refers to rows alone
// and doesn't know how decisions are made.

export class Rules {
  static coverage = new Coverage();
  readonly effects: Effect['do'][] = [];
  readonly #world: World;
  readonly #turns: TurnRules;
  readonly #messages: MessageRules;
  readonly #replies: ReplyRules;
  readonly #answers: AnswerRules;
  readonly #rows: RowRules;
  readonly #runs: RunRules;
  readonly #senders: SenderRules;
  readonly #places: PlaceRules;
  readonly money: MoneyRules;
  #event: Event | null = null;

  constructor(world: World, policy: Policy) {
    this.#world = world;
    const broken = (what: string): never => this.broken(what);
    const { coverage } = Rules;
    this.#runs = new RunRules(world.rows, broken, coverage);
    this.#turns = new TurnRules(world, broken, coverage, this.#runs);
    this.#messages = new MessageRules(world, broken, coverage);
    this.#replies = new ReplyRules(world, broken, coverage);
    this.#answers = new AnswerRules(world, broken, coverage);
    this.#senders = new SenderRules(world, broken, coverage);
    this.#rows = new RowRules(world, broken);
    this.#places = new PlaceRules(world, broken, coverage);
    this.money = new MoneyRules(broken, policy, coverage);
  }

  broken(what: string): never {
    throw new Error(this.#event ? `${what} (on ${causeOf(this.#event)})` : what);
  }

  /** After every decision. `probe` decides without consequences. */
  step(before: State, event: Event, decision: Decision, now: number, probe: (event: Event) => State): void {
    this.#event = event;
    const after = decision.state;
    Rules.coverage.saw(after);
    this.#turns.step(before, after, event, now);
    this.#messages.step(before, after, event);
    this.#replies.step(before, after, event, now);
    this.#senders.step(before, after, event);
    this.#answers.step(before, after, event);
    this.#runs.step(before, after, event, now);
    this.#places.step(before, after, event);
    this.money.step(before, event, after);
    this.#turns.stale(before, probe);
    this.#event = event;
  }

  /** A request to the carrier. */
  askedCarrier(state: State, what: string): void {
    this.#replies.asked(state, what);
  }

  /** A request to the machine about an attempt. */
  asked(state: State, what: string): void {
    this.#turns.asked(state, what);
  }

  /** After every commit. */
  committed(rows: Rows, now: number): void {
    this.#runs.committed(rows.readHot());
    this.#answers.committed(rows);
    this.#rows.committed(rows, now);
  }

  /** A request is made to send this reply. */
  handOver(reply: Reply, rows: Rows, now: number): void {
    this.#places.handOver(reply, rows.all);
    this.#senders.handOver(reply, rows.all);
    this.#replies.handOver(reply, rows, now);
  }

  dropped(callback: Callback | null): void {
    this.#answers.dropped(callback);
  }

  /** When everything has come to rest. */
  atRest(): void {
    this.#event = null;
    const { rows, carriers } = this.#world;
    this.#messages.atRest();
    this.#replies.atRest();
    this.#rows.atRest();
    this.#answers.atRest();
    this.#places.atRest();
    this.money.atRest(rows.load());
    this.#runs.atRest((from) => carriers.of(from).isClosed(from, this.#world.now));
  }
}
