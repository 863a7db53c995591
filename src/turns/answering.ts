import type { Answer } from '../protocol/index.ts';
import { texts } from '../texts.ts';
import { beginDeep } from './deep.ts';
import type { Context, Decision, Event } from './event.ts';
import { offerOf, readChoiceId } from './offers.ts';
import { same, setMessages } from './queue.ts';
import { projectOfReply } from './quotes.ts';
import { enqueue } from './replies.ts';
import {
  answerOf,
  answerQuestion,
  asNewTurn,
  findQuestion,
  openQuestions,
  withMessage,
  withQuestion,
} from './requests.ts';
import {
  type Grant,
  isWhatsApp,
  type Message,
  openTurn,
  projectOf,
  type Question,
  type State,
  withoutTimer,
} from './state.ts';

// What a message of the person means for the agent's questions: a tap or a quote answers its own question; an option, its
// number and plain words answer the newest that is open in the active project.

type Arrival = Extract<Event, { type: 'message' }>;

const words = texts.questions;
/** What people say for yes and no. */
const SAID: Readonly<Record<string, string>> = {
  ...Object.fromEntries('yes y ok okay allow allowed approve approved 👍'.split(' ').map((word) => [word, 'allow'])),
  ...Object.fromEntries('no n nope deny denied 👎'.split(' ').map((word) => [word, 'deny'])),
  always: 'always',
};
type Verdict = 'allow' | 'deny' | 'always';

