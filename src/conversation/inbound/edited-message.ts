import type { Reading } from '../../input/command.ts';
import { texts } from '../../texts/index.ts';
import type { Event } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import { ownWordsOf } from '../state/quote-block.ts';
import type { Message } from '../state/rows.ts';
import type { State } from '../state/state.ts';
import { useUp } from './queue-message.ts';

// The person changes a text that they sent. While it waits, its words change. Once the agent may have it, the new words
// are a text of their own that quotes the old one.

type Arrival = Extract<Event, { type: 'message' }>;

/** The text that changes, as long as no agent can have been given it. */
const findEdited = (state: State, { edits, message }: Arrival): Message | null =>
  (edits !== undefined &&
    state.messages.find(
      (m) => m.providerId === edits && m.from === message.from && m.state === 'waiting' && !m.tried && !m.steered,
    )) ||
  null;

/**
 * The waiting text with its new words, which keeps its place; null where that isn't possible. A quotation above its old
 * words stays.
 */
export function withNewWords(state: State, event: Arrival, reading: Reading): State | null {
  const old = findEdited(state, event);
  if (old === null || old.action !== null || reading.kind !== 'text') return null;
  const own = ownWordsOf(old.text);
  const above = own !== '' && old.text.endsWith(own) ? old.text.slice(0, -own.length) : '';
  return setMessages(state, (m) => m.seq === old.seq, { text: `${above}${event.message.text}` });
}

/** Drops the waiting text that became something else, such as a command. */
export function withoutEdited(state: State, event: Arrival, reading: Reading): State {
  const old = findEdited(state, event);
  return old === null || withNewWords(state, event, reading) !== null ? state : useUp(state, old);
}

/** The message as the agent gets it: a line says that its words replace those that are quoted above it. */
export const withEditLine = ({ message, edits }: Arrival): Message =>
  edits === undefined ? message : { ...message, text: `${texts.inbound.agent.edited}\n${message.text}` };
