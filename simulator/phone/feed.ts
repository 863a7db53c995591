// Turns what the carrier tells into what a phone shows. Owns the fate of each text on its way to the product and who is
// typing; owns no messages. All of it is in memory and gone with the process, as the carrier's messages are.

import type {
  CarrierEvent,
  CarrierForPhones,
  CarrierMessage,
  InboundRequest,
  Traffic,
} from '../twilio/carrier-types.ts';
import { isPlain } from './extras.ts';
import { withoutSecrets } from './mask.ts';
import type { Bubble, BubbleState, Exchange, Extras, PhoneEvent, Typing } from './phone-events.ts';
import { undeliveredBecause, webhookOutcome } from './trouble.ts';

const SHOWN_BUBBLES = 1000;
const SHOWN_BODY = 20_000;

export type Feed = {
  snapshot(): PhoneEvent;
  subscribe(listener: (event: PhoneEvent) => void): () => void;
  /** Hands a text to the carrier. A repeat with the same client id answers with the first one's bubble. */
  send(clientId: string, request: InboundRequest, extras: Extras): Bubble;
  /** The phone shows these messages. */
  markRead(sids: readonly string[]): void;
  close(): void;
};

const numberOf = (address: string): string => address.replace(/^whatsapp:/, '');
const chatOf = (number: string, sender: string): string => `${number} ${sender}`;

export function createFeed(carrier: CarrierForPhones): Feed {
  const listeners = new Set<(event: PhoneEvent) => void>();
  const webhooks = new Map<string, 'taken' | { trouble: string }>();
  /** Read on either side: by the product, or on the phone. The carrier itself knows no read receipt on SMS. */
  const seen = new Set<string>();
  const typing = new Map<string, Typing>();
  const clientIds = new Map<string, string>();
  const added = new Map<string, Extras>();

  function bubbleOf(message: CarrierMessage): Bubble {
    const mine = message.direction === 'inbound';
    const webhook = webhooks.get(message.sid);
    const read = seen.has(message.sid) || message.status === 'read';
    const refused = mine && webhook !== undefined && webhook !== 'taken' ? webhook.trouble : null;
    const extras = added.get(message.sid);
    const trouble = mine ? (read ? null : refused) : undeliveredBecause(message);
    return {
      sid: message.sid,
      clientId: clientIds.get(message.sid) ?? null,
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
      state: trouble !== null ? 'failed' : mine ? ownState(read, webhook) : theirState(read, message),
      trouble,
      ...(extras ? { extras } : {}),
    };
  }

  const findMessage = (sid: string): CarrierMessage | undefined => carrier.messages().find((m) => m.sid === sid);

  // A microtask later, so that a text sent from the page carries its client id in the very first event.
  const tell = (event: () => PhoneEvent): void =>
    queueMicrotask(() => {
      const told = event();
      for (const listener of listeners) listener(told);
    });
  const tellBubble = (message: CarrierMessage): void => tell(() => ({ type: 'bubble', bubble: bubbleOf(message) }));

  /** The product showed typing or answered: whatever the person had written there was read. */
  function markSeen(number: string, sender: string): void {
    for (const message of carrier.messages()) {
      if (message.direction !== 'inbound' || seen.has(message.sid)) continue;
      if (numberOf(message.from) !== number || message.to !== sender) continue;
      seen.add(message.sid);
      tellBubble(message);
    }
  }

  function noteWebhook(traffic: Traffic): void {
    if (traffic.kind !== 'webhook') return;
    const sid = new URLSearchParams(traffic.requestBody).get('MessageSid');
    const outcome = webhookOutcome(traffic);
    if (sid === null || outcome === null || webhooks.get(sid) === 'taken') return;
    webhooks.set(sid, outcome);
    const message = findMessage(sid);
    if (message) tellBubble(message);
  }

  function hear(event: CarrierEvent): void {
    switch (event.type) {
      case 'message':
      case 'status':
        if (event.type === 'message' && event.message.direction !== 'inbound') {
          const number = numberOf(event.message.to);
          typing.delete(chatOf(number, event.message.from));
          markSeen(number, event.message.from);
        }
        tellBubble(event.message);
        break;
      case 'typing': {
        const sign = { number: numberOf(event.to), sender: event.from, until: event.until };
        typing.set(chatOf(sign.number, sign.sender), sign);
        markSeen(sign.number, sign.sender);
        tell(() => ({ type: 'typing', typing: sign }));
        break;
      }
      case 'traffic':
        noteWebhook(event.traffic);
        tell(() => ({ type: 'exchange', exchange: shown(event.traffic) }));
    }
  }

  for (const traffic of carrier.traffic()) noteWebhook(traffic);
  const unsubscribe = carrier.subscribe(hear);

  return {
    snapshot: () => ({
      type: 'snapshot',
      senders: carrier.senders,
      bubbles: carrier.messages().slice(-SHOWN_BUBBLES).map(bubbleOf),
      typing: [...typing.values()].filter(({ until }) => until > Date.now()),
      exchanges: carrier.traffic().map(shown),
    }),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    send(clientId, request, extras) {
      const earlier = [...clientIds].find(([, id]) => id === clientId)?.[0];
      const known = earlier === undefined ? undefined : findMessage(earlier);
      if (known) return bubbleOf(known);
      const message = carrier.receive(request);
      clientIds.set(message.sid, clientId);
      if (!isPlain(extras)) added.set(message.sid, extras);
      return bubbleOf(message);
    },
    markRead(sids) {
      for (const message of sids.map(findMessage)) {
        if (!message || message.direction === 'inbound') continue;
        seen.add(message.sid);
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

function ownState(read: boolean, webhook: 'taken' | { trouble: string } | undefined): BubbleState {
  if (read) return 'read';
  return webhook === 'taken' ? 'delivered' : 'sent';
}

function theirState(read: boolean, { status }: CarrierMessage): BubbleState {
  if (status !== 'sent' && status !== 'delivered' && status !== 'read') return 'underway';
  return read ? 'read' : status;
}

/** As the page may have it. */
function shown(traffic: Traffic): Exchange {
  const cut = (body: string): string =>
    body.length <= SHOWN_BODY ? body : `${body.slice(0, SHOWN_BODY)}\n… ${body.length - SHOWN_BODY} more characters`;
  const { requestBody, responseBody } = traffic;
  return withoutSecrets({ ...traffic, requestBody: cut(requestBody), responseBody: cut(responseBody) });
}
