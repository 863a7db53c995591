import { type Channel, channelOf, isAddress } from './addresses.ts';
import type { Verdict } from './approvals.ts';
import { type Background, createBackground } from './background.ts';
import { createCallbacks } from './callbacks.ts';
import type { CarrierEvent, CarrierForPhones, CarrierMessage } from './carrier-types.ts';
import { type ChannelSenders, createChannelSenders } from './channel-senders.ts';
import type { StoredContent } from './contents.ts';
import { createPostman } from './delivery.ts';
import { type CarrierFaults, createCarrierFaults } from './faults.ts';
import { inboundForm, type Tapped, tapForm } from './forms.ts';
import { KEEPS_NOTHING, type KeptMessages } from './kept-messages.ts';
import { createLifecycle, type Lifecycle, type LifecyclePace } from './lifecycle.ts';
import type { OutboundRequest } from './outbound.ts';
import { createMediaFetcher } from './outbound-media.ts';
import { createPhoneNumbers, type PhoneNumbers } from './phone-numbers.ts';
import { smsSegments } from './segments.ts';
import { createStore, type MessageStore, newMedia, newSid, type StoredMessage } from './store.ts';
import { createTrafficLog, type TrafficLog } from './traffic.ts';
import { createWebhookDelivery } from './webhook-delivery.ts';

// The fake carrier: phones' texts become signed webhooks, and the product's requests become messages with status
// callbacks. api.ts is the REST API in front of it. Messages on disk survive a restart and continue where they were;
// everything else is in memory.

export type CarrierOptions = {
  accountSid: string;
  authToken: string;
  apiKey?: { sid: string; secret: string };
  /** The product's addresses, `whatsapp:+E164` or `+E164`. */
  senders: string[];
  /** The sandbox addresses among them: they work, but the senders API does not list them. */
  sandboxes?: string[];
  /** Full URL of the product's webhook, with query and connection overrides (`#rc=2&rp=5xx`) if any. */
  webhookUrl: string;
  /** Called at once when all tries of the webhook failed; a setting made by the API overrides this. */
  fallbackUrl?: string;
  /** The address of this carrier's API, without a slash at the end; media URLs begin with it. */
  apiUrl: string;
  /** Approved templates by content SID. */
  templates?: Record<string, string>;
  now?: () => number;
  pace?: Partial<LifecyclePace>;
  /**
   * Others may sign webhooks in this carrier's name, as a test beside `npm start` does: a person who never wrote
   * through this carrier then has an open window.
   */
  othersMayDeliver?: boolean;
  /** The folder that keeps messages over restarts. */
  kept?: KeptMessages;
  /** Sends a phone's webhooks one after another, each after the previous one was answered or given up. */
  oneByOne?: boolean;
  /** Ids of messages; random by default. */
  newId?: (prefix: 'SM' | 'MM') => string;
};

export type Carrier = CarrierForPhones & {
  readonly faults: CarrierFaults;
  /** WhatsApp decides on a submitted template. Throws when there is none. */
  judgeTemplate(contentSid: string, verdict: Verdict, reason?: string): void;
  /** Suspends, closes or reopens the account. */
  setAccountStatus(status: AccountStatus): void;
  /** Resolves when no delivery and no timer is left. */
  settled(): Promise<void>;
  /** Ends deliveries and timers; afterwards the carrier accepts nothing. */
  close(): Promise<void>;
  /** For the API in front of the carrier. */
  readonly desk: CarrierDesk;
};

type AccountStatus = 'active' | 'suspended' | 'closed';

