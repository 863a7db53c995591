import type { Request } from '../../protocol/index.ts';
import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { PAGE_FOR_MS, PAGE_PART_CHARS } from '../policy/outbox.ts';
import { OFFER_CHARS } from '../policy/questions.ts';
import { choiceIdOf } from '../state/choices.ts';
import type { Context } from '../state/events.ts';
import type { Offer } from '../state/offer.ts';
import type { Page, Question } from '../state/rows.ts';
import { projectOf, type State } from '../state/state.ts';
import { fence, findLookalikes, makeVisible, runsBackwards, WARNED_MOST } from './visible-text.ts';

// Builds a request for consent: everything that would be done, made visible, the project, and what "Always" would
// cover. If it doesn't fit into a message, the message shows the beginning, and a page and /more have all of it.

type Approve = Extract<Request, { kind: 'approve' }>;

const words = texts.questions;
/** The lines of these kinds are as the agent wrote them. Lines of other kinds begin with a mark of ours. */
const RAW: readonly string[] = ['run', 'check', 'start', 'restart', 'read', 'open', 'search', 'reach'];

/** The row's text: a first line that asks, and below it everything that would be done. */
export function composeConsent(request: Approve, project: string): string {
  const { does, shown, tool, summary } = request;
  const what = does === undefined || shown === undefined ? `${tool}: ${summary}` : shown;
  return `${words.mayI(does ?? '', project)}\n${makeVisible(what, does === undefined || RAW.includes(does))}`;
}

/** Everything that would be done, without the line that asks. */
export const subjectOf = ({ kind, text }: Pick<Question, 'kind' | 'text'>): string =>
  kind === 'approve' ? text.slice(text.indexOf('\n') + 1) : text;

/**
 * Queues the request: in one message with its buttons if it fits, else its beginning, a link to all of it, and the
 * buttons.
 */
export function showConsent(state: State, question: Question, ctx: Context): State {
  const [asks = ''] = question.text.split('\n', 1);
  const subject = subjectOf(question);
  const markdown = [asks, fence(subject), ...warnings(subject)].join('\n\n');
  const always = alwaysTextOf(state, question);
  // A request that is surely too long isn't rendered only to be measured.
  const mayFit = subject.length <= OFFER_CHARS;
  const whole = mayFit ? ctx.parts([markdown, ...always].join('\n\n')).join('\n\n') : '';
  if (mayFit && whole.length <= OFFER_CHARS) return offerChoices(state, question, [], whole, ctx);
  const page: Page = { id: ctx.id(), markdown, nextPart: 1, createdAt: ctx.now };
  const parts = ctx.parts(markdown, PAGE_PART_CHARS);
  const url = ctx.pageUrl(page.id, ctx.now + PAGE_FOR_MS);
  const beginning =
    parts.length > 1 ? `${parts[0] ?? ''}\n\n${words.restOfIt(url, parts.length - 1)}` : (parts[0] ?? '');
  const last = ctx.parts([parts.length > 1 ? words.readFirst(asks) : asks, ...always].join('\n\n')).join('\n\n');
  const kept = parts.length > 1 ? { ...state, pages: [...state.pages, page] } : state;
  return offerChoices(kept, question, [beginning], last, ctx);
}

function warnings(subject: string): string[] {
  const alike = findLookalikes(subject);
  return [
    ...alike.slice(0, WARNED_MOST).map(({ word, sign, code }) => words.looksAlike(word, sign, code)),
    ...(alike.length > WARNED_MOST ? [words.moreLookAlike] : []),
    ...(runsBackwards(subject) ? [words.runsBackwards] : []),
  ];
}

function alwaysTextOf(state: State, { options, rule, project }: Question): string[] {
  const isOffered = rule !== null && options.includes(words.always);
  if (!isOffered) return [];
  const { label } = projectOf(state, project);
  const covered = words.covers(makeVisible(rule));
  return covered === null ? [words.alwaysThis(label)] : [words.alwaysCovers(label, fence(covered.what), covered.note)];
}

/** Offers the options in the words, numbered, and as buttons if the channel has them. */
function offerChoices(state: State, question: Question, before: readonly string[], text: string, ctx: Context): State {
  const { options } = question;
  const items = options.map((title, n) => ({ id: choiceIdOf(question.id, n), title }));
  const bare: Offer = { question: question.id, text, items: [], content: null };
  const choices = (offer: Offer) => ({ choices: offer });
  const begun = enqueue(state, 'question', before, ctx, { ...choices(bare), turn: question.turn });
  const body = `${text}\n\n${words.numbered(options, true)}`;
  return enqueue(begun, 'question', [body], ctx, { ...choices({ ...bare, items }), turn: question.turn });
}
