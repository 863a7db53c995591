import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { QUOTE_CHARS } from '../policy/turn.ts';
import type { Context, Event } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import { ownWordsOf, quote, shorten } from '../state/quote-block.ts';
import { findQuotedReply, projectOfReply } from '../state/quoted-reply.ts';
import type { Read } from '../state/reads.ts';
import type { Message } from '../state/rows.ts';
import type { State } from '../state/state.ts';

// A message that replies to an earlier one carries the quotation, and a reply to another project's answer goes to that
// project.

type Arrival = Extract<Event, { type: 'message' }>;
/** `part`: the words of it that the person marked; null is all of it. */
export type Quoted = { sid: string; part: string | null };

export const readQuoted = ({ quoted, quotedPart }: Arrival): Quoted | null =>
  quoted === undefined ? null : { sid: quoted, part: quotedPart ?? null };

export const readsOfQuoted = (sid: string | undefined): Read[] => (sid === undefined ? [] : [{ rows: 'quoted', sid }]);

/** The message with the quotation above its words, for the project of the quoted answer. */
export function withQuotedMessage(
  state: State,
  message: Message,
  quoted: Quoted | null,
  ctx: Context,
): { state: State; message: Message } {
  if (quoted === null) return { state, message };
  const header = quotationOf(state, message, quoted);
  const elsewhere = projectOfReply(state, quoted.sid);
  const text = message.text === '' ? header : `${header}\n\n${message.text}`;
  const quoting = { ...message, text, project: message.project ?? elsewhere?.id ?? null };
  const noted = setMessages(state, (m) => m.seq === message.seq, { text: quoting.text });
  const told = elsewhere ? enqueue(noted, 'notice', [texts.inbound.sentTo(elsewhere.label)], ctx) : noted;
  return { state: told, message: quoting };
}

function quotationOf(state: State, message: Message, { sid, part }: Quoted): string {
  const { agent } = texts.inbound;
  const reply = findQuotedReply(state, sid);
  // Old words are emptied (conversation/retention.ts).
  if (reply && (reply.body !== '' || reply.media !== null)) {
    // The words of somebody else's schedule come from another agent.
    const isAgents = reply.owner === null && ['answer', 'progress', 'question'].includes(reply.kind);
    return quote(isAgents ? agent.quotedAnswer : agent.quotedNotice, wordsOf(part, reply.body));
  }
  const own = state.messages.find((m) => m.providerId === sid && m.seq !== message.seq);
  return own && (own.text !== '' || own.attachments > 0)
    ? quote(agent.quotedOwn, wordsOf(part, ownWordsOf(own.text)))
    : agent.quotedUnknown;
}

const wordsOf = (part: string | null, all: string): string =>
  part === null ? shorten(all, QUOTE_CHARS) : `… ${shorten(part, QUOTE_CHARS)} …`;