export type CarrierDesk = {
  readonly account: Readonly<Pick<CarrierOptions, 'accountSid' | 'authToken' | 'apiKey' | 'apiUrl'>>;
  readonly senders: readonly string[];
  /** Webhook addresses of WhatsApp senders that were set by the API. */
  readonly channelSenders: ChannelSenders;
  /** Webhook addresses of numbers for SMS that were set by the API. */
  readonly phoneNumbers: PhoneNumbers;
  accountStatus(): AccountStatus;
  readonly templates: Readonly<Record<string, string>>;
  /** Content created through the Content API, by sid. */
  readonly contents: Map<string, StoredContent>;
  readonly store: MessageStore;
  readonly traffic: TrafficLog;
  readonly background: Background;
  now(): number;
  accept(request: OutboundRequest): StoredMessage;
  readonly begin: Lifecycle['begin'];
  /** The typing indicator also marks the inbound message as read. */
  showTyping(inbound: StoredMessage): void;
};

const PACE: LifecyclePace = { sent: 60, delivered: 200, listLag: 300 };
const TYPING_MS = 25_000;
const OPT_OUT = ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'];
const OPT_IN = ['START', 'YES', 'UNSTOP'];

const segments = (channel: Channel, body: string): number => (channel === 'whatsapp' ? 1 : smsSegments(body));

/** The tapped item. Throws when the person sees no such item. */
function choiceOf(store: MessageStore, person: string, { sid, id }: { sid: string; id: string }): Tapped {
  const message = store.get(sid);
  const item = message?.to === person ? message.offer?.items.find((one) => one.id === id) : undefined;
  if (!message?.offer || !item) throw new Error(`${person} has no ${id} to tap in ${sid}`);
  return { kind: message.offer.kind, id, title: item.title, sid, sender: message.from };
}

