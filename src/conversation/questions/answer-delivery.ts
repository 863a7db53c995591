import type { Answer } from '../../protocol/index.ts';
import { texts } from '../../texts/index.ts';
import { ANSWER_AGAIN_MS, ANSWER_GIVE_UP_MS, LATE_MAX } from '../policy/questions.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { findOpenQuestions, findQuestion, withQuestion } from '../state/questions.ts';
import { type Read, requireRead } from '../state/reads.ts';
import type { Attempt, Message, Question } from '../state/rows.ts';
import {
  findOpenAttempt,
  findOpenTurn,
  type State,
  withAttempt,
  withoutTimer,
  withTimer,
  withTurn,
} from '../state/state.ts';

// Delivers answers to the machine's requests. The answer stays in its row, with a timer, until the machine has taken it
// or no longer waits. An answer in the person's own words then starts a turn instead of getting lost.

export type RequestRef = { turn: string; n: number; request: string };

export function newQuestion(
  state: State,
  ref: RequestRef,
  about: Pick<Question, 'kind' | 'text'> & Partial<Pick<Question, 'options' | 'rule'>>,
  ctx: Context,
): Question {
  const turn = findOpenTurn(state);
  return {
    id: ctx.id(),
    ...ref,
    project: turn?.project ?? state.conversation.project,
    generation: turn?.generation ?? 0,
    options: [],
    rule: null,
    ...about,
    state: 'answered',
    answer: null,
    askedAt: ctx.now,
    answeredAt: null,
    reply: null,
    message: null,
  };
}

/** Stores the answer. `message`: the person's message, if the answer is in their words. */
export function answerQuestion(
  state: State,
  question: Question,
  answer: Answer,
  ctx: Context,
  message: number | null = null,
): Decision {
  const settled = stopWaiting(state, question, ctx.now);
  const answered: Question = { ...question, state: 'answered', answer, message };
  return giveAnswer(withQuestion(settled, { ...answered, answeredAt: ctx.now }), question.id, ctx);
}

/** Gives the answer to the machine. The timer is the intent: it stays until the machine has answered. */
export function giveAnswer(state: State, id: string, ctx: Context): Decision {
  const question = findQuestion(state, id);
  const answer = question?.answer;
  if (question?.state !== 'answered' || !answer) return noEffects(withoutTimer(state, 'answer', id));
  const { turn, n, request } = question;
  const timed = withTimer(state, { kind: 'answer', ref: id, dueAt: ctx.now + ANSWER_AGAIN_MS, attempts: 0 });
  return { state: timed, effects: [{ do: 'answer', attempt: { turn, n }, question: id, request, answer }], log: [] };
}

/** The question of an answer that the machine hasn't taken, settled or not. */
export const readsOfAnswerAgain = (id: string): Read[] => [{ rows: 'question', id }];

/** The timer fired: gives the answer again, unless the machine has been away for too long. */
export function giveAnswerAgain(state: State, id: string, ctx: Context): Decision & { words: Message | null } {
  const question = findQuestion(state, id);
  const isOver = question?.answeredAt != null && ctx.now - question.answeredAt >= ANSWER_GIVE_UP_MS;
  if (question && isOver) return onAnswerRefused(state, id, question.request);
  return { ...giveAnswer(state, id, ctx), words: null };
}

export function onAnswerTaken(state: State, id: string, request: string): Decision {
  const question = findQuestion(state, id);
  if (question?.state !== 'answered' || question.request !== request) return noEffects(state);
  return noEffects(closeQuestion(withoutTimer(state, 'answer', id), question));
}

/**
 * The machine no longer wants the answer. During the turn the agent may ask again. After it the person's own words
 * become `words`: a message that waits for a turn.
 */
export function onAnswerRefused(state: State, id: string, request: string): Decision & { words: Message | null } {
  requireRead(state, { rows: 'question', id });
  const question = findQuestion(state, id);
  if (question?.state !== 'answered' || question.request !== request) return { ...noEffects(state), words: null };
  const settled = withoutTimer(state, 'answer', id);
  const answer = question.answer;
  if (answer?.kind !== 'text') return { ...noEffects(closeQuestion(settled, question)), words: null };
  if (findOpenTurn(state)?.id === question.turn) return { ...noEffects(settled), words: null };
  const message = state.messages.find((m) => m.seq === question.message);
  const closed = withQuestion(settled, { ...question, state: 'closed' });
  if (!message) return { ...noEffects(closed), words: null };
  const words = asNewTurn(closed, question, message, texts.questions.lateAnswer(question.text, answer.text));
  return { ...noEffects(withMessage(closed, words)), words };
}

/** The message as the start of a turn of its own, in the question's project if that still exists. */
export function asNewTurn(state: State, question: Question, message: Message, text: string): Message {
  const project = state.projects.some((p) => p.id === question.project) ? question.project : state.conversation.project;
  return { ...message, text, state: 'waiting', turn: null, project };
}

export const withMessage = (state: State, message: Message): State => ({
  ...state,
  messages: state.messages.map((m) => (m.seq === message.seq ? message : m)),
});

/** Closes a question that nobody waits for. If it was asked in words, it can still be answered. */
export function closeQuestion(state: State, question: Question): State {
  const canWait = question.kind === 'ask' && question.answer?.kind === 'none';
  const next = withQuestion(state, { ...question, state: canWait ? 'late' : 'closed' });
  const late = next.questions.filter((q) => q.state === 'late');
  const beyond = late.slice(0, Math.max(0, late.length - LATE_MAX));
  return beyond.reduce((so, q) => withQuestion(so, { ...q, state: 'closed' }), next);
}

/** Stops waiting for the person: counts the time waited, and drops words of the question that haven't left. */
export function stopWaiting(state: State, question: Question, now: number): State {
  if (findQuestion(state, question.id)?.state !== 'open') return state;
  const attempt = findOpenAttempt(state);
  const others = { ...state, questions: state.questions.filter((q) => q.id !== question.id) };
  const waited = attempt ? waitedMsOf(state, attempt, now) - waitedMsOf(others, attempt, now) : 0;
  const counted = attempt ? withAttempt(state, { ...attempt, waitedMs: attempt.waitedMs + waited }) : state;
  const turn = findOpenTurn(counted);
  // The question told the person about the work, so the next progress message waits its full time.
  const heard = turn?.id === question.turn ? withTurn(counted, { ...turn, progressAt: now }) : counted;
  const settled = withoutTimer(heard, 'question', question.id);
  if (question.kind === 'ask') return settled;
  const replies = settled.replies.map((r) => {
    const isUnsent = r.state === 'ready' || r.state === 'held';
    return isUnsent && r.choices?.question === question.id ? { ...r, state: 'dropped' as const } : r;
  });
  return { ...settled, replies };
}

/** How long the attempt has waited for the person until now. */
export function waitedMsOf(state: State, attempt: Attempt, now: number): number {
  const since = findOpenQuestions(state, attempt.turn).map((q) => Math.max(q.askedAt, attempt.openedAt));
  return attempt.waitedMs + (since.length === 0 ? 0 : Math.max(0, now - Math.min(...since)));
}
