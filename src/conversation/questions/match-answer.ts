import type { Answer } from '../../protocol/index.ts';
import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { showTyping } from '../outbox/typing.ts';
import { type Meant, readChoiceId, readMeantChoice } from '../state/choices.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import { findQuestion, withQuestion } from '../state/questions.ts';
import { type Read, requireRead } from '../state/reads.ts';
import type { Message, Question } from '../state/rows.ts';
import { projectOf, type State, withoutTimer } from '../state/state.ts';
import { answerQuestion, asNewTurn, withMessage } from './answer-delivery.ts';
import { isAboutPrograms } from './approvals.ts';
import { applyVerdict, askWhichToDecide, type Verdict, waitingDecisionsOf } from './consent-verdict.ts';
import {
  DECIDED,
  findHeardQuestion,
  findNamedOption,
  findQuotedQuestion,
  findSaidOption,
  isDecision,
  isUnseen,
  readConsentTo,
} from './heard-question.ts';

// Matches a person's message to the agent's open questions. A tap or a quote answers its own question. An option, its
// number or plain words answer the newest open question in the active project. Words that are neither yes nor no answer
// no request for consent; clarify.ts handles them.

type Arrival = Extract<Event, { type: 'message' }>;

const words = texts.questions;
const VERDICTS: Readonly<Record<'yes' | 'no' | 'always' | 'condition', Verdict>> = {
  yes: 'allow',
  no: 'deny',
  always: 'always',
  condition: 'condition',
};

/** The words that choose an option of the open question, for the parser of texts. */
export function findOptionWords(state: State, event: Arrival): string[] {
  const { text } = event.message;
  const question = findHeardQuestion(state, event);
  // A command stays a command, whatever options the agent offers.
  return question && !text.trim().startsWith('/') && findNamedOption(question, text) !== null ? [text] : [];
}

/** The question whose option was tapped. */
export function readsOfTap({ choice }: Arrival): Read[] {
  const tap = choice === undefined ? null : (readChoiceId(choice) ?? readMeantChoice(choice));
  return tap === null ? [] : [{ rows: 'question', id: tap.question }];
}

/** The decision if the message answers an open question, or taps a settled one; else null. */
export function answerByMessage(state: State, event: Arrival, ctx: Context): Decision | null {
  const { message } = event;
  if (event.choice !== undefined) {
    const meant = readMeantChoice(event.choice);
    if (meant) return answerAsMeant(state, message, meant, ctx);
    const tap = readChoiceId(event.choice);
    if (tap) return answerByTap(state, message, tap, ctx);
  }
  const question = findHeardQuestion(state, event);
  if (!question || message.attachments > 0 || message.text.trim() === '') return null;
  if (isDecision(question)) return decideByWords(state, event, question, ctx);
  const option = findSaidOption(question, message.text);
  if (option !== null) return chooseOption(state, message, question, option, ctx);
  return giveAnswerOf(state, message, question, { kind: 'text', text: message.text }, ctx);
}

function answerByTap(
  state: State,
  message: Message,
  tap: { question: string; option: number },
  ctx: Context,
): Decision | null {
  requireRead(state, { rows: 'question', id: tap.question });
  const question = findQuestion(state, tap.question);
  if (question && isLate(question)) return null;
  const option = question?.options[tap.option];
  if (question?.state === 'open' && option !== undefined)
    return chooseOption(state, message, question, tap.option, ctx);
  return noEffects(enqueue(useUpFor(state, message, null), 'notice', [whySettled(question)], ctx));
}

/** The sentence for a tap that comes too late or names no option. */
function whySettled(question: Question | undefined): string {
  if (question?.state === 'open') return words.noOption;
  return question && wasAnswered(question) ? words.settled : words.over;
}

function wasAnswered(question: Question): boolean {
  const answer = question.answer;
  return answer?.kind === 'text' || (answer?.kind === 'decision' && answer.reason !== words.toAgent.nobodyDecided);
}

/** Applies the person's answer to whether an earlier text was meant as the answer. */
function answerAsMeant(
  state: State,
  tapping: Message,
  { question: id, message, choice }: Meant,
  ctx: Context,
): Decision {
  const question = findQuestion(state, id);
  const free = useUpFor(state, tapping, question?.turn ?? null);
  if (question?.state !== 'open' || (choice === 'neither' && question.message !== message)) {
    const isOpen = question?.state === 'open';
    return noEffects(enqueue(free, 'notice', [isOpen ? words.settled : whySettled(question)], ctx));
  }
  if (choice === 'neither') {
    const kept = withQuestion(free, { ...question, message: null });
    return noEffects(enqueue(kept, 'notice', [words.keptAsNew], ctx, { turn: question.turn }));
  }
  const said = state.messages.find((m) => m.seq === message)?.text ?? null;
  // The text was the answer and no longer waits. A later text in doubt does.
  const isTheAnswer = (m: Message): boolean => m.seq === message && m.state === 'waiting';
  const heard = setMessages(free, isTheAnswer, { state: 'consumed', turn: question.turn });
  const meant: Question = { ...question, message };
  const decided =
    choice === 'first' ? applyVerdict(heard, meant, 'allow', null, ctx) : applyVerdict(heard, meant, 'deny', said, ctx);
  return withTyping(decided, tapping, question, ctx);
}

