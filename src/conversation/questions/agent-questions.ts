import { type Answer, type Request, textOfScheduleRequest } from '../../protocol/index.ts';
import { texts } from '../../texts/index.ts';
import { withAnswer } from '../outbox/answer-replies.ts';
import { enqueue } from '../outbox/replies.ts';
import { MERGED_CHARS } from '../policy/outbox.ts';
import { ANSWERED_JUST_NOW_MS, BURST_MS, GRANTS_MAX, QUESTION_MS, QUESTIONS_MAX } from '../policy/questions.ts';
import { choiceIdOf } from '../state/choices.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { grantsOf } from '../state/grants.ts';
import type { Offer } from '../state/offer.ts';
import { findOpenQuestions, withQuestion } from '../state/questions.ts';
import { type Read, requireRead } from '../state/reads.ts';
import type { Grant, Question, Reply, Turn } from '../state/rows.ts';
import { projectOf, type State, withoutTimer, withTimer, withTurn } from '../state/state.ts';
import { answerQuestion, closeQuestion, newQuestion, type RequestRef, stopWaiting } from './answer-delivery.ts';
import { isAboutPrograms, withoutOldAnswers, withProgramsAnswer } from './approvals.ts';
import { composeConsent, showConsent, subjectOf } from './consent-request.ts';
import { mayApprove } from './consent-verdict.ts';
import { isDecision, isUnseen } from './heard-question.ts';
import { composePrimer, readsOfPrimer } from './session-primer.ts';

// The agent's questions. Each is shown to the person once, even across restarts, and waits for an answer.
// match-answer.ts matches messages to questions; answer-delivery.ts brings the answer to the machine.

const words = texts.questions;
type Asking = Extract<Request, { kind: 'ask' | 'approve' | 'propose_deep' }>;

/** The turn's earlier questions, and the reads of the answer. */
export function readsOfRequest({ kind }: Request, turn: string): Read[] {
  const asked: Read = { rows: 'questions', turn };
  if (kind === 'approve') return [asked, { rows: 'grants' }];
  return kind === 'seed' ? [asked, ...readsOfPrimer()] : [asked];
}

/**
 * Turns a request of the agent into a question, or gives it the answer it got before. A turn that is being stopped asks
 * nothing.
 */
export function receiveRequest(
  state: State,
  turn: Turn,
  ref: RequestRef,
  request: Request,
  ctx: Context,
): { question: Question } | { decision: Decision } {
  if (turn.stopping !== null) return { decision: noEffects(state) };
  const question = questionOf(state, ref, request, ctx);
  const before = isRepeatable(request) ? null : askedBefore(state, question);
  if (before) return { decision: askedAgain(state, { ...before, n: ref.n, request: ref.request }, ctx) };
  return { question };
}

/** Asks the person, sends words of the agent, or answers the request at once. */
export function onRequest(
  state: State,
  turn: Turn,
  question: Question,
  request: Exclude<Request, { kind: 'schedule' | 'send_file' }>,
  ctx: Context,
): Decision {
  switch (request.kind) {
    case 'approve':
      if (!mayApprove(state, ctx)) {
        return answerQuestion(
          state,
          question,
          { kind: 'decision', decision: 'deny', reason: texts.access.guestCannotApprove },
          ctx,
        );
      }
      return ask(withoutOldAnswers(state, question.project, ctx.now), question, request, ctx);
    case 'ask':
    case 'propose_deep':
      return ask(state, question, request, ctx);
    case 'send_message': {
      const told = withTurn(state, { ...turn, progressAt: ctx.now });
      // An answer, not progress: the agent wants it read, whatever follows.
      const said = withAnswer(told, { turn: turn.id, text: request.text }, ctx);
      return answerQuestion(said, question, { kind: 'done', ok: true, text: words.toAgent.said }, ctx);
    }
    case 'seed':
      return answerQuestion(state, question, composePrimer(state), ctx);
  }
}

/** True for requests that are harmless to repeat, and whose old answer may be out of date. */
const isRepeatable = (request: Request): boolean =>
  request.kind === 'schedule' && request.wish.op !== 'create' && request.wish.op !== 'run_now';

/** Nobody answered in time. */
export function onQuestionTimer(state: State, id: string, ctx: Context): Decision {
  const question = findOpenQuestions(state).find((q) => q.id === id);
  if (!question) return noEffects(state);
  return answerQuestion(tellOver(state, question, ctx), question, unanswered(question), ctx);
}

