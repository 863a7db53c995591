import type { Config } from '../config/config.ts';
import type { Capabilities } from '../conversation/policy/channel.ts';
import type { Found } from '../conversation/state/events.ts';
import type { Failure } from '../conversation/state/failure.ts';
import type { Choice, Offer } from '../conversation/state/offer.ts';
import type { Change } from '../conversation/state/rows.ts';
import type { WrittenIn } from '../conversation/state/thread-rows.ts';
import type { Role } from '../input/roles.ts';
import type { Log } from '../log.ts';
import type { Unread } from '../texts/inbound.ts';

// The interface that the folder of a channel fills. docs/decisions/022-channels.md gives the reasons for its parts.

export type Channel = {
  capabilities: Capabilities;
  /** The service that takes our messages, as the operator's alerts name it, and the page with its own troubles. */
  service: { name: string; statusPage: string };
  /** Whether this is an address of the channel. */
  isAddress: (text: string) => boolean;
  /** Whether the deployment takes texts of this channel. */
  isOn: (config: Config) => boolean;
  /** Our addresses on it. */
  sendersOf: (config: Config) => string[];
  /** Whether this id of a message, or this address of a file, is the channel's. */
  owns: (reference: string) => boolean;
  /** The meaning of an error code in plain words; null for another channel's. A code belongs to one channel. */
  explainError: (code: number) => string | null;
  /** A link that opens the chat with our sender, with these words filled in; null if there is none. */
  chatUrl: (sender: string, words: string, name: string | null) => string | null;
  /** Our name in such links, where the address of our sender doesn't say it. Null: it isn't set. */
  publicName?: (config: Config) => string | null;
  /** The same name in the service's words. Null: the service doesn't answer. */
  askName?: (config: Config, timeoutMs: number) => Promise<string | null>;
  connect: (config: Config) => Carrier;
  /**
   * Answers a request to `/webhooks/<scheme>`, after checking who sent it and within bounds of its own. WhatsApp and SMS
   * have routes of their own, which Twilio calls for both.
   */
  receive?: (request: Request, config: Config, door: Door) => Promise<Response>;
  /** Whether webhooks reach the relay, for a channel that can't list what never came. */
  watch?: (config: Config, now: number, timeoutMs: number) => Promise<Watched>;
};

export type Watched =
  /** unknown: the service didn't say. */
  { kind: 'unknown' } | { kind: 'fine' } | WebhookTrouble;

/** unset, elsewhere: the webhook has no address, or another one. revoked: the service doesn't know our credentials. */
export type WebhookTrouble =
  | { kind: 'elsewhere' | 'revoked' }
  | { kind: 'unset'; waiting: number }
  /** `waiting`: messages that the service keeps until it is answered; `reason`: in the service's words. */
  | { kind: 'failing'; waiting: number; reason: string };

/** Takes the news of a webhook to conversations. */
export type Door = {
  /** When this resolves, the message is stored or refused. A known message changes nothing. */
  message: (message: InboundMessage) => Promise<'kept' | 'refused'>;
  /** The person shut our sender out, or let it in again. `at` (ms): when. */
  shut: (said: { address: string; sender: string; isShut: boolean; at: number }) => Promise<void>;
  /** The body of the request; null when it has more bytes than that. */
  read: (most: number) => Promise<string | null>;
  /** Logs a line that anybody can cause, as a count. */
  refuse: (line: Log) => void;
  /** Tells the operator that another account's webhook leads here with this sender's secret. */
  reportForeign: (sender: string) => Promise<void>;
};

/** A channel's service, with the deployment's settings. Nothing here retries or waits. */
export type Carrier = {
  /** Sends one reply. The caller has committed the intent before. */
  send: (reply: Outgoing, timeoutMs: number) => Promise<SendOutcome>;
  /** Clears up a send of unknown outcome. */
  lookUp: (reply: Outgoing, timeoutMs: number) => Promise<LookUp>;
  /** Prepares buttons or a list, and returns the name for the send; null: the choices leave as text. */
  prepareChoices: (offer: Offer, timeoutMs: number) => Promise<string | null>;
  /** Deletes what `prepareChoices` made. Best effort: leftovers are harmless. */
  forgetChoices: (content: string, timeoutMs: number) => Promise<void>;
  /** Shows typing to the person who wrote this message. Best effort. */
  showTyping: (to: string, messageId: string, timeoutMs: number, thread?: string) => Promise<void>;
  /**
   * Shows what the agent says as a draft, in chat markup, or replaces the turn's draft. Without words it shows that the
   * agent is at work. Best effort.
   */
  showDraft: (to: string, turn: string, words: string, timeoutMs: number, thread?: string) => Promise<void>;
  /** `firstByteMs` limits the wait for each response's head; the caller's `signal` limits the rest. */
  fetchFile: (url: string, firstByteMs: number, signal: AbortSignal) => Promise<Opened>;
  /** Deletes the carrier's copy. True when it is gone. */
  deleteFile: (url: string, timeoutMs: number) => Promise<boolean>;
  /** Deletes a message from the carrier's log, after its files. 'gone' where there is no log. */
  deleteMessage: (id: string, timeoutMs: number) => Promise<Deleted>;
  /** Shows the commands of the person's role in the chat's menu, where the channel has one. Best effort. */
  showMenu?: (to: string, role: Role, timeoutMs: number) => Promise<void>;
  /** The way of a file to the person: with the text as its caption, on its own after the text, or as a link in it. */
  howToSend: (file: { type: string; size: number }) => 'captioned' | 'alone' | 'link';
};

