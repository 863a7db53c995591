import { readConsent, saysOnlyConsent } from '../../input/consent.ts';
import { hasRight } from '../../input/roles.ts';
import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import { findOpenQuestions } from '../state/questions.ts';
import type { Message, Question } from '../state/rows.ts';
import { roleOf } from '../state/standing.ts';
import type { State } from '../state/state.ts';
import { answerQuestion } from './answer-delivery.ts';
import { allowForGood, isAboutPrograms, withProgramsAnswer } from './approvals.ts';
import { beginDeep } from './begin-deep.ts';
import { subjectOf } from './consent-request.ts';
import { isDecision, isUnseen } from './heard-question.ts';

// Applies consent that was given or refused, by a tap, words or a command.

export type Verdict = 'allow' | 'deny' | 'always' | 'condition';

const words = texts.questions;

/** `said`: the person's words, if they say more than yes or no. */
export function applyVerdict(
  state: State,
  question: Question,
  how: Verdict,
  said: string | null,
  ctx: Context,
): Decision {
  const free = withoutDoubt(state, question);
  const isYes = how === 'allow' || how === 'always';
  if (isYes && question.kind === 'approve' && !mayApprove(state, ctx)) return refuseGuest(free, question, ctx);
  if (isAboutPrograms(question)) return programsVerdict(free, question, how, ctx);
  if (how === 'deny' || how === 'condition') {
    const { condition, denied, deniedBecause } = words.toAgent;
    const reason = said === null ? denied : how === 'condition' ? condition(said) : deniedBecause(said);
    return answerQuestion(free, question, { kind: 'decision', decision: 'deny', reason }, ctx);
  }
  const begun = question.kind === 'propose_deep' ? beginDeep(free, question.project, ctx) : free;
  const granted = how === 'always' ? allowForGood(begun, question, ctx) : begun;
  return answerQuestion(granted, question, { kind: 'decision', decision: 'allow', reason: '' }, ctx);
}

export const mayApprove = (state: State, ctx: Context): boolean =>
  hasRight(roleOf(state, ctx), 'approve what the agent asks');

/** The person was asked as a member, and is a guest by now. */
function refuseGuest(state: State, question: Question, ctx: Context): Decision {
  const told = enqueue(state, 'notice', [texts.access.guestsApproveNothing], ctx, { turn: question.turn });
  const reason = texts.access.guestCannotApprove;
  return answerQuestion(told, question, { kind: 'decision', decision: 'deny', reason }, ctx);
}

/** The agent hasn't started yet, so nobody is there to hear a reason or a condition. */
function programsVerdict(state: State, question: Question, how: Verdict, ctx: Context): Decision {
  const isYes = how === 'allow' || how === 'always';
  const told = withProgramsAnswer(state, question, isYes ? 'allow' : how, ctx);
  const reason = isYes ? '' : words.toAgent.denied;
  return answerQuestion(told, question, { kind: 'decision', decision: isYes ? 'allow' : 'deny', reason }, ctx);
}

/** The text that may have been the answer no longer waits, unless it says something of its own. */
function withoutDoubt(state: State, { message, turn }: Question): State {
  const isPart = (m: Message): boolean => m.seq === message && m.state === 'waiting' && saysOnlyConsent(m.text);
  return setMessages(state, isPart, { state: 'consumed', turn });
}

/** The requests for consent that wait and were shown, in the order in which /approve and /deny count them. */
export const waitingDecisionsOf = (state: State): Question[] =>
  findOpenQuestions(state).filter((q) => isDecision(q) && !isUnseen(state, q));

export const askWhichToDecide = (state: State): string => words.whichToDecide(waitingDecisionsOf(state).map(subjectOf));

/** /approve and /deny, with a number if several requests wait. Words after it are the reason or the condition. */
export function onVerdict(state: State, how: 'allow' | 'deny', rest: string, ctx: Context): Decision {
  const open = waitingDecisionsOf(state);
  const [, number, said = ''] = /^(?:(\d{1,2})(?=\s|$))?\s*([\s\S]*)$/.exec(rest) ?? [];
  if (open.length === 0) return noEffects(enqueue(state, 'notice', [words.noneToDecide], ctx));
  const question = number === undefined && open.length === 1 ? open[0] : open[Number(number ?? 0) - 1];
  if (!question) return noEffects(enqueue(state, 'notice', [askWhichToDecide(state)], ctx));
  const isMore = said !== '' && (how === 'deny' || readConsent(`yes ${said}`) !== 'yes');
  const kind = how === 'allow' && isMore ? 'condition' : how;
  const decided = applyVerdict(state, question, kind, isMore ? said : null, ctx);
  if (isAboutPrograms(question)) return decided;
  const text = { allow: words.approved, deny: words.denied, condition: words.withCondition }[kind];
  return { ...decided, state: enqueue(decided.state, 'notice', [text], ctx, { turn: question.turn }) };
}
