import type { Event } from '../conversation/state/events.ts';
import type { Failure } from '../conversation/state/failure.ts';
import { NEW_MESSAGE } from '../conversation/state/messages.ts';
import type { Offer } from '../conversation/state/offer.ts';
import type { Change, InboundFile, Message, Reply, ReplyState } from '../conversation/state/rows.ts';
import type { WrittenIn } from '../conversation/state/thread-rows.ts';
import type { Said } from '../conversation/state/wishes.ts';
import { type CommandName, parseCommand, readMisspeltPin } from '../input/command.ts';
import { removeKeys } from '../input/keys.ts';
import type { Role } from '../input/roles.ts';
import type { Unread } from '../texts/inbound.ts';

// The calls that a conversation receives. Fields that callers of the previous release don't send are optional.

export type Arrival = Pick<Message, 'providerId' | 'uuid' | 'from' | 'to' | 'text' | 'attachments' | 'receivedAt'> & {
  /** WhatsApp's id of the sender, as an address, if it came with the message. */
  externalId?: string | null;
  files?: Pick<InboundFile, 'url' | 'type' | 'name'>[];
  /** The sender's name, as WhatsApp shows it. */
  name?: string | null;
  /** The webhook was lost; the message was found in the carrier's list. */
  late?: boolean;
  /** The carrier's id of the person's previous message, if the list shows it. */
  predecessor?: string | null;
  /** Found too late to start work without asking. */
  missed?: boolean;
  optOut?: 'stop' | 'start' | 'help' | null;
  /** The id of the button or list item that was tapped. */
  choice?: string | null;
  /** The channel's id of the draft that the person stopped; the text is `/stop`. */
  stops?: string | null;
  /** The carrier's id of the quoted message. */
  quoted?: string | null;
  /** The words of it that the person marked. */
  quotedPart?: string | null;
  /** The carrier's id of the message that the person changed: these are its new words. */
  edits?: string | null;
  change?: Change | null;
  /** The topic of the chat in which it was written, on channels with topics. */
  thread?: WrittenIn;
  /** Set when the message cannot start a turn: what the person is told. */
  unread?: Unread | null;
  /** The vendors of keys that were removed from it while it waited. */
  keys?: readonly string[];
};

/**
 * `opens`: the address may begin a conversation if nobody has one there. `keeps`: a text from a locked address is kept
 * for an hour.
 */
export type Opening = { opens?: boolean; keeps?: boolean };
/**
 * kept: stored, now or before · unset: nobody's conversation, and nothing is stored · out: of a person who was taken off
 * the list · refused: of a blocked person · locked: its address is locked, and the text is not kept.
 */
export type Took = { state: 'kept' | 'unset' | 'out' | 'refused' | 'locked' };

const NEW_FILE = {
  size: null,
  state: 'wanted',
  id: null,
  attempts: 0,
  forgotten: 0,
  note: null,
  transcript: null,
} as const;

/** Commands that a PIN follows. */
const SECRETS: readonly CommandName[] = ['pin', 'unlock', 'export', 'operator', 'github', 'link', 'unlink', 'pair'];

/** A PIN stays out of every row: the decision gets it beside the message. */
function withoutSecret(text: string): { words: string; secret: string | null } {
  const command = parseCommand(text);
  const isSecret = command !== null && SECRETS.includes(command.name);
  if (isSecret) return { words: `/${command.name}`, secret: command.rest.slice(0, 100) };
  const meant = command === null ? readMisspeltPin(text) : null;
  if (meant === null || !SECRETS.includes(meant.name)) return { words: text, secret: null };
  // Nobody gets a PIN by a slip: /pin without one says how it is set.
  return { words: `/${meant.name}`, secret: meant.name === 'unlock' ? meant.rest : null };
}

/** A text as it may wait for an admin's yes: without keys and PINs. */
export function withoutSecrets(arrival: Arrival): Arrival {
  const { message, files = [], keys = [], quotedPart = null, thread } = arrivalEventOf(arrival, 0);
  const named = thread === undefined ? {} : { thread };
  const sent = files.map(({ url, type, name }) => ({ url, type, name }));
  return { ...arrival, text: message.text, files: sent, keys, quotedPart, ...named };
}

/** The name of a topic is kept as its project's. */
const withoutKeys = (thread: WrittenIn): WrittenIn =>
  thread.name === null ? thread : { ...thread, name: removeKeys(thread.name).text };