/**
 * `template`: an approved template's id, sent instead of the body. `content` shows the body's choices as buttons, and
 * `shown` is the text above them. `mediaUrl`: the carrier fetches the attached file there.
 */
export type Outgoing = {
  id: string;
  attempt: number;
  from: string;
  to: string;
  body: string;
  template: string | null;
  content: string | null;
  shown: string | null;
  /** The choices that `content` shows, for channels that need nothing prepared. */
  items: readonly Choice[];
  mediaUrl?: string | null;
  /** The same file, for channels that are given its bytes. */
  file?: OutgoingFile | null;
  /** The topic of the chat that it goes to; a topic that is gone is left out. */
  thread?: string | null;
  createdAt: number;
};

/** `open`: null when the bucket no longer has it. */
export type OutgoingFile = {
  name: string;
  type: string;
  size: number;
  open: () => Promise<OpenedFile | null>;
};
export type OpenedFile = { body: ReadableStream<Uint8Array>; size: number };

/** The attempt number of a text to a stranger. No row keeps the text, so no conversation hears of its delivery. */
export const UNKEPT_ATTEMPT = 0;

export type SendOutcome =
  | { kind: 'accepted'; sid: string }
  | { kind: 'refused'; code: number; failure: Failure; retryAfterMs: number | null }
  /** Nobody knows whether the carrier took it. */
  | { kind: 'unknown'; reason: string; retryAfterMs: number | null };

/**
 * `candidates`: newest first; the caller skips those that belong to another reply. answers: the service is there, and
 * can't say more (`reconcile: 'probe'`).
 */
export type LookUp =
  | { kind: 'listed'; candidates: Found[] }
  | { kind: 'answers' }
  | { kind: 'failed'; reason: string; retryAfterMs: number | null };

export type Opened =
  /** `length`: as announced; null when it is unknown. */
  | { kind: 'open'; body: ReadableStream<Uint8Array>; length: number | null }
  | { kind: 'failed'; why: 'gone' | 'elsewhere' | 'too-large' }
  /** The file may be there later. */
  | { kind: 'retryable'; reason: string };

/** gone: it is not there any more · kept: the carrier refuses for good · later: no answer, or too many calls. */
export type Deleted = 'gone' | 'kept' | 'later';

export type MediaItem = { url: string; type: string; name: string | null };

/** The meaning of a word on which the carrier has acted by itself. */
export type OptOut = 'stop' | 'start' | 'help';

export type InboundMessage = {
  providerId: string;
  from: string;
  /** WhatsApp's id of the sender, as an address. The carrier's list has none beside a number. */
  externalId?: string | null;
  /** As the sender chose it on the channel. */
  name?: string | null;
  to: string;
  text: string;
  attachments: number;
  receivedAt: number;
  /** The webhook never came; the message was found in the carrier's list. */
  late: boolean;
  /** The carrier's id of the message that the person wrote just before, where its list shows it. */
  predecessor?: string | null;
  /** Too old to answer unasked: the writer is told. */
  missed?: boolean;
  files: MediaItem[];
  /** The carrier's id of the message it replies to. */
  quoted: string | null;
  /** The words of it that the person marked, where they marked some. */
  quotedPart?: string | null;
  /** The id of the message that the person edited. This one has the new words, and is otherwise the same. */
  edits?: string | null;
  /** When the person edited it. Edits come in any order, even before the message. */
  change?: Change | null;
  /** The topic of the chat in which it was written, on channels with topics. */
  thread?: WrittenIn;
  /** Set when the message can't start a turn: the reason, which the person is told. */
  unread: Unread | null;
  /** The carrier has already acted on it. */
  optOut: OptOut | null;
  /** The id of the tapped button or list item; the carrier's list does not have it. */
  choice?: string | null;
  /** The channel's id of the draft that the person stopped; the text is `/stop`. */
  stops?: string | null;
};
