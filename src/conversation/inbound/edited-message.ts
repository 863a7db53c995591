import { hashText } from '../../hash-text.ts';
import type { Reading } from '../../input/command.ts';
import { texts } from '../../texts/index.ts';
import type { Context, Event } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import { ownWordsOf } from '../state/quote-block.ts';
import { requireRead } from '../state/reads.ts';
import type { Message } from '../state/rows.ts';
import type { State } from '../state/state.ts';
import { useUp } from './queue-message.ts';

// The person changes a text that they sent. While it waits, its words change. Once the agent may have it, the new words
// are a text of their own that quotes the old one, and while that one waits its words change. Changes may come in any
// order, again, and before their text: the newest words count.

type Arrival = Extract<Event, { type: 'message' }>;
type ChannelsOf = Pick<Context, 'channelOf'>;

type Changed = NonNullable<Message['changed']>;

/**
 * A change that comes before its text takes the text's place and id, so that the text is known when it comes. Any other
 * change brings words alone, and quotes its text unless it is a command.
 */
export function asChange(state: State, event: Arrival): Arrival {
  const { edits, ...itself } = event;
  if (edits === undefined) return event;
  requireRead(state, { rows: 'quoted', sid: edits });
  const { message } = event;
  if (!state.messages.some(({ providerId }) => providerId === edits))
    return { ...itself, message: { ...message, providerId: edits, changed: changeOf(event) } };
  const { quoted: _, quotedPart: __, ...words } = event;
  const quoted = message.text.startsWith('/') ? {} : { quoted: edits };
  return { ...words, ...quoted, message: { ...message, attachments: 0 }, files: [] };
}

const changeOf = ({ message, change }: Arrival): Changed => ({
  ...(change ?? { at: message.receivedAt, number: 0 }),
  words: hashText(message.text.trim()),
});

/** Notes the change with its text. It is no news if a newer one has come, or if it brings the words that are known. */
export function noteChange(state: State, event: Arrival, ctx: ChannelsOf): { state: State; isNews: boolean } {
  const { edits } = event;
  if (edits === undefined) return { state, isNews: true };
  const isIt = ({ providerId }: Message): boolean => providerId === edits;
  const known = state.messages.find(isIt)?.changed ?? null;
  const changed = changeOf(event);
  if (known !== null && !isNewer(changed, known)) return { state, isNews: false };
  const isNews = known === null ? !isUnchanged(state, event, ctx) : !isRepeat(known, changed, event);
  return { state: setMessages(state, isIt, { changed }), isNews };
}

/**
 * True if the change of that time has come, or a later one brings the same words: a channel may tell of a changed text
 * again, as when a reaction to it changes. A PIN isn't stored with its text, so such words can't be compared.
 */
function isRepeat(known: Changed, changed: Changed, { secret }: Arrival): boolean {
  if (known.words === null) return changed.at === known.at;
  return known.words === changed.words && (changed.at === known.at || secret === undefined);
}

const isNewer = (one: Changed, other: Changed): boolean =>
  one.at > other.at || (one.at === other.at && one.number > other.number);

/** The newest text with the words of the changed one, among those that `which` takes. */
function findVersion(
  state: State,
  { edits, message }: Arrival,
  { channelOf }: ChannelsOf,
  which: (message: Message) => boolean,
): Message | null {
  if (edits === undefined) return null;
  const { readId } = channelOf(message.from);
  const isOfIt = ({ providerId }: Message): boolean => providerId === edits || readId?.(providerId)?.of === edits;
  const isOther = ({ seq, from }: Message): boolean => seq !== message.seq && from === message.from;
  return state.messages.findLast((m) => isOther(m) && isOfIt(m) && which(m)) ?? null;
}

/** No agent can have been given it. */
const isUntouched = ({ state, tried, steered }: Message): boolean => state === 'waiting' && !tried && !steered;

/**
 * True if the text that it changes has these words already, as where only a preview came or went. A PIN isn't stored with
 * its text, so such words can't be compared.
 */
function isUnchanged(state: State, event: Arrival, ctx: ChannelsOf): boolean {
  const isOpen = (m: Message): boolean => m.state === 'waiting' || m.state === 'active';
  const isItself = (m: Message): boolean => m.providerId === event.edits;
  const known = findVersion(state, event, ctx, isOpen) ?? findVersion(state, event, ctx, isItself);
  const words = event.message.text.trim();
  return known !== null && event.secret === undefined && words !== '' && ownWordsOf(known.text) === words;
}

/**
 * The waiting text with its new words, which keeps its place; null where that isn't possible. A quotation above its old
 * words stays.
 */
export function withNewWords(state: State, event: Arrival, reading: Reading, ctx: ChannelsOf): State | null {
  const old = findVersion(state, event, ctx, isUntouched);
  if (old === null || old.action !== null || reading.kind !== 'text') return null;
  const own = ownWordsOf(old.text);
  const said = old.text.trimEnd();
  const above = own !== '' && said.endsWith(own) ? said.slice(0, -own.length) : '';
  return setMessages(state, (m) => m.seq === old.seq, { text: `${above}${event.message.text}` });
}

/** Drops the waiting text that became something else, such as a command. */
export function withoutEdited(state: State, event: Arrival, reading: Reading, ctx: ChannelsOf): State {
  const old = findVersion(state, event, ctx, isUntouched);
  return old === null || withNewWords(state, event, reading, ctx) !== null ? state : useUp(state, old);
}

/** The message as the agent gets it: a line says that its words replace those that are quoted above it. */
export const withEditLine = ({ message, edits }: Arrival): Message =>
  edits === undefined ? message : { ...message, text: `${texts.inbound.agent.edited}\n${message.text}` };
