import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { MEANT, meantChoiceIdOf } from '../state/choices.ts';
import type { Context, Event } from '../state/events.ts';
import type { Offer } from '../state/offer.ts';
import { withQuestion } from '../state/questions.ts';
import { ownWordsOf } from '../state/quote-block.ts';
import type { Message, Question } from '../state/rows.ts';
import { findOpenAttempt, findOpenTurn, type State, withTurn } from '../state/state.ts';
import { subjectOf } from './consent-request.ts';
import { findHeardConsent, readConsentTo } from './heard-question.ts';
import { fence } from './visible-text.ts';

// Handles a text that arrives while the agent waits for consent and is not a plain answer. The text waits its turn like
// any other, so that nothing is lost and the order holds. If it may have been meant as the answer, the person is asked.
// If it is a question, it is answered on the side, because the work stands still until the person decides.

type Arrival = Extract<Event, { type: 'message' }>;
const words = texts.questions;
const ABOUT_MOST = 300;

export function askWhatIsMeant(state: State, event: Arrival, message: Message, ctx: Context): State {
  const question = message.action === null ? findHeardConsent(state, event) : null;
  if (!question || message.attachments > 0 || message.text.trim() === '') return state;
  return readConsentTo(question, event, ctx.now) === 'doubt' ? asksWhatIsMeant(state, question, message, ctx) : state;
}

/** The message as a side question, which can be answered while the work stands still. */
export function asSideQuestion(state: State, event: Arrival, message: Message, ctx: Context): Message {
  const question = message.action === null ? findHeardConsent(state, event) : null;
  const isAnswerable = findOpenAttempt(state)?.state === 'running' && message.attachments === 0;
  if (!question || !isAnswerable || readConsentTo(question, event, ctx.now) !== 'question') return message;
  return { ...message, action: 'aside' };
}

function asksWhatIsMeant(state: State, question: Question, message: Message, ctx: Context): State {
  const [first = '', second = ''] = question.options;
  const titles = [first, second, words.newMessage];
  const items = MEANT.map((choice, n) => ({
    id: meantChoiceIdOf({ question: question.id, message: message.seq, choice }),
    title: titles[n] ?? '',
  }));
  const said = ownWordsOf(message.text);
  const asks = question.kind === 'propose_deep' ? words.isItDeep(said) : words.isItYes(said);
  const subject = question.kind === 'approve' ? subjectOf(question) : '';
  // A long request isn't repeated: it is further up, and its beginning alone could pass for another request.
  const about = subject !== '' && subject.length <= ABOUT_MOST ? [fence(subject)] : [];
  const text = ctx.parts([asks, ...about].join('\n\n')).join('\n\n');
  const offer: Offer = { question: question.id, text, items, content: null };
  const body = `${text}\n\n${words.numbered(titles, true)}`;
  const asked = enqueue(state, 'question', [body], ctx, { turn: question.turn, choices: offer });
  const turn = findOpenTurn(asked);
  // The text waits for this question's answer, so no second sentence says that it waits.
  const told = turn?.id === question.turn ? withTurn(asked, { ...turn, toldWaiting: true }) : asked;
  return withQuestion(told, { ...question, message: message.seq });
}