/** The agent no longer waits. An answer on its way to the agent settles by itself. */
export function onRequestOver(state: State, { turn, request }: Omit<RequestRef, 'n'>, ctx: Context): Decision {
  const question = findOpenQuestions(state, turn).find((q) => q.request === request);
  return noEffects(question ? abandonQuestion(tellOver(state, question, ctx), question, ctx.now) : state);
}

/**
 * The turn is over, so nobody waits for its questions. The person's words that the machine hasn't taken are given
 * again.
 */
export function endQuestions(state: State, turn: Turn, ctx: Context): State {
  if (turn.stopping !== null) return dropQuestions(state, turn.id, ctx.now);
  return state.questions
    .filter((q) => q.turn === turn.id)
    .reduce((next, question) => {
      if (question.state === 'open') return abandonQuestion(next, question, ctx.now);
      if (question.state !== 'answered') return next;
      const isWords = question.answer?.kind === 'text';
      if (!isWords) return closeQuestion(withoutTimer(next, 'answer', question.id), question);
      return withTimer(next, { kind: 'answer', ref: question.id, dueAt: ctx.now + 1, attempts: 0 });
    }, state);
}

/** The turn was stopped: its questions are closed, and no text answers them. */
export function dropQuestions(state: State, turn: string, now: number): State {
  return state.questions
    .filter((q) => q.turn === turn && (q.state === 'open' || q.state === 'answered'))
    .reduce((next, question) => {
      const settled = withoutTimer(stopWaiting(next, question, now), 'answer', question.id);
      return withQuestion(settled, { ...question, state: 'closed', answer: lastAnswer(question) });
    }, state);
}

const lastAnswer = (question: Question): Answer => question.answer ?? unanswered(question);

function abandonQuestion(state: State, question: Question, now: number): State {
  return closeQuestion(stopWaiting(state, question, now), {
    ...question,
    answer: lastAnswer(question),
    answeredAt: now,
  });
}

function tellOver(before: State, question: Question, ctx: Context): State {
  const isUnasked = question.kind !== 'ask' && isUnseen(before, question);
  const state = isUnasked ? withoutAsking(before, question) : before;
  if (isAboutPrograms(question)) return withProgramsAnswer(state, question, 'silence', ctx);
  const { kind, text: asked } = question;
  const approve = (isUnasked ? words.neverAsked : words.decisionOver)(subjectOf(question));
  const text = { ask: words.askOver(asked), approve, propose_deep: words.deepOver };
  const schedule = state.replies.find((r) => r.id === question.reply)?.schedule ?? null;
  return kind in text
    ? enqueue(state, 'notice', [text[kind as keyof typeof text]], ctx, { turn: question.turn, schedule })
    : state;
}

/** Withdraws a question that nobody waits for. A question asked in words can be answered later. */
function withoutAsking(state: State, { id }: Question): State {
  const isOf = (r: Reply): boolean => (r.state === 'ready' || r.state === 'held') && r.choices?.question === id;
  return { ...state, replies: state.replies.map((r) => (isOf(r) ? { ...r, state: 'dropped' as const } : r)) };
}

function unanswered(question: Question): Answer {
  if (isDecision(question)) return { kind: 'decision', decision: 'deny', reason: words.toAgent.nobodyDecided };
  return { kind: 'none', text: words.toAgent.noAnswer };
}

function questionOf(state: State, ref: RequestRef, request: Request, ctx: Context): Question {
  switch (request.kind) {
    case 'ask': {
      const options = distinct(request.options);
      return newQuestion(state, ref, { kind: 'ask', text: request.question, options }, ctx);
    }
    case 'approve': {
      const open = newQuestion(state, ref, { kind: request.kind, text: '', rule: request.rule }, ctx);
      const forGood = grantsOf(state).filter((g) => !isAboutPrograms(g));
      const isForGood = request.always === true && forGood.length < GRANTS_MAX;
      const options = [words.approve, words.deny, ...(isForGood ? [words.always] : [])];
      const text = composeConsent(request, projectOf(state, open.project).label);
      return { ...open, text, options };
    }
    case 'propose_deep': {
      const options = [words.yes, words.no];
      return newQuestion(state, ref, { kind: request.kind, text: request.reason, options }, ctx);
    }
    case 'send_message':
      return newQuestion(state, ref, { kind: request.kind, text: request.text }, ctx);
    case 'send_file':
      return newQuestion(state, ref, { kind: request.kind, text: `${request.file.id} ${request.caption}` }, ctx);
    case 'schedule':
      return newQuestion(state, ref, { kind: request.kind, text: textOfScheduleRequest(request.wish) }, ctx);
    case 'seed':
      return newQuestion(state, ref, { kind: request.kind, text: '' }, ctx);
  }
}