/** The third of the last choices shown. */
const saysNeither = (text: string): boolean => /^(?:3[.)]?|(?:it['’]?s )?an? new message[.!]?)$/i.test(text.trim());

/** Decides a request for consent by the words; null if they settle nothing. */
function decideByWords(state: State, event: Arrival, question: Question, ctx: Context): Decision | null {
  const { message } = event;
  if (question.message !== null && saysNeither(message.text)) {
    return answerAsMeant(state, message, { question: question.id, message: question.message, choice: 'neither' }, ctx);
  }
  const said = readConsentTo(question, event, ctx.now);
  if (said === 'doubt' || said === 'question' || said === 'words') return null;
  if (waitingDecisionsOf(state).length > 1 && event.quoted === undefined) {
    return noEffects(
      enqueue(useUpFor(state, message, question.turn), 'notice', [askWhichToDecide(state)], ctx, {
        turn: question.turn,
      }),
    );
  }
  // The numbers of the last choices shown.
  if (question.message !== null && /^[12][.)]?$/.test(message.text.trim())) {
    const choice = said === 'yes' ? 'first' : 'second';
    return answerAsMeant(state, message, { question: question.id, message: question.message, choice }, ctx);
  }
  const isPlain = said !== 'condition' && /^\S+(?:\s\S+)?$/.test(message.text.trim());
  const decided = applyVerdict(state, question, VERDICTS[said], isPlain ? null : message.text, ctx);
  const told = said === 'condition' ? words.withCondition : said === 'no' && !isPlain ? words.deniedWith : null;
  const next =
    told === null || isAboutPrograms(question)
      ? decided.state
      : enqueue(decided.state, 'notice', [told], ctx, { turn: question.turn });
  return withTyping({ ...decided, state: next }, message, question, ctx);
}

function chooseOption(state: State, message: Message, question: Question, option: number, ctx: Context): Decision {
  if (question.kind === 'ask') {
    return giveAnswerOf(state, message, question, { kind: 'text', text: question.options[option] ?? '' }, ctx);
  }
  return withTyping(
    applyVerdict(state, question, VERDICTS[DECIDED[option] ?? 'no'], null, ctx),
    message,
    question,
    ctx,
  );
}

function giveAnswerOf(state: State, message: Message, question: Question, answer: Answer, ctx: Context): Decision {
  return withTyping(answerQuestion(state, question, answer, ctx, message.seq), message, question, ctx);
}

/** Consumes the message. The agent goes on, and typing shows the person that it was heard. */
function withTyping(decision: Decision, message: Message, question: Question, ctx: Context): Decision {
  const { state, effects } = showTyping(useUpFor(decision.state, message, question.turn), message, ctx);
  return { ...decision, state, effects: [...effects, ...decision.effects] };
}

function useUpFor(state: State, message: Message, turn: string | null): State {
  return setMessages(state, (m) => m.seq === message.seq, { state: 'consumed', turn });
}

const isLate = (question: Question): boolean =>
  question.kind === 'ask' &&
  (question.state === 'late' || (question.state === 'answered' && question.answer?.kind === 'none'));

/**
 * A late answer to a question that nobody waits for: the message says which question, and the question is closed. Plain
 * words may be about something else, so they only mention that the question was left open.
 */
export function withLateQuestion(state: State, event: Arrival): { state: State; message: Message } {
  const { message, choice } = event;
  const quoted = findQuotedQuestion(state, event);
  const tap = choice === undefined ? null : readChoiceId(choice);
  const named = tap?.question ?? quoted;
  const question =
    (named === null ? undefined : findQuestion(state, named)) ?? findLateQuestion(state, message, tap !== null);
  if (!question || !isLate(question)) return { state, message };
  const option = question.options[tap?.option ?? findSaidOption(question, message.text) ?? -1];
  const isAnswer = option !== undefined || question.id === quoted;
  const text = isAnswer
    ? words.lateAnswer(question.text, option ?? message.text)
    : words.lateWords(question.text, message.text);
  const answer = isAnswer ? ({ kind: 'text', text: option ?? message.text } as const) : question.answer;
  const settled: Question = { ...question, state: 'closed', answer, message: message.seq };
  const closed = withQuestion(withoutTimer(state, 'answer', question.id), settled);
  const said = asNewTurn(closed, question, message, text);
  return { state: withMessage(closed, said), message: said };
}

function findLateQuestion(state: State, message: Message, isTap: boolean): Question | undefined {
  if (isTap || message.text.trim() === '' || message.text.trim().startsWith('/')) return undefined;
  const { project } = state.conversation;
  const { generation } = projectOf(state, project);
  const isHere = (q: Question): boolean => q.project === project && q.generation === generation;
  return state.questions.findLast((q) => isLate(q) && isHere(q) && !isUnseen(state, q));
}
