// The data and events of the fake carrier. The phone page and the tests read them; only the carrier writes them.

export type MessageStatus =
  | 'accepted'
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'undelivered'
  | 'failed'
  | 'canceled'
  | 'received';

export type CarrierMedia = { sid: string; contentType: string; fileName: string | null; bytes: Uint8Array };

/** A message's choices: buttons below it, or a list behind one button. */
export type Offer =
  | { kind: 'buttons'; items: { id: string; title: string }[] }
  | { kind: 'list'; button: string; items: { id: string; title: string; description: string | null }[] };

/** One message as the carrier stores it. Times are milliseconds since 1970. */
export type CarrierMessage = {
  sid: string;
  direction: 'inbound' | 'outbound-api';
  /** `whatsapp:+E164` or `+E164`. */
  from: string;
  to: string;
  body: string;
  media: CarrierMedia[];
  offer: Offer | null;
  status: MessageStatus;
  errorCode: number | null;
  errorMessage: string | null;
  createdAt: number;
  sentAt: number | null;
  updatedAt: number;
  /** Only of messages on Telegram. */
  telegram?: TelegramMarks;
};

/** Formatting of a Telegram message: `offset` and `length` are UTF-16 units of the body. */
export type TelegramMarks = {
  entities: { type: string; offset: number; length: number; url?: string }[];
  isSilent: boolean;
  isEdited: boolean;
  /** The message it replies to, and the part of it that it quotes. */
  repliesTo: { sid: string; quote: string | null } | null;
  /** A line of the chat itself, such as "Robin added Roost". */
  isService: boolean;
  /** Null: outside topics. */
  topic: { id: number; name: string } | null;
};

/** One HTTP exchange between the carrier and the product, as sent, including secrets. The page gets it without them. */
export type Traffic = {
  id: number;
  at: number;
  kind: 'webhook' | 'status' | 'api' | 'media';
  method: string;
  url: string;
  requestHeaders: Record<string, string>;
  requestBody: string;
  /** Null during the call, and when no answer came. */
  status: number | null;
  responseHeaders: Record<string, string>;
  responseBody: string;
  durationMs: number | null;
  /** Why there was no answer, or which fault was active; null otherwise. */
  note: string | null;
};

export type CarrierEvent =
  | { type: 'message'; message: CarrierMessage }
  | { type: 'status'; message: CarrierMessage }
  /** The product requested a typing indicator towards `to`, for 25 s or until the next message. */
  | { type: 'typing'; to: string; from: string; until: number; topic?: number }
  /** Telegram shows these words until then, in place of "typing…"; null: no longer. */
  | { type: 'draft'; to: string; from: string; text: string | null; canStop: boolean; until: number; topic?: number }
  /** Telegram: the message is deleted. */
  | { type: 'gone'; sid: string }
  /** Telegram: the bot answers a tap with these words, which are shown for a moment. */
  | { type: 'toast'; to: string; from: string; text: string }
  /** Telegram: the person blocked the bot, or unblocked it. */
  | { type: 'block'; to: string; from: string; isBlocked: boolean }
  | { type: 'traffic'; traffic: Traffic };

export type InboundRequest = {
  from: string;
  to: string;
  body?: string;
  media?: { contentType: string; fileName: string | null; bytes: Uint8Array }[];
  profileName?: string;
  /** The sender's id for this business, shown beside the number; without a number it is `from`. */
  externalId?: string;
  /** A tap on an item of our message `sid`; Body becomes the item's title. */
  tap?: { sid: string; id: string };
  /** Telegram: the topic of the chat in which it is written. */
  topic?: number;
  /** Further webhook parameters, e.g. Latitude or ButtonPayload; they override the generated ones. */
  extra?: Record<string, string>;
  webhook?: WebhookFate;
};

/** The fate of one message's webhook, whatever faults are active. */
export type WebhookFate = {
  /** Never sent. */
  lost?: boolean;
  /** Sent this much later; later messages of the phone overtake it. */
  lateMs?: number;
  /** Sent again after its answer, with another idempotency token. */
  twice?: boolean;
};

/** The actions of phones on Telegram alone. A person is `telegram:ID`. False: it can't be done. */
export type TelegramOnPhones = {
  /** Presses the stop button of the draft. */
  stopDraft(person: string): boolean;
  /** Changes a text of the person's own. */
  edit(sid: string, text: string): boolean;
  /** Deletes a message for both sides. Telegram tells bots nothing of it. */
  remove(sid: string): boolean;
  block(person: string, isBlocked: boolean): void;
  /** The people who block the bot now. */
  blockers(): readonly string[];
  /** The person makes a group and adds the bot. Returns the group's address. */
  makeGroup(person: string): string;
  /** The person makes a topic of the chat. Returns its id. */
  makeTopic(person: string, name: string, profileName?: string): number;
  renameTopic(person: string, topic: number, name: string): boolean;
};

/** The carrier's functions for the phone page. */
export type CarrierForPhones = {
  /** Our product's addresses, from TWILIO_SENDERS. */
  readonly senders: readonly string[];
  /**
   * Stores the message, returns it at once, and delivers the signed webhook with the carrier's time-out and retries.
   */
  receive(request: InboundRequest): CarrierMessage;
  /** Marks the outbound message as shown on the phone: status read, with its callback. */
  markRead(sid: string): void;
  readonly telegram?: TelegramOnPhones;
  /** Oldest first. */
  messages(): readonly CarrierMessage[];
  /** The newest 500, oldest first. */
  traffic(): readonly Traffic[];
  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: CarrierEvent) => void): () => void;
};
