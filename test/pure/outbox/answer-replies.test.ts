import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QUESTIONS_MAX } from '../../../src/conversation/policy/questions.ts';
import { RESTARTS_MAX } from '../../../src/conversation/policy/turn.ts';
import { choiceIdOf } from '../../../src/conversation/state/choices.ts';
import type { Answer, Request } from '../../../src/protocol/index.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// Questions that are asked, tapped, tapped again, cut and asked again, in any project: each gets the first choice made
// below it, and nothing is allowed without permission.

const { approve, deny, always } = texts.questions;
const COLOURS = ['Red', 'Green', 'Blue'];
const PROJECTS = ['main', 'shop'] as const;
type Project = (typeof PROJECTS)[number];

type Step =
  | { do: 'ask'; kind: 'ask' | 'approve'; rule: string; always: boolean }
  | { do: 'tap'; which: number; option: number }
  | { do: 'take'; which: number }
  | { do: 'cut' }
  | { do: 'go'; to: Project };

/** A question of the running turn: its choices, and the chosen one. */
type Asked = {
  request: Request;
  options: string[];
  id: string;
  name: string;
  chosen: string | null;
  isTaken: boolean;
};

class Person extends Talk {
  #made = 0;
  #project: Project = 'main';
  #asked: Asked[] = [];
  #first = this.text('please');
  readonly #granted = new Set<string>();

  play(step: Step): void {
    switch (step.do) {
      case 'ask':
        if (this.#asked.filter(({ chosen }) => chosen === null).length < QUESTIONS_MAX) this.#ask(step);
        break;
      case 'tap':
        this.#tap(this.#asked[step.which % Math.max(1, this.#asked.length)], step.option);
        break;
      case 'take':
        this.#take(this.#asked[step.which % Math.max(1, this.#asked.length)]);
        break;
      case 'cut':
        if (this.attempt.n < RESTARTS_MAX) this.#cut();
        break;
      case 'go':
        this.#go(step.to);
    }
    this.#waits();
  }

  begin(): void {
    this.taken();
  }

  /** The agent starts again and repeats its unanswered questions. */
  #cut(): void {
    this.machine({ type: 'ended', outcome: 'interrupted', reason: 'killed', cause: 'restarted' });
    if (this.state.timers.some(({ kind }) => kind === 'attempt')) this.fire('attempt');
    this.taken();
    for (const asked of this.#asked) if (!asked.isTaken) this.#request(asked);
  }

  #ask({ kind, rule, always: isForGood }: Extract<Step, { do: 'ask' }>): void {
    const n = ++this.#made;
    const request: Request =
      kind === 'ask'
        ? { kind, question: `Colour ${n}?`, options: COLOURS }
        : { kind, tool: 'Bash', summary: `rm ${n}`, rule, always: isForGood };
    const options = kind === 'ask' ? COLOURS : [approve, deny, ...(isForGood ? [always] : [])];
    const isGranted = kind === 'approve' && isForGood && this.#granted.has(`${this.#project} ${rule}`);
    const asked: Asked = { request, options, id: '', name: '', chosen: isGranted ? approve : null, isTaken: false };
    this.#request(asked);
    asked.id = this.state.questions.at(-1)?.id ?? '';
    this.#asked.push(asked);
  }

  /** An existing answer is given at once, and no other. */
  #request(asked: Asked): void {
    asked.name = `toolu_${++this.#made}`;
    this.machine({ type: 'request', request_id: asked.name, request: asked.request });
    this.#gives(asked.chosen === null ? [] : [asked]);
  }

  #tap(asked: Asked | undefined, option: number): void {
    if (!asked) return;
    const title = asked.options[option];
    const isFirst = asked.chosen === null && title !== undefined;
    if (isFirst) asked.chosen = title;
    if (isFirst && title === always && asked.request.kind === 'approve') {
      this.#granted.add(`${this.#project} ${asked.request.rule}`);
    }
    this.text(title ?? 'x', 0, { choice: choiceIdOf(asked.id, option) });
    this.#gives(isFirst ? [asked] : []);
  }

  #take(asked: Asked | undefined): void {
    if (!asked || asked.chosen === null) return;
    asked.isTaken = true;
    this.on({ type: 'answer-taken', question: asked.id, request: asked.name });
  }

  /** The turn ends, and the next one is in that project. */
  #go(to: Project): void {
    this.answer('done', this.#first);
    this.text(this.state.projects.some(({ label }) => label === to) ? `/project ${to}` : `/project new ${to}`);
    this.#project = to;
    this.#asked = [];
    this.#first = this.text('please');
    this.taken();
  }

  /** The last event gives the machine exactly these answers. */
  #gives(asked: readonly Asked[]): void {
    const given = this.effects.flatMap((e) => (e.do === 'answer' ? [[e.request, said(e.answer)]] : []));
    expect(given).toEqual(asked.map(({ name, chosen }) => [name, meaning(chosen ?? '')]));
  }

  /** Choices that were made but not taken are given again; questions without a choice stay open. */
  #waits(): void {
    for (const { id, chosen, isTaken } of this.#asked) {
      const state = this.state.questions.find((q) => q.id === id)?.state;
      expect(state).toBe(chosen === null ? 'open' : isTaken ? 'closed' : 'answered');
      const isTimed = this.state.timers.some(({ kind, ref }) => kind === 'answer' && ref === id);
      expect(isTimed).toBe(chosen !== null && !isTaken);
    }
  }
}

const said = (answer: Answer): string => (answer.kind === 'decision' ? answer.decision : (answer.text ?? ''));
const meaning = (chosen: string): string =>
  chosen === approve || chosen === always ? 'allow' : chosen === deny ? 'deny' : chosen;

const which = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      kind: fc.constantFrom('ask' as const, 'approve' as const, 'approve' as const),
      rule: fc.constantFrom('Bash(rm *)', 'Bash(mv *)'),
      always: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('tap' as const), which, option: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take' as const), which }) },
  { weight: 2, arbitrary: fc.constant({ do: 'cut' } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('go' as const), to: fc.constantFrom(...PROJECTS) }) },
);

test('each question gets the choice made below it first; nothing is allowed that was not allowed there', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25, size: 'max' }), (steps) => {
      const person = new Person();
      person.begin();
      for (const each of steps) person.play(each);
    }),
    { numRuns: 300 },
  );
});
