// Turns the carrier's events into what a phone shows. Keeps who is typing, and a note on each message: whether it
// reached the product and whether it was read. The carrier keeps the messages themselves, and decides how long notes
// are kept.

import type {
  CarrierEvent,
  CarrierForPhones,
  CarrierMessage,
  InboundRequest,
  Traffic,
} from '../twilio/carrier-types.ts';
import { KEEPS_NOTHING, type KeptMessages } from '../twilio/kept-messages.ts';
import { numberOf } from './client/number.ts';
import { telegramSid } from './client/telegram.ts';
import { isPlain } from './extras.ts';
import { withoutSecrets } from './mask.ts';
import type { Bubble, BubbleState, Exchange, Extras, PhoneEvent, Typing } from './phone-events.ts';
import { undeliveredBecause, webhookOutcome } from './trouble.ts';

const SHOWN_BUBBLES = 1000;
const SHOWN_BODY = 20_000;

export type Feed = {
  snapshot(): PhoneEvent;
  subscribe(listener: (event: PhoneEvent) => void): () => void;
  /** Hands a text to the carrier. A repeat with the same client id returns the first one's bubble. */
  send(clientId: string, request: InboundRequest, extras: Extras): Bubble;
  /** Marks these messages as shown on the phone. */
  markRead(sids: readonly string[]): void;
  close(): void;
};

type InTopic = { topic?: number };
const inTopic = (topic: number | undefined): InTopic => (topic === undefined ? {} : { topic });
const chatOf = (number: string, sender: string, { topic }: InTopic): string => `${number} ${sender} ${topic ?? ''}`;

/** Data about a message that the carrier does not have. */
type Note = {
  clientId?: string;
  extras?: Extras;
  /** The result of delivering it to the product; absent during delivery. */
  webhook?: 'taken' | { trouble: string };
  /** Read by the product or on the phone. The carrier has no read receipts for SMS. */
  seen?: true;
};

export type FeedOptions = {
  notes?: Pick<KeptMessages, 'notes' | 'note'>;
  /** Resolves when the product can be reached; until then the page says that it is starting. */
  started?: Promise<void>;
};

