// The page's state and how it changes. Pure. Messages come from the carrier with each connection; people, unsent texts
// and drafts belong to the page (memory.ts keeps them over a reload).

import type { Block, Bubble, Draft, Exchange, Extras, PhoneEvent, Typing } from '../phone-events.ts';
import { isGroup } from './telegram.ts';

export type Person = { number: string; name: string };

/** A text on its way from the page to the carrier. Its file stays beside it, in memory. */
export type Pending = {
  clientId: string;
  number: string;
  sender: string;
  topic?: number;
  text: string;
  fileName: string | null;
  /** The tapped item if this is a tap. */
  tap?: { sid: string; id: string };
  at: number;
  extras?: Extras;
  /** Why the text was refused; null while it is being sent or waits for the connection. */
  problem: string | null;
};

export type State = {
  online: boolean;
  /** The page has reached the simulator, but the product is still starting. */
  starting: boolean;
  senders: readonly string[];
  people: readonly Person[];
  /** The open chat. */
  number: string;
  sender: string;
  /** The open topic of the chat on Telegram; absent outside topics. */
  topic?: number | undefined;
  bubbles: readonly Bubble[];
  pending: readonly Pending[];
  typing: readonly Typing[];
  /** The drafts that Roost shows on Telegram. */
  drafts: readonly Draft[];
  /** The chats on Telegram in which the person blocked the bot. */
  blocks: readonly Block[];
  exchanges: readonly Exchange[];
};

const KEPT_EXCHANGES = 500;
/** Keeps fewer exchanges that only read a list: they happen every minute and would push out the messages. */
const KEPT_READING = 100;

export const FIRST_PEOPLE: readonly Person[] = [
  { number: '+15555550123', name: 'Robin' },
  { number: '+447700900123', name: 'Priya' },
  { number: '+15555550199', name: 'Sam' },
];

export function startState(people: readonly Person[], pending: readonly Pending[], number: string | null): State {
  const first = people.find((person) => person.number === number) ?? people[0];
  return {
    online: false,
    starting: false,
    senders: [],
    people,
    number: first?.number ?? '',
    sender: '',
    bubbles: [],
    pending,
    typing: [],
    drafts: [],
    blocks: [],
    exchanges: [],
  };
}

export function applyEvent(state: State, event: PhoneEvent): State {
  switch (event.type) {
    case 'snapshot': {
      const { senders, bubbles, typing, blocks, exchanges } = event;
      const known = [...senders, ...bubbles.map((bubble) => bubble.sender)];
      const sender = known.includes(state.sender) ? state.sender : (senders[0] ?? '');
      const starting = event.starting === true;
      const told = { senders, bubbles, typing, blocks, exchanges };
      const next: State = { ...state, ...told, online: !starting, starting, sender };
      const waiting = state.pending.filter((own) => !arrived(bubbles, own));
      // The text was written before the first connection, when no address was known.
      const pending = waiting.map((own) => (own.sender === '' ? { ...own, sender } : own));
      const topic = topicsOf(next).find(({ id }) => id === next.topic)?.id;
      return { ...bubbles.reduce(withPerson, next), pending, topic };
    }
    case 'bubble':
      return withBubble(state, event.bubble);
    case 'typing':
      return { ...state, typing: [...state.typing.filter((other) => !sameChat(other, event.typing)), event.typing] };
    case 'draft':
      return { ...state, drafts: [...state.drafts.filter((other) => !sameChat(other, event.draft)), event.draft] };
    case 'gone':
      return { ...state, bubbles: state.bubbles.filter(({ sid }) => sid !== event.sid) };
    case 'block':
      return { ...state, blocks: [...state.blocks.filter((other) => !sameEnds(other, event.block)), event.block] };
    case 'exchange':
      return { ...state, exchanges: kept(upsert(state.exchanges, event.exchange, ({ id }) => id)) };
    // Shown for a moment, and not kept.
    case 'toast':
    case 'beat':
      return state;
  }
}

export function withBubble(state: State, bubble: Bubble): State {
  const typing = bubble.mine ? state.typing : state.typing.filter((other) => !sameChat(other, bubble));
  const bubbles = inOrder(
    upsert(state.bubbles, bubble, ({ sid }) => sid),
    bubble,
  );
  const pending = state.pending.filter(({ clientId }) => clientId !== bubble.clientId);
  return withPerson({ ...state, typing, bubbles, pending }, bubble);
}

/** A phone's first text presses Start before it, and the page may hear of the text first. */
function inOrder(bubbles: readonly Bubble[], { telegram, ...added }: Bubble): readonly Bubble[] {
  const at = bubbles.findIndex((one) => one.telegram && sameEnds(one, added) && one.sid > added.sid);
  const own = bubbles.findIndex(({ sid }) => sid === added.sid);
  if (!telegram || at < 0 || at > own) return bubbles;
  const others = bubbles.toSpliced(own, 1);
  return others.toSpliced(at, 0, bubbles[own]!);
}

