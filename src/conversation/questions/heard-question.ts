import { type Consent, readConsent } from '../../input/consent.ts';
import { withoutEnd } from '../../protocol/linear-text.ts';
import { TOLD_LATE_MS } from '../policy/questions.ts';
import { readMeantChoice } from '../state/choices.ts';
import type { Event } from '../state/events.ts';
import { findOpenQuestions } from '../state/questions.ts';
import { findQuotedReply, projectOfReply } from '../state/quoted-reply.ts';
import type { Question } from '../state/rows.ts';
import { findOpenTurn, projectOf, type State } from '../state/state.ts';

// Finds the agent's question that a message is about, and reads what the words say to it.

type Arrival = Extract<Event, { type: 'message' }>;

export const isDecision = ({ kind }: Question): boolean => kind === 'approve' || kind === 'propose_deep';

/** A sentence that ends in dots goes on, so it names nothing yet. */
function plain(word: string): string {
  const bare = word.trim().toLowerCase().replace(/^#/, '');
  return bare.endsWith('..') ? bare : withoutEnd(bare, /[.!)]/);
}

/**
 * The quoted question, else the newest open question the person has seen, if they are still in the project that asked
 * it.
 */
export function findHeardQuestion(state: State, event: Arrival): Question | null {
  const quoted = findQuotedQuestion(state, event);
  // A quote names its question. If that one is settled, the others aren't meant.
  if (quoted !== null) return findOpenQuestions(state).find((q) => q.id === quoted) ?? null;
  // A quote of another project's answer is for that project. A reaction is about its own message only.
  if (event.quoted !== undefined && projectOfReply(state, event.quoted)) return null;
  if (event.unread !== undefined) return null;
  const turn = findOpenTurn(state);
  if (!turn || turn.stopping !== null || turn.project !== state.conversation.project) return null;
  if (projectOf(state, turn.project).generation !== turn.generation) return null;
  const newest = findOpenQuestions(state, turn.id).findLast((q) => !isUnseen(state, q)) ?? null;
  // Words that quote another message are about that message, and consent to nothing here.
  return newest && isDecision(newest) && event.quoted !== undefined ? null : newest;
}

/** The request for consent that the message may answer. */
export function findHeardConsent(state: State, event: Arrival): Question | null {
  const question = findHeardQuestion(state, event);
  return question && isDecision(question) ? question : null;
}

/** The question that the message quotes, or null. */
export function findQuotedQuestion(state: State, { quoted }: Arrival): string | null {
  return quoted === undefined ? null : (findQuotedReply(state, quoted)?.choices?.question ?? null);
}

/** True while words of the question haven't left: the person's text is about something else. */
export const isUnseen = (state: State, { id }: Question): boolean =>
  state.replies.some((r) => {
    if (r.state !== 'ready' && r.state !== 'held') return false;
    const offer = r.choices;
    // A repeated question about the meaning doesn't count: the question itself was seen before.
    return offer?.question === id && !offer.items.some((item) => readMeantChoice(item.id));
  });

/** The option that the text names by its words or its number. */
export function findNamedOption(question: Question, text: string): number | null {
  const options = question.options;
  const word = plain(text);
  const named = options.findIndex((option) => plain(option) === word);
  if (named >= 0) return named;
  if (!/^\d{1,2}$/.test(word)) return null;
  return Number(word) >= 1 && Number(word) <= options.length ? Number(word) - 1 : null;
}

/** The option that the text chooses: a named one, or the only one that says yes or no as the text does. */
export function findSaidOption(question: Question, text: string): number | null {
  const named = findNamedOption(question, text);
  if (named !== null || isDecision(question)) return named;
  const said = readConsent(text);
  if (said !== 'yes' && said !== 'no') return null;
  const alike = question.options.flatMap((option, n) => (readConsent(option) === said ? [n] : []));
  return alike.length === 1 ? (alike[0] ?? null) : null;
}

/** Reads the words as an answer to a request for consent. */
export function readConsentTo(question: Question, { message, late, choice }: Arrival, now: number): Consent {
  const named = findNamedOption(question, message.text);
  const said = named === null ? readConsent(message.text) : (DECIDED[named] ?? 'doubt');
  const isAnswer = said !== 'question' && said !== 'words';
  // True if the text was written before the request, or found so late that nobody knows what it answered.
  const isOld = message.receivedAt < question.askedAt || now - message.receivedAt > TOLD_LATE_MS;
  // A button's words are about the message above it, and that isn't this request.
  if (isAnswer && (late === true || isOld || choice !== undefined)) return 'doubt';
  return said === 'always' && question.options.length < DECIDED.length ? 'doubt' : said;
}

/** In the order of the options of a request for consent. */
export const DECIDED = ['yes', 'no', 'always'] as const;
