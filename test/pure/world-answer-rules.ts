import type { Event } from '../../src/conversation/state/events.ts';
import type { Reply } from '../../src/conversation/state/rows.ts';
import { findOpenAttempt, findOpenTurn, type State } from '../../src/conversation/state/state.ts';
import { texts } from '../../src/texts/index.ts';
import type { World } from './world.ts';
import type { Callback } from './world-carrier.ts';
import type { Coverage } from './world-coverage.ts';
import type { Rows } from './world-rows.ts';

// The rules for answers and questions: each is asked or given once, and reaches whom it is for.

export class AnswerRules {
  readonly #world: World;
  readonly #broken: (what: string) => never;
  readonly #coverage: Coverage;
  /** The words of answers, and of parts of answers, that must reach the phone. */
  readonly #owed: string[] = [];
  readonly #answered = new Set<string>();
  /** Texts that the results of this decision answer. */
  readonly #listed = new Set<string>();
  readonly #droppedCallbacks = new Set<string>();

  constructor(world: World, broken: (what: string) => never, coverage: Coverage) {
    this.#world = world;
    this.#broken = broken;
    this.#coverage = coverage;
  }

  step(before: State, after: State, event: Event): void {
    this.#questions(before, after, event);
    this.#answers(before, event);
  }

  /** Asked once, whatever is cut or lost in between, and never reopened. */
  #questions(before: State, after: State, event: Event): void {
    if (before.questions === after.questions) return;
    const { rows } = this.#world;
    for (const question of after.questions) {
      const was = before.questions.find((q) => q.id === question.id);
      if (was?.state === question.state) continue;
      this.#coverage.changed('question', was?.state ?? 'none', question.state, event);
      if (was && question.state === 'open') this.#broken('a question that was settled is open again');
      if (question.state !== 'open' && question.answer === null)
        this.#broken('a question is settled without an answer');
      if (was) continue;
      if (question.kind === 'send_message') this.#owed.push(question.text);
      const twin = rows.all.questions.find(
        (q) => q.id !== question.id && q.turn === question.turn && q.text === question.text && q.kind === question.kind,
      );
      if (twin) this.#broken(`“${question.text}” is asked twice`);
      const shown = after.replies.filter(
        (r) => r.copies === 0 && r.choices?.question === question.id && r.choices?.items.length,
      );
      if (shown.length > 1) this.#broken(`“${question.text}” is shown twice`);
    }
  }

  #answers(before: State, event: Event): void {
    if (event.type !== 'machine' || event.event.type !== 'result') return;
    const open = findOpenAttempt(before);
    const isApplied =
      open?.turn === event.attempt.turn &&
      open.n === event.attempt.n &&
      open.journal === event.journal &&
      open.lastSeq + 1 === event.seq;
    if (!isApplied) return;
    const isOfRun = findOpenTurn(before)?.run !== null;
    // The person has read that it was dropped.
    if (!isOfRun && findOpenTurn(before)?.stopping != null) return;
    const isAnswer = !event.event.is_error && !isOfRun;
    // A failed text answers nothing: it waits for /retry.
    const listed = event.event.is_error && !isOfRun ? [] : event.event.user_message_uuids;
    for (const uuid of listed) {
      const row = this.#world.rows.all.messages.find((m) => m.uuid === uuid);
      // Only an answer for the person answers a text that was given up before.
      if (row?.state === 'failed' && !isAnswer) continue;
      this.#listed.add(uuid);
      if (this.#answered.has(uuid)) this.#broken(`${uuid} was answered twice`);
      this.#answered.add(uuid);
    }
    // The product's own words report a run's failure.
    if (event.event.is_error && isOfRun) return;
    const words = event.event.text.match(/answer \d+;/g) ?? [];
    this.#owed.push(...(words.length > this.#world.maxParts ? words.slice(0, 1) : words));
  }

  /** After every commit. */
  committed({ all }: Rows): void {
    const asked = all.messages.find((m) => this.#listed.has(m.uuid) && m.state !== 'consumed');
    if (asked) this.#broken(`message ${asked.seq} is answered and still ${asked.state}`);
    this.#listed.clear();
  }

  dropped(callback: Callback | null): void {
    if (callback) this.#droppedCallbacks.add(callback.sid);
  }

  atRest(): void {
    this.#answersHeard();
    const { rows, carriers } = this.#world;
    const isLeftOut = (r: Reply): boolean => rows.all.runs.some((run) => run.id === r.run && run.note === 'newer');
    for (const words of this.#owed) {
      const taken = carriers.taken.filter((m) => m.row.body.includes(words));
      const reached = taken.filter((m) => m.fate === null);
      const holders = rows.all.replies.filter((r) => r.body.includes(words));
      const isUnheard = taken.some((m) => this.#droppedCallbacks.has(m.sid));
      if (
        reached.length === 0 &&
        !isUnheard &&
        !holders.some((r) => ['held', 'parked', 'failed'].includes(r.state) || isLeftOut(r))
      ) {
        this.#broken(`“${words}” never reached the phone`);
      }
      const excused = reached.filter((m) => m.wasHidden).length;
      if (reached.length > 1 + excused) this.#broken(`“${words}” reached the phone ${reached.length} times`);
      const isCounted = holders.some((r) => r.doubledSid !== null);
      // The first try may arrive after the marked one.
      const isMarked = reached.filter((m) => !m.words.includes(texts.mayRepeat)).length <= 1;
      if (reached.length > 1 && !isCounted && !isUnheard && !isMarked)
        this.#broken(`“${words}” was doubled and nobody noticed`);
    }
  }

  /** The person's answer reached the agent, unless they stopped the turn, or is a separate text. */
  #answersHeard(): void {
    const { rows, machine } = this.#world;
    for (const question of rows.all.questions) {
      if (question.state !== 'closed' && question.state !== 'late')
        this.#broken(`a question is ${question.state} for ever`);
      const { answer } = question;
      if (answer?.kind !== 'text') continue;
      const isStopped = rows.all.turns.some((t) => t.id === question.turn && t.stopping !== null);
      const isHeard = machine.heard.some(
        (h) => h.turn === question.turn && h.answer.kind === 'text' && h.answer.text === answer.text,
      );
      const message = rows.all.messages.find((m) => m.seq === question.message);
      const isText = message?.text === texts.questions.lateAnswer(question.text, answer.text ?? '');
      if (!isStopped && !isHeard && !isText) this.#broken(`the answer to “${question.text}” was lost`);
    }
  }
}
