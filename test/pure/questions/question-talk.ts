import { choiceIdOf } from '../../../src/conversation/state/choices.ts';
import type { Message, Question, Reply } from '../../../src/conversation/state/rows.ts';
import type { Answer, Request } from '../../../src/protocol/index.ts';
import { Talk } from '../conversation.ts';

// A conversation in which the agent asks: the requests it makes, and the answers the machine gets.

type RequestOf<Kind extends Request['kind']> = Extract<Request, { kind: Kind }>;

export const COLOURS: RequestOf<'ask'> = { kind: 'ask', question: 'Which colour?', options: ['Red', 'Blue'] };
export const OPEN: RequestOf<'ask'> = { kind: 'ask', question: 'What is it called?', options: [] };
export const CONSENT: RequestOf<'approve'> = {
  kind: 'approve',
  tool: 'Bash',
  summary: 'rm notes.md',
  rule: 'Bash(rm:*)',
  always: true,
};
export const DEEP: RequestOf<'propose_deep'> = { kind: 'propose_deep', reason: 'Three modules to move.' };

export class QuestionTalk extends Talk {
  #requests = 0;

  /** A running turn that has asked, and the person has seen its questions. */
  static about(...requests: Request[]): { talk: QuestionTalk; first: Message } {
    const asked = QuestionTalk.unsent(...requests);
    asked.talk.shown();
    return asked;
  }

  /** A running turn that has asked; its questions have not been sent yet. */
  static unsent(...requests: Request[]): { talk: QuestionTalk; first: Message } {
    const talk = new QuestionTalk();
    const first = talk.text('please');
    talk.taken();
    for (const request of requests) talk.asks(request);
    return { talk, first };
  }

  /** Marks every waiting reply as sent. */
  shown(): void {
    const left = (r: Reply): Reply => (r.state === 'ready' ? { ...r, state: 'sent' } : r);
    this.state = { ...this.state, replies: this.state.replies.map(left) };
  }

  asks(request: Request, journal = 'J1'): string {
    const request_id = `toolu_${++this.#requests}`;
    this.machine({ type: 'request', request_id, request }, journal);
    return request_id;
  }

  cut(journal = 'J1'): void {
    this.machine({ type: 'ended', outcome: 'interrupted', reason: 'killed' }, journal);
    this.taken(journal);
  }

  /** The answers that the last event gave the machine. */
  get answers(): Answer[] {
    return this.effects.flatMap((effect) => (effect.do === 'answer' ? [effect.answer] : []));
  }

  question(nth = 0): Question {
    const question = this.state.questions[nth];
    if (!question) throw new Error(`no question ${nth}`);
    return question;
  }

  tap(nth: number, option: number, title = 'x'): void {
    this.text(title, 0, { choice: choiceIdOf(this.question(nth).id, option) });
  }

  took(nth = 0): void {
    const { id, request } = this.question(nth);
    this.on({ type: 'answer-taken', question: id, request });
  }

  refused(nth = 0): void {
    const { id, request } = this.question(nth);
    this.on({ type: 'answer-refused', question: id, request });
  }

  get questionStates(): string {
    return this.state.questions.map((q) => q.state).join(' ');
  }

  get last(): string {
    return this.bodies.at(-1) ?? '';
  }

  ends(outcome: 'done' | 'failed' = 'done'): void {
    this.machine({ type: 'ended', outcome, reason: 'over' });
  }
}

export const text = (of: string): Answer => ({ kind: 'text', text: of });
export const allow: Answer = { kind: 'decision', decision: 'allow', reason: '' };
export const deny = (reason: string): Answer => ({ kind: 'decision', decision: 'deny', reason });