export function createFeed(carrier: CarrierForPhones, { notes = KEEPS_NOTHING, started }: FeedOptions = {}): Feed {
  const listeners = new Set<(event: PhoneEvent) => void>();
  const typing = new Map<string, Typing>();
  const noted = new Map(notes.notes() as [string, Note][]);
  const noteOf = (sid: string): Note => noted.get(sid) ?? {};
  const note = (sid: string, change: Note): void => {
    noted.set(sid, { ...noteOf(sid), ...change });
    notes.note(sid, noteOf(sid));
  };
  let starting = started !== undefined;

  function bubbleOf(message: CarrierMessage): Bubble {
    const mine = message.direction === 'inbound';
    const { webhook, seen = false, extras = extrasOnTelegram(message), clientId = null } = noteOf(message.sid);
    const isRead = mine ? isReadByProduct(message, webhook, seen) : seen || message.status === 'read';
    const refused = webhook !== undefined && webhook !== 'taken' && !isRead ? webhook.trouble : null;
    const trouble = mine ? refused : undeliveredBecause(message);
    return {
      sid: message.sid,
      clientId,
      mine,
      number: numberOf(mine ? message.from : message.to),
      sender: mine ? message.to : message.from,
      text: message.body,
      attachments: message.media.map(({ sid, contentType, fileName, bytes }) => ({
        url: `/phone/media/${message.sid}/${sid}`,
        contentType,
        fileName,
        size: bytes.byteLength,
      })),
      offer: message.offer,
      at: message.createdAt,
      state: trouble !== null ? 'failed' : mine ? ownState(isRead, webhook) : theirState(isRead, message),
      trouble,
      ...(extras ? { extras } : {}),
      ...(message.telegram ? { telegram: message.telegram } : {}),
      ...inTopic(message.telegram?.topic?.id),
    };
  }

  const findMessage = (sid: string): CarrierMessage | undefined => carrier.messages().find((m) => m.sid === sid);

  /** The message that this one replies to, by Telegram's id: for replies of the bot, and of another page. */
  function extrasOnTelegram({ telegram }: CarrierMessage): Extras | undefined {
    const original = telegram?.repliesTo ? findMessage(telegram.repliesTo.sid) : undefined;
    if (!original) return undefined;
    const text = telegram?.repliesTo?.quote ?? (original.body || 'A photo, voice note or file');
    return {
      quoted: { sid: original.sid, text, mine: original.direction === 'inbound' },
      forwarded: false,
      place: null,
    };
  }

  // A microtask later, so that the first event of a text from the page has its client id.
  const tell = (event: () => PhoneEvent): void =>
    queueMicrotask(() => {
      const told = event();
      for (const listener of listeners) listener(told);
    });
  const tellBubble = (message: CarrierMessage): void => tell(() => ({ type: 'bubble', bubble: bubbleOf(message) }));

  /** The product showed typing or answered, so it has read the person's earlier texts. */
  function markSeen(number: string, sender: string): void {
    for (const message of carrier.messages()) {
      const { webhook, seen } = noteOf(message.sid);
      if (message.direction !== 'inbound' || seen || (webhook !== undefined && webhook !== 'taken')) continue;
      if (numberOf(message.from) !== number || message.to !== sender) continue;
      note(message.sid, { seen: true });
      tellBubble(message);
    }
  }

  function noteWebhook(traffic: Traffic): void {
    if (traffic.kind !== 'webhook') return;
    const sid = new URLSearchParams(traffic.requestBody).get('MessageSid') ?? telegramSid(traffic);
    const outcome = webhookOutcome(traffic);
    if (sid === null || outcome === null || noteOf(sid).webhook === 'taken') return;
    note(sid, { webhook: outcome });
    const message = findMessage(sid);
    if (message) tellBubble(message);
  }

  function hear(event: CarrierEvent): void {
    switch (event.type) {
      case 'message':
      case 'status':
        if (event.type === 'message' && event.message.direction !== 'inbound') {
          const number = numberOf(event.message.to);
          typing.delete(chatOf(number, event.message.from, inTopic(event.message.telegram?.topic?.id)));
          markSeen(number, event.message.from);
        }
        tellBubble(event.message);
        break;
      case 'typing': {
        const sign = { number: numberOf(event.to), sender: event.from, until: event.until, ...inTopic(event.topic) };
        typing.set(chatOf(sign.number, sign.sender, sign), sign);
        markSeen(sign.number, sign.sender);
        tell(() => ({ type: 'typing', typing: sign }));
        break;
      }
      case 'draft': {
        const { to, from: sender, type: _type, ...draft } = event;
        markSeen(numberOf(to), sender);
        tell(() => ({ type: 'draft', draft: { number: numberOf(to), sender, ...draft } }));
        break;
      }
      case 'gone':
        noted.delete(event.sid);
        tell(() => event);
        break;
      case 'toast':
        tell(() => ({ type: 'toast', toast: { number: numberOf(event.to), sender: event.from, text: event.text } }));
        break;
      case 'block': {
        const block = { number: numberOf(event.to), sender: event.from, isBlocked: event.isBlocked };
        tell(() => ({ type: 'block', block }));
        break;
      }
      case 'traffic':
        noteWebhook(event.traffic);
        tell(() => ({ type: 'exchange', exchange: shown(event.traffic) }));
    }
  }

  for (const traffic of carrier.traffic()) noteWebhook(traffic);
  const unsubscribe = carrier.subscribe(hear);
  void started?.then(() => {
    starting = false;
    tell(snapshot);
  });

  const snapshot = (): PhoneEvent => ({
    type: 'snapshot',
    starting,
    senders: carrier.senders,
    bubbles: carrier.messages().slice(-SHOWN_BUBBLES).map(bubbleOf),
    blocks: (carrier.telegram?.blockers() ?? []).map((person) => ({
      number: numberOf(person),
      sender: carrier.senders.find((sender) => sender.startsWith('telegram:')) ?? '',
      isBlocked: true,
    })),
    typing: [...typing.values()].filter(({ until }) => until > Date.now()),
    exchanges: carrier.traffic().map(shown),
  });

  return {
    snapshot,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    send(clientId, request, extras) {
      const earlier = [...noted].find(([, known]) => known.clientId === clientId)?.[0];
      const known = earlier === undefined ? undefined : findMessage(earlier);
      if (known) return bubbleOf(known);
      const message = carrier.receive(request);
      note(message.sid, { clientId, ...(isPlain(extras) ? {} : { extras }) });
      return bubbleOf(message);
    },
    markRead(sids) {
      for (const message of sids.map(findMessage)) {
        if (!message || message.direction === 'inbound') continue;
        note(message.sid, { seen: true });
        tellBubble(message);
        carrier.markRead(message.sid);
      }
    },
    close() {
      unsubscribe();
      listeners.clear();
    },
  };
}

/**
 * The product cannot have read a text it never took, unless it names that message: then it found the text in the
 * carrier's list. During the webhook nobody knows.
 */
function isReadByProduct({ status }: CarrierMessage, webhook: Note['webhook'], seen: boolean): boolean {
  if (webhook === undefined) return false;
  return status === 'read' || (seen && webhook === 'taken');
}

function ownState(read: boolean, webhook: Note['webhook']): BubbleState {
  if (read) return 'read';
  return webhook === 'taken' ? 'delivered' : 'sent';
}

function theirState(read: boolean, { status }: CarrierMessage): BubbleState {
  if (status !== 'sent' && status !== 'delivered' && status !== 'read') return 'underway';
  return read ? 'read' : status;
}

/** The exchange without secrets, for the page. */
function shown(traffic: Traffic): Exchange {
  const cut = (body: string): string =>
    body.length <= SHOWN_BODY ? body : `${body.slice(0, SHOWN_BODY)}\n… ${body.length - SHOWN_BODY} more characters`;
  const { requestBody, responseBody } = traffic;
  return withoutSecrets({ ...traffic, requestBody: cut(requestBody), responseBody: cut(responseBody) });
}