export function createCarrier(options: CarrierOptions): Carrier {
  const now = options.now ?? Date.now;
  const pace = { ...PACE, ...options.pace };
  const newId = options.newId ?? newSid;
  const listeners = new Set<(event: CarrierEvent) => void>();
  const emit = (event: CarrierEvent): void => {
    for (const listener of listeners) listener(event);
  };

  const background = createBackground();
  const faults = createCarrierFaults();
  const store = createStore(emit, options.kept ?? KEEPS_NOTHING);
  const traffic = createTrafficLog(now, emit);
  const postman = createPostman(options, traffic, background);
  const callbacks = createCallbacks(options.accountSid, postman, faults, background);
  const fetchMedia = createMediaFetcher(postman, traffic, background);
  const lifecycle = createLifecycle(
    { store, callbacks, faults, background, fetchMedia },
    pace,
    now,
    !options.othersMayDeliver,
  );
  const typing = new Map<string, number>();
  const channelSenders = createChannelSenders(options.senders, options.sandboxes ?? []);
  const phoneNumbers = createPhoneNumbers(options.senders);
  const contents = new Map<string, StoredContent>();
  const deliverWebhook = createWebhookDelivery(
    { store, postman, faults, background, channelSenders, phoneNumbers },
    options,
  );
  let accountStatus: AccountStatus = 'active';

  /** After the phone's earlier webhooks. */
  const lines = new Map<string, Promise<void>>();
  function inLine(phone: string, bring: () => Promise<void>): Promise<void> {
    const next = (lines.get(phone) ?? Promise.resolve()).then(bring);
    lines.set(
      phone,
      next.catch(() => {}),
    );
    return next;
  }

  const endTyping = (sender: string, person: string): void => {
    if ((typing.get(`${sender} ${person}`) ?? 0) > now())
      emit({ type: 'typing', to: person, from: sender, until: now() });
    typing.delete(`${sender} ${person}`);
  };

  function noteOptOut(message: CarrierMessage): void {
    if (channelOf(message.from) !== 'sms') return;
    const word = message.body.trim().toUpperCase();
    if (OPT_OUT.includes(word)) store.setOptedOut(message.to, message.from, true);
    if (OPT_IN.includes(word)) store.setOptedOut(message.to, message.from, false);
  }

  /** The message list is not read-after-write. */
  function listLater(message: StoredMessage): void {
    if (message.listed) return;
    background.run(async () => {
      await background.sleep(pace.listLag);
      store.update(message.sid, { listed: true }, false);
    });
  }

  const fresh = (from: string, to: string, body: string, mms: boolean) => ({
    sid: newId(mms ? 'MM' : 'SM'),
    from,
    to,
    body,
    errorCode: null,
    errorMessage: null,
    createdAt: now(),
    updatedAt: now(),
    listed: pace.listLag <= 0,
    numSegments: segments(channelOf(to), body),
    due: null,
  });

  /** Finishes an earlier process's work. */
  for (const message of store.all()) {
    if (message.direction === 'inbound') noteOptOut(message);
    listLater(message);
    if (message.due !== null) background.run(() => deliverWebhook(message, message.due ?? {}));
    if (message.status === 'queued' || message.status === 'sent') void lifecycle.begin(message, true);
  }

  return {
    senders: options.senders,
    faults,
    messages: () => store.all(),
    traffic: () => traffic.all(),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    receive(request) {
      const { from, to } = request;
      const tapped = request.tap ? choiceOf(store, from, request.tap) : null;
      if (!options.senders.includes(to))
        throw new Error(`${to} is not one of the senders: ${options.senders.join(', ')}`);
      if (!isAddress(from) || channelOf(from) !== channelOf(to)) throw new Error(`${from} cannot write to ${to}`);
      const media = (request.media ?? []).map(newMedia);
      // WhatsApp has no captions on most documents: Twilio puts the file name there.
      const named = media.find((item) => item.contentType.startsWith('application/'))?.fileName;
      const body = tapped?.title || request.body || (channelOf(from) === 'whatsapp' && named) || '';
      const message = store.add({
        ...fresh(from, to, body, media.length > 0),
        direction: 'inbound',
        media,
        offer: null,
        status: 'received',
        sentAt: now(),
        statusCallback: null,
        mediaUrls: [],
        freeForm: true,
      });
      noteOptOut(message);
      listLater(message);
      const extra = tapped ? { ...request.extra, ...tapForm(tapped) } : request.extra;
      const form = inboundForm(options.accountSid, options.apiUrl, extra ? { ...request, extra } : request, message);
      store.update(message.sid, { due: form }, false);
      const bring = (): Promise<void> => deliverWebhook(message, form, request.webhook);
      const isInLine = options.oneByOne && request.webhook?.lateMs === undefined;
      background.run(() => (isInLine ? inLine(from, bring) : bring()));
      return message;
    },
    judgeTemplate(contentSid, status, reason = '') {
      const content = contents.get(contentSid);
      if (!content?.approval) throw new Error(`${contentSid} was not submitted for approval`);
      contents.set(contentSid, { ...content, approval: { ...content.approval, status, reason } });
    },
    setAccountStatus(status) {
      accountStatus = status;
    },
    markRead: lifecycle.markRead,
    settled: () => background.settled(),
    close: () => background.close(),
    desk: {
      account: options,
      senders: options.senders,
      templates: options.templates ?? {},
      channelSenders,
      phoneNumbers,
      accountStatus: () => accountStatus,
      contents,
      store,
      traffic,
      background,
      now,
      accept(request) {
        const { freeForm, mediaUrls, offer } = request;
        const statusCallback =
          request.statusCallback ?? channelSenders.of(request.from)?.webhook.status_callback_url ?? null;
        const message = store.add({
          ...fresh(request.from, request.to, request.body, mediaUrls.length > 0),
          direction: 'outbound-api',
          media: [],
          offer,
          status: 'queued',
          sentAt: null,
          statusCallback,
          mediaUrls,
          freeForm,
        });
        endTyping(request.from, request.to);
        listLater(message);
        return message;
      },
      begin: lifecycle.begin,
      showTyping(inbound) {
        const until = now() + TYPING_MS;
        typing.set(`${inbound.to} ${inbound.from}`, until);
        if (inbound.status !== 'read') store.update(inbound.sid, { status: 'read', updatedAt: now() }, true);
        emit({ type: 'typing', to: inbound.from, from: inbound.to, until });
      },
    },
  };
}
