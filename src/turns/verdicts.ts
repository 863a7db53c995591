import { readConsent, saysOnlyConsent } from '../commands/consent.ts';
import { texts } from '../texts.ts';
import { subjectOf } from './consent-request.ts';
import { beginDeep } from './deep.ts';
import type { Context, Decision } from './event.ts';
import { isDecision, isUnseen } from './heard.ts';
import { same, setMessages } from './queue.ts';
import { enqueue } from './replies.ts';
import { answerQuestion, openQuestions } from './requests.ts';
import type { Grant, Message, Question, State } from './state.ts';

// Applies consent that was given or refused, by a tap, words or a command, and keeps permissions that are always
// allowed.

export type Verdict = 'allow' | 'deny' | 'always' | 'condition';

const words = texts.questions;

/** `said`: the person's words, where they say more than yes or no. */
export function verdict(state: State, question: Question, how: Verdict, said: string | null, ctx: Context): Decision {
  const free = withoutDoubt(state, question);
  if (how === 'deny' || how === 'condition') {
    const { condition, denied, deniedBecause } = words.toAgent;
    const reason = said === null ? denied : how === 'condition' ? condition(said) : deniedBecause(said);
    return answerQuestion(free, question, { kind: 'decision', decision: 'deny', reason }, ctx);
  }
  const begun = question.kind === 'propose_deep' ? beginDeep(free, question.project, ctx) : free;
  const granted = how === 'always' ? withGrant(begun, question, ctx) : begun;
  return answerQuestion(granted, question, { kind: 'decision', decision: 'allow', reason: '' }, ctx);
}

/** The text about which the person was asked whether it was the answer waits no more, unless it says something of its own. */
function withoutDoubt(state: State, { message, turn }: Question): State {
  const isPart = (m: Message): boolean => m.seq === message && m.state === 'waiting' && saysOnlyConsent(m.text);
  return setMessages(state, isPart, { state: 'consumed', turn });
}

function withGrant(state: State, { rule, project, turn }: Question, ctx: Context): State {
  if (rule === null) return state;
  const told = enqueue(state, 'notice', turn, [words.allowedForGood(rule, labelOf(state, project))], ctx);
  const grant: Grant = { project, rule, createdAt: ctx.now };
  return { ...told, grants: [...told.grants.filter((g) => g.project !== project || g.rule !== rule), grant] };
}

const labelOf = (state: State, project: string): string =>
  state.projects.find((p) => p.id === project)?.label ?? project;

/** Those of consent that wait and were shown, in the order in which /approve and /deny count them. */
export const waitingDecisions = (state: State): Question[] =>
  openQuestions(state).filter((q) => isDecision(q) && !isUnseen(state, q));

export const whichToDecide = (state: State): string => words.whichToDecide(waitingDecisions(state).map(subjectOf));

/** /approve and /deny, with the number where several wait; words after it are the reason, or the condition. */
export function onVerdict(state: State, how: 'allow' | 'deny', rest: string, ctx: Context): Decision {
  const open = waitingDecisions(state);
  const [, number, said = ''] = /^(?:(\d{1,2})(?=\s|$))?\s*([\s\S]*)$/.exec(rest) ?? [];
  if (open.length === 0) return same(enqueue(state, 'notice', null, [words.noneToDecide], ctx));
  const question = number === undefined && open.length === 1 ? open[0] : open[Number(number ?? 0) - 1];
  if (!question) return same(enqueue(state, 'notice', null, [whichToDecide(state)], ctx));
  const isMore = said !== '' && (how === 'deny' || readConsent(`yes ${said}`) !== 'yes');
  const kind = how === 'allow' && isMore ? 'condition' : how;
  const decided = verdict(state, question, kind, isMore ? said : null, ctx);
  const text = { allow: words.approved, deny: words.denied, condition: words.withCondition }[kind];
  return { ...decided, state: enqueue(decided.state, 'notice', question.turn, [text], ctx) };
}

/** /approvals: what was allowed for good, and taking it back. */
export function onApprovals(state: State, rest: string, ctx: Context): Decision {
  const say = (text: string, next = state): Decision => same(enqueue(next, 'notice', null, [text], ctx));
  if (rest === '') {
    return say(words.grants(state.grants.map(({ rule, project }) => ({ rule, project: labelOf(state, project) }))));
  }
  const number = /^revoke\s+(\d{1,3})$/i.exec(rest)?.[1];
  if (number === undefined) return say(words.approvalsUse);
  const grant = state.grants[Number(number) - 1];
  if (!grant) return say(words.noGrant);
  return say(words.revoked(grant.rule), { ...state, grants: state.grants.filter((g) => g !== grant) });
}