/** The simulator took a text. Its events are never older than this answer, so they win. */
export function withAccepted(state: State, bubble: Bubble): State {
  const known = state.bubbles.find(({ sid }) => sid === bubble.sid);
  // A tap is told by the message it is on, which is known by its own id.
  const pending = state.pending.filter(({ clientId }) => clientId !== bubble.clientId);
  return withBubble({ ...state, pending }, known ?? bubble);
}

/** Adds everybody on the network to the list of people. */
export function withPerson(state: State, { number, name = '' }: { number: string; name?: string }): State {
  if (state.people.some((person) => person.number === number)) return state;
  return { ...state, people: [...state.people, { number, name }] };
}

type Ends = { number: string; sender: string };
type Chat = Ends & { topic?: number | undefined };

/** A chat with all of its topics. */
export const sameEnds = (a: Ends, b: Ends): boolean => a.number === b.number && a.sender === b.sender;

/** A chat outside topics, or one of its topics. */
export const sameChat = (a: Chat, b: Chat): boolean => sameEnds(a, b) && a.topic === b.topic;

/** The messages on the phone: its own texts, and the product's after they have arrived or failed. */
export const onPhone = (bubble: Bubble): boolean => bubble.mine || bubble.state !== 'underway';

/** The addresses that the open phone can write to: the product's own, and the groups it made. */
export const addressesOf = (state: State): readonly string[] => [
  ...state.senders,
  ...new Set(state.bubbles.flatMap((one) => (one.number === state.number && isGroup(one.sender) ? [one.sender] : []))),
];

/** The topics of the open chat, oldest first. */
export function topicsOf(state: State): { id: number; name: string }[] {
  const inChat = state.bubbles.filter((bubble) => sameEnds(bubble, state));
  const named = new Map(
    inChat.flatMap(({ telegram }) => (telegram?.topic ? [[telegram.topic.id, telegram.topic] as const] : [])),
  );
  return [...named.values()].sort((a, b) => a.id - b.id);
}

export const isBlocked = (state: State): boolean =>
  state.blocks.some((block) => block.isBlocked && sameEnds(block, state));

export const isUnread = (bubble: Bubble): boolean =>
  !bubble.mine && (bubble.state === 'sent' || bubble.state === 'delivered');

export const unreadOf = (state: State, number: string): number =>
  state.bubbles.filter((bubble) => bubble.number === number && isUnread(bubble)).length;

export const lastOf = (state: State, number: string): Bubble | undefined =>
  state.bubbles.findLast((bubble) => bubble.number === number && onPhone(bubble));

export const isTyping = (state: State, now: number): boolean =>
  state.typing.some((typing) => sameChat(typing, state) && typing.until > now);

/** Roost's draft in the open chat; null when none is shown. */
export const draftOf = (state: State, now: number): (Draft & { text: string }) | null => {
  const draft = state.drafts.find((one) => sameChat(one, state) && one.until > now);
  return draft && draft.text !== null ? { ...draft, text: draft.text } : null;
};

export const isTypingTo = (state: State, number: string, now: number): boolean =>
  state.typing.some((typing) => typing.number === number && typing.until > now) ||
  state.drafts.some((draft) => draft.number === number && draft.text !== null && draft.until > now);

/** The person's texts in the open chat, oldest first. */
export const ownTexts = (state: State): string[] =>
  [
    ...state.bubbles.filter((bubble) => bubble.mine && sameChat(bubble, state)).map(({ text }) => text),
    ...state.pending.filter((own) => sameChat(own, state)).map(({ text }) => text),
  ].filter((text) => text !== '');

function kept(exchanges: readonly Exchange[]): readonly Exchange[] {
  if (exchanges.length <= KEPT_EXCHANGES) return exchanges;
  const isReading = ({ kind, method }: Exchange): boolean => kind === 'api' && method === 'GET';
  const reading = exchanges.filter(isReading);
  const oldest = reading.length > KEPT_READING ? reading[0] : exchanges[0];
  return exchanges.filter((exchange) => exchange !== oldest);
}

const arrived = (bubbles: readonly Bubble[], own: Pending): boolean =>
  bubbles.some(({ clientId }) => clientId === own.clientId);

function upsert<T>(list: readonly T[], item: T, keyOf: (item: T) => unknown): T[] {
  const at = list.findLastIndex((other) => keyOf(other) === keyOf(item));
  return at < 0 ? [...list, item] : list.with(at, item);
}