/** `seq`: the message's number. Keys and PINs are removed here, before anything is decided or stored. */
export function arrivalEventOf(
  {
    providerId,
    uuid,
    from,
    to,
    text: typed,
    attachments,
    receivedAt,
    files: sent = [],
    keys = [],
    quotedPart,
    ...heard
  }: Arrival,
  seq: number,
): Extract<Event, { type: 'message' }> {
  const { words, secret } = withoutSecret(typed);
  const { text, vendors } = removeKeys(words);
  vendors.push(...keys);
  const part = removeKeys(withoutSecret(quotedPart ?? '').words);
  vendors.push(...part.vendors);
  if (heard.thread?.isNew || heard.thread?.isRenamed) vendors.push(...removeKeys(heard.thread.name ?? '').vendors);
  const files = sent.map(({ url, type, name }, n) => {
    const read = removeKeys(name ?? '');
    vendors.push(...read.vendors);
    return { message: seq, n, url, type, name: name === null ? null : read.text, ...NEW_FILE };
  });
  const message = { seq, providerId, uuid, from, to, text, attachments, receivedAt, ...NEW_MESSAGE };
  const hidden = secret === null ? {} : { secret };
  return {
    type: 'message',
    message,
    files,
    ...hidden,
    ...(vendors.length > 0 ? { keys: vendors } : {}),
    ...hintsOf({ ...heard, quotedPart: part.text }),
  };
}

/**
 * A button whose id is too long for its channel comes back as its place in the offer of the reply that it is below. One
 * of a reply that is gone says only its title.
 */
export function withOfferedChoice(arrival: Arrival, offerOf: (sid: string) => Offer | null): Arrival {
  const [, place] = /^#(\d{1,3})$/.exec(arrival.choice ?? '') ?? [];
  if (place === undefined || !arrival.quoted) return arrival;
  const item = offerOf(arrival.quoted)?.items[Number(place)];
  return item ? { ...arrival, choice: item.id, text: item.title } : { ...arrival, choice: null };
}

/** A text from a locked address. `keeps`: it waits here for a yes. */
export function lockedEventOf(arrival: Arrival, keeps: boolean): Event {
  const { providerId, from, to, externalId = null } = arrival;
  const { type: _, message, files = [], secret = null, ...heard } = arrivalEventOf(arrival, 0);
  return {
    type: 'locked',
    from,
    to,
    externalId,
    text: keeps ? { providerId, address: from, message, files, heard } : null,
    secret,
  };
}

const hintsOf = (heard: Partial<Arrival>) => ({
  ...(heard.externalId ? { externalId: heard.externalId } : {}),
  ...(heard.name ? { name: heard.name } : {}),
  ...(heard.late ? { late: heard.late } : {}),
  ...(heard.predecessor ? { predecessor: heard.predecessor } : {}),
  ...(heard.missed ? { missed: heard.missed } : {}),
  ...(heard.optOut ? { optOut: heard.optOut } : {}),
  ...(heard.choice ? { choice: heard.choice } : {}),
  ...(heard.stops ? { stops: heard.stops } : {}),
  ...(heard.quoted ? { quoted: heard.quoted } : {}),
  ...(heard.quotedPart ? { quotedPart: heard.quotedPart } : {}),
  ...(heard.edits ? { edits: heard.edits } : {}),
  ...(heard.change ? { change: heard.change } : {}),
  ...(heard.unread ? { unread: heard.unread } : {}),
  ...(heard.thread ? { thread: withoutKeys(heard.thread) } : {}),
  ...(heard.thread?.isNew || heard.thread?.isRenamed ? { isTopic: true } : {}),
});

/** The person shut our sender out, or let it in again. `at`: by the channel's clock. */
export type ShutReport = { address: string; sender: string; isShut: boolean; at: number };

/** `reply`, `attempt`: null when the report comes from the carrier's list. */
export type DeliveryReport = {
  reply: string | null;
  attempt: number | null;
  sid: string;
  status: ReplyState;
  errorCode: number | null;
  failure?: Failure | null;
};
type StatusEvent = Extract<Event, { type: 'status' }>;

/**
 * A report from the list applies to the reply with that sid, unless a callback has already told its outcome. Null when
 * it applies to no reply.
 */
export function statusEventOf(
  { reply, attempt, failure = null, ...said }: DeliveryReport,
  boundTo: (sid: string) => Bound | null,
): StatusEvent | null {
  if (reply !== null && attempt !== null) return { type: 'status', ...said, reply, attempt, failure };
  const bound = boundTo(said.sid);
  const isUnheard = bound?.state === 'accepted' || bound?.state === 'sent';
  return isUnheard ? { type: 'status', ...said, reply: bound.id, attempt: bound.attempt, failure } : null;
}

/** The reply that a carrier id belongs to. */
export type Bound = Pick<Reply, 'id' | 'attempt' | 'state'>;
/** `address`: empty for a home that exists. A button stands for words. */
export type Notice = { address: string; sender: string; id: string; text: string; buttons?: Said['buttons'] };
/** Whom an admin or an invitation lets in. `budget`: of a day, in millionths of a dollar. */
export type Admission = {
  address: string;
  sender: string;
  role: Role;
  name: string | null;
  budget: number | null;
};