const optionsOf = ({ options }: Question): string[] => JSON.parse(options) as string[];
const plain = (word: string): string =>
  word
    .trim()
    .toLowerCase()
    .replace(/^#|[.!)]+$/g, '');

/** The words that choose an option of the question that is open, for the one parser of texts. */
export function optionWords(state: State, event: Arrival): string[] {
  const { text } = event.message;
  const question = heard(state, event);
  // A command stays one, whatever the agent offers.
  return question && !text.trim().startsWith('/') && chosenBy(question, text) !== null ? [text] : [];
}

/** The question that is quoted, else the newest open one that was shown where the person is still in the work that asked it. */
function heard(state: State, event: Arrival): Question | null {
  const quoted = quotedQuestion(state, event);
  // A quote names its question: one that is settled leaves the others alone.
  if (quoted !== null) return openQuestions(state).find((q) => q.id === quoted) ?? null;
  // A quote of another project's answer is for that project.
  if (event.quoted !== undefined && projectOfReply(state, event.quoted)) return null;
  const turn = openTurn(state);
  if (!turn || turn.stopping !== null || turn.project !== state.conversation.project) return null;
  if (projectOf(state, turn.project).generation !== turn.generation) return null;
  return openQuestions(state, turn.id).findLast((q) => !isUnseen(state, q)) ?? null;
}

/** Words that ask it have yet to leave: what the person says now is about something else. */
const isUnseen = (state: State, { id }: Question): boolean =>
  state.replies.some((r) => (r.state === 'ready' || r.state === 'held') && offerOf(r)?.question === id);

/** Which option the words are, or for consent what they say; null when they are none. */
function chosenBy(question: Question, text: string): number | null {
  const options = optionsOf(question);
  const word = plain(text);
  const named = options.findIndex((option) => plain(option) === word);
  if (named >= 0) return named;
  if (/^\d{1,2}$/.test(word)) return Number(word) >= 1 && Number(word) <= options.length ? Number(word) - 1 : null;
  if (question.kind === 'ask') return null;
  const said = SAID[word];
  const at = ['allow', 'deny', 'always'].indexOf(said ?? '');
  return at >= 0 && at < options.length ? at : null;
}

/** The question that the message quotes, or null. */
export function quotedQuestion(state: State, { quoted }: Arrival): string | null {
  const reply = state.replies.find((r) => r.sid !== null && r.sid === quoted);
  return (reply && offerOf(reply)?.question) ?? null;
}

/** The decision when the message answers a question that is open, or taps one that is settled; else null. */
export function answerByMessage(state: State, event: Arrival, ctx: Context): Decision | null {
  const { message } = event;
  const tap = event.choice === undefined ? null : readChoiceId(event.choice);
  if (tap) {
    const question = findQuestion(state, tap.question);
    if (question && isLate(question)) return null;
    const option = question && optionsOf(question)[tap.option];
    if (question?.state !== 'open' || option === undefined) {
      return same(enqueue(used(state, message, null), 'notice', null, [words.settled], ctx));
    }
    return answered(state, message, question, tap.option, ctx);
  }
  const question = heard(state, event);
  if (!question || message.attachments > 0 || message.text.trim() === '') return null;
  const option = chosenBy(question, message.text);
  if (option !== null) return answered(state, message, question, option, ctx);
  const answer: Answer = { kind: 'text', text: message.text };
  if (question.kind === 'ask') return answering(state, message, question, answer, ctx);
  // Words that are no yes are a no, and the agent hears them.
  const denied = verdict(state, question, 'deny', message.text, ctx);
  const told = enqueue(used(denied.state, message, question.turn), 'notice', question.turn, [words.deniedWith], ctx);
  return { ...denied, state: told };
}

function answered(state: State, message: Message, question: Question, option: number, ctx: Context): Decision {
  if (question.kind === 'ask') {
    return answering(state, message, question, { kind: 'text', text: optionsOf(question)[option] ?? '' }, ctx);
  }
  const how = (['allow', 'deny', 'always'] as const)[option] ?? 'deny';
  return working(verdict(state, question, how, null, ctx), message, question, ctx);
}

function answering(state: State, message: Message, question: Question, answer: Answer, ctx: Context): Decision {
  return working(answerQuestion(state, question, answer, ctx, message.seq), message, question, ctx);
}

/** The message is used up, and the agent goes on: typing shows that it was heard. */
function working(decision: Decision, message: Message, question: Question, ctx: Context): Decision {
  const state = used(decision.state, message, question.turn);
  if (!isWhatsApp(message.from)) return { ...decision, state };
  const conversation = { ...state.conversation, typingAt: ctx.now };
  const effects: Decision['effects'] = [{ do: 'typing', messageId: message.providerId }, ...decision.effects];
  return { ...decision, state: { ...state, conversation }, effects };
}

function used(state: State, message: Message, turn: string | null): State {
  return setMessages(state, (m) => m.seq === message.seq, { state: 'consumed', turn });
}

/** Consent or refusal; `reason`: the person's words for it. */
function verdict(state: State, question: Question, how: Verdict, reason: string | null, ctx: Context): Decision {
  if (how === 'deny') {
    const text = reason === null ? words.toAgent.denied : words.toAgent.deniedBecause(reason);
    return answerQuestion(state, question, { kind: 'decision', decision: 'deny', reason: text }, ctx);
  }
  const begun = question.kind === 'propose_deep' ? beginDeep(state, question.project, ctx) : state;
  const granted = how === 'always' ? withGrant(begun, question, ctx) : begun;
  return answerQuestion(granted, question, { kind: 'decision', decision: 'allow', reason: '' }, ctx);
}

function withGrant(state: State, { rule, project, turn }: Question, ctx: Context): State {
  if (rule === null) return state;
  const told = enqueue(state, 'notice', turn, [words.allowedForGood(rule, labelOf(state, project))], ctx);
  const grant: Grant = { project, rule, createdAt: ctx.now };
  return { ...told, grants: [...told.grants.filter((g) => g.project !== project || g.rule !== rule), grant] };
}

const labelOf = (state: State, project: string): string =>
  state.projects.find((p) => p.id === project)?.label ?? project;

const isLate = (question: Question): boolean =>
  question.kind === 'ask' &&
  (question.state === 'late' || (question.state === 'answered' && answerOf(question)?.kind === 'none'));

/**
 * A question that nobody waits for any more is answered after all: the message says which, and the question is settled.
 * Plain words may be about something else; they only say that the question had been left.
 */
export function withLateQuestion(state: State, event: Arrival): { state: State; message: Message } {
  const { message, choice } = event;
  const quoted = quotedQuestion(state, event);
  const tap = choice === undefined ? null : readChoiceId(choice);
  const named = tap?.question ?? quoted;
  const question = (named === null ? undefined : findQuestion(state, named)) ?? leftOver(state, message, tap !== null);
  if (!question || !isLate(question)) return { state, message };
  const option = optionsOf(question)[tap?.option ?? chosenBy(question, message.text) ?? -1];
  const isAnswer = option !== undefined || question.id === quoted;
  const text = isAnswer
    ? words.lateAnswer(question.text, option ?? message.text)
    : words.lateWords(question.text, message.text);
  const closed = withQuestion(withoutTimer(state, 'answer', question.id), { ...question, state: 'closed' });
  const said = asNewTurn(closed, question, message, text);
  return { state: withMessage(closed, said), message: said };
}

function leftOver(state: State, message: Message, isTap: boolean): Question | undefined {
  if (isTap || message.text.trim() === '' || message.text.trim().startsWith('/')) return undefined;
  const { project } = state.conversation;
  const { generation } = projectOf(state, project);
  const isHere = (q: Question): boolean => q.project === project && q.generation === generation;
  return state.questions.findLast((q) => isLate(q) && isHere(q) && !isUnseen(state, q));
}

/** /approve and /deny, with the number where several wait; words after it are the reason. */
export function onVerdict(state: State, how: 'allow' | 'deny', rest: string, ctx: Context): Decision {
  const isDecision = ({ kind }: Question): boolean => kind === 'approve' || kind === 'propose_deep';
  const open = openQuestions(state).filter((q) => isDecision(q) && !isUnseen(state, q));
  const [, number, reason = ''] = /^(?:(\d{1,2})(?=\s|$))?\s*([\s\S]*)$/.exec(rest) ?? [];
  if (open.length === 0) return same(enqueue(state, 'notice', null, [words.noneToDecide], ctx));
  const question = number === undefined && open.length === 1 ? open[0] : open[Number(number ?? 0) - 1];
  if (!question) return same(enqueue(state, 'notice', null, [words.whichToDecide(open.map((q) => q.text))], ctx));
  const decided = verdict(state, question, how, reason === '' ? null : reason, ctx);
  const text = how === 'allow' ? words.approved : words.denied;
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
