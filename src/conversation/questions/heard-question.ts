import { type Consent, readConsent } from '../../input/consent.ts';
import { withoutEnd } from '../../protocol/linear-text.ts';
import { TOLD_LATE_MS } from '../policy/questions.ts';
import { readMeantChoice } from '../state/choices.ts';
import type { Event } from '../state/events.ts';
import { findOpenQuestions } from '../state/questions.ts';
import { projectOfReply } from '../state/quoted-reply.ts';
import type { Question } from '../state/rows.ts';
import { findOpenTurn, projectOf, type State } from '../state/state.ts';

// Finds out which of the agent's questions a message is about, and what its words say to it.

type Arrival = Extract<Event, { type: 'message' }>;

export const isDecision = ({ kind }: Question): boolean => kind === 'approve' || kind === 'propose_deep';

/** With dots at its end a sentence goes on: it names nothing yet. */
function plain(word: string): string {
  const bare = word.trim().toLowerCase().replace(/^#/, '');
  return bare.endsWith('..') ? bare : withoutEnd(bare, /[.!)]/);
}

/** The question that is quoted, else the newest open one that was shown where the person is still in the work that asked it. */
export function findHeardQuestion(state: State, event: Arrival): Question | null {
  const quoted = findQuotedQuestion(state, event);
  // A quote names its question: one that is settled leaves the others alone.
  if (quoted !== null) return findOpenQuestions(state).find((q) => q.id === quoted) ?? null;
  // A quote of another project's answer is for that project; a reaction is about its own message alone.
  if (event.quoted !== undefined && projectOfReply(state, event.quoted)) return null;
  if (event.unread !== undefined) return null;
  const turn = findOpenTurn(state);
  if (!turn || turn.stopping !== null || turn.project !== state.conversation.project) return null;
  if (projectOf(state, turn.project).generation !== turn.generation) return null;
  const newest = findOpenQuestions(state, turn.id).findLast((q) => !isUnseen(state, q)) ?? null;
  // Words that reply to another message are about that one: they consent to nothing here.
  return newest && isDecision(newest) && event.quoted !== undefined ? null : newest;
}

/** The question of consent that the message may be an answer to. */
export function findHeardConsent(state: State, event: Arrival): Question | null {
  const question = findHeardQuestion(state, event);
  return question && isDecision(question) ? question : null;
}

/** The question that the message quotes, or null. */
export function findQuotedQuestion(state: State, { quoted }: Arrival): string | null {
  const reply = state.replies.find((r) => r.sid !== null && r.sid === quoted);
  return reply?.choices?.question ?? null;
}

/** Words that ask it have yet to leave: what the person says now is about something else. */
export const isUnseen = (state: State, { id }: Question): boolean =>
  state.replies.some((r) => {
    if (r.state !== 'ready' && r.state !== 'held') return false;
    const offer = r.choices;
    // Asked once more, what was meant: the question itself was seen before.
    return offer?.question === id && !offer.items.some((item) => readMeantChoice(item.id));
  });

/** The option that is named, by its words or its number. */
export function findNamedOption(question: Question, text: string): number | null {
  const options = question.options;
  const word = plain(text);
  const named = options.findIndex((option) => plain(option) === word);
  if (named >= 0) return named;
  if (!/^\d{1,2}$/.test(word)) return null;
  return Number(word) >= 1 && Number(word) <= options.length ? Number(word) - 1 : null;
}

/** The option that the words choose: one that is named, or the only one that says yes or no as they do. */
export function findSaidOption(question: Question, text: string): number | null {
  const named = findNamedOption(question, text);
  if (named !== null || isDecision(question)) return named;
  const said = readConsent(text);
  if (said !== 'yes' && said !== 'no') return null;
  const alike = question.options.flatMap((option, n) => (readConsent(option) === said ? [n] : []));
  return alike.length === 1 ? (alike[0] ?? null) : null;
}

/** What the words say to a question of consent. */
export function readConsentTo(question: Question, { message, late, choice }: Arrival, now: number): Consent {
  const named = findNamedOption(question, message.text);
  const said = named === null ? readConsent(message.text) : (DECIDED[named] ?? 'doubt');
  const isAnswer = said !== 'question' && said !== 'words';
  // Written before it was asked, or found so late that nobody knows what it was an answer to.
  const isOld = message.receivedAt < question.askedAt || now - message.receivedAt > TOLD_LATE_MS;
  // The words of a button are about what it stands below, and that is not this question.
  if (isAnswer && (late === true || isOld || choice !== undefined)) return 'doubt';
  return said === 'always' && question.options.length < DECIDED.length ? 'doubt' : said;
}

/** As the options of a question of consent stand. */
export const DECIDED = ['yes', 'no', 'always'] as const;