/**
 * The same question, asked by an earlier attempt of the turn: a cut agent asks again. If one attempt asks twice, the
 * person is asked twice, unless the answer is on its way.
 */
function askedBefore(state: State, { turn, n, kind, text, options, rule }: Question): Question | null {
  requireRead(state, { rows: 'questions', turn });
  const isSame = (q: Question): boolean =>
    q.turn === turn &&
    q.kind === kind &&
    q.text === text &&
    q.rule === rule &&
    (kind !== 'ask' || isSameList(q.options, options));
  const newest = state.questions
    .filter(isSame)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .at(-1);
  return newest && (newest.n < n || newest.state === 'answered') ? newest : null;
}

/** Ties the old row to the newest request, and gives its answer at once if it has one. */
function askedAgain(state: State, question: Question, ctx: Context): Decision {
  const { answer } = question;
  if (!answer) return noEffects(withQuestion(state, question));
  return answerQuestion(state, question, answer, ctx, question.message);
}

function ask(state: State, question: Question, request: Asking, ctx: Context): Decision {
  const { project, rule, turn } = question;
  // A rule that can't be allowed for good isn't covered by an earlier permission.
  const isAsked = request.kind === 'approve' && request.always === true;
  const isGranted = (g: Grant): boolean => g.project === project && g.rule === rule && g.decision === 'allow';
  if (isAsked && grantsOf(state).some(isGranted)) {
    const reason = words.toAgent.allowedForGood;
    return answerQuestion(state, question, { kind: 'decision', decision: 'allow', reason }, ctx);
  }
  const parts = request.kind === 'approve' ? [subjectOf(question)] : ctx.parts(markdownOf(question));
  if (findOpenQuestions(state, turn).length >= QUESTIONS_MAX || parts.length === 0) {
    const text = parts.length === 0 ? words.toAgent.noWords : words.toAgent.tooMany;
    return answerQuestion(
      state,
      question,
      isDecision(question) ? { ...DENY, reason: text } : { kind: 'none', text },
      ctx,
    );
  }
  const shown = request.kind === 'approve' ? showConsent(state, question, ctx) : show(state, question, parts, ctx);
  const reply = shown.replies.at(-1)?.id ?? null;
  const asked = withQuestion(shown, {
    ...question,
    state: 'open',
    reply,
    askedAt: heardFrom(state, question, ctx.now),
  });
  return noEffects(withTimer(asked, { kind: 'question', ref: question.id, dueAt: ctx.now + QUESTION_MS, attempts: 0 }));
}

/**
 * A person who has just decided something else may still be typing about that, so a question counts as asked a moment
 * later. Questions stay in order.
 */
function heardFrom(state: State, { turn, id }: Question, now: number): number {
  requireRead(state, { rows: 'questions', turn });
  const others = state.questions.filter((q) => q.turn === turn && q.id !== id && isDecision(q));
  const decided = Math.max(0, ...others.map((q) => q.answeredAt ?? 0));
  return Math.max(now, Math.min(now + BURST_MS, decided + ANSWERED_JUST_NOW_MS));
}

const DENY = { kind: 'decision', decision: 'deny' } as const;

/** Shows the options in the words, numbered, and as buttons if the channel has them. */
function show(state: State, question: Question, parts: readonly string[], ctx: Context): State {
  const options = question.options;
  const front = parts.slice(0, -1);
  const text = parts.at(-1) ?? '';
  const numbered = options.length === 0 ? '' : words.numbered(options, isDecision(question));
  const body = numbered === '' ? text : `${text}\n\n${numbered}`;
  const isOne = body.length <= MERGED_CHARS;
  const items = isOne ? options.map((title, n) => ({ id: choiceIdOf(question.id, n), title })) : [];
  const bare: Offer = { question: question.id, text, items: [], content: null };
  const choices = (offer: Offer) => ({ choices: offer });
  const before = isOne ? front : [...front, text];
  const opened = enqueue(state, 'question', before, ctx, { ...choices(bare), turn: question.turn });
  return enqueue(opened, 'question', [isOne ? body : numbered], ctx, {
    ...choices({ ...bare, items }),
    turn: question.turn,
  });
}

const markdownOf = ({ kind, text }: Question): string => (kind === 'propose_deep' ? words.deep(text) : text);

/** The agent's options without repeats, each on one line. */
function distinct(options: readonly string[]): string[] {
  const lines = options.map((option) => option.replace(/\s+/g, ' ').trim()).filter((option) => option !== '');
  return lines.filter((line, n) => lines.findIndex((other) => other.toLowerCase() === line.toLowerCase()) === n);
}

const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((option, n) => option === other[n]);
