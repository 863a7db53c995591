import type {
  CarrierEvent,
  CarrierForPhones,
  CarrierMessage,
  InboundRequest,
  TelegramOnPhones,
  Traffic,
} from '../twilio/carrier-types.ts';
import type { Group, Person, With } from './people.ts';
import { carrierMessage, kindOf, placeOf } from './phone-messages.ts';
import type { InTopic, StoredMessage, TelegramEvent } from './records.ts';
import type { Telegram } from './server.ts';

// Telegram as the phone page knows carriers: a chat with the bot for each phone, and the groups it made. The digits of
// the phone's number are the person's id. A phone that never wrote presses Start first, as the client asks for.

/** The ids of both carriers' exchanges are in one list. */
const FIRST_EXCHANGE = 1_000_000_000;

const inTopic = ({ threadId }: InTopic): { topic?: number } => (threadId === null ? {} : { topic: threadId });
const idOf = (address: string): number => Number(address.slice('telegram:'.length));

export function createTelegramForPhones(telegram: Telegram): CarrierForPhones {
  const bot = `telegram:${telegram.botId}`;
  const people = new Map<number, Person>();
  const groups = new Map<number, { group: Group; owner: Person }>();
  const blockers = new Set<string>();
  const shown: CarrierMessage[] = [];

  /** Null: a group without a phone. */
  function messageOf(message: StoredMessage): CarrierMessage | null {
    const { chatId, threadId } = message;
    const topicName = threadId === null ? undefined : people.get(chatId)?.topics().get(threadId);
    if (chatId > 0) return carrierMessage(message, { person: `telegram:${chatId}`, sender: bot, topicName });
    const owner = groups.get(message.chatId)?.owner;
    return owner
      ? carrierMessage(message, { person: `telegram:${owner.id}`, sender: `telegram:${message.chatId}` })
      : null;
  }

  function showMessage({ type, message: stored }: TelegramEvent & { message: StoredMessage }): CarrierEvent | null {
    const message = messageOf(stored);
    if (!message) return null;
    const at = shown.findIndex(({ sid }) => sid === message.sid);
    if (type === 'delete') {
      if (at >= 0) shown.splice(at, 1);
      return { type: 'gone', sid: message.sid };
    }
    if (at < 0) shown.push(message);
    else shown[at] = message;
    return { type: type === 'edit' ? 'status' : 'message', message };
  }

  function eventOf(event: TelegramEvent): CarrierEvent | null {
    switch (event.type) {
      case 'message':
      case 'edit':
      case 'delete':
        return showMessage(event);
      case 'action':
        if (event.action !== 'typing' || event.chatId < 0) return null;
        return { type: 'typing', to: `telegram:${event.chatId}`, from: bot, until: event.until, ...inTopic(event) };
      case 'draft': {
        const { text = null, canStop = false, until = 0 } = event.draft ?? {};
        return { type: 'draft', to: `telegram:${event.chatId}`, from: bot, text, canStop, until, ...inTopic(event) };
      }
      case 'answer': {
        const { answer, chatId } = event.callback;
        return answer?.text ? { type: 'toast', to: `telegram:${chatId}`, from: bot, text: answer.text } : null;
      }
      case 'block': {
        const person = `telegram:${event.chatId}`;
        if (event.isBlocked) blockers.add(person);
        else blockers.delete(person);
        return { type: 'block', to: person, from: bot, isBlocked: event.isBlocked };
      }
    }
  }

  const listeners = new Set<(event: CarrierEvent) => void>();
  const tell = (event: CarrierEvent | null): void => {
    if (event) for (const listener of listeners) listener(event);
  };
  const exchange = (traffic: Traffic): Traffic => ({ ...traffic, id: FIRST_EXCHANGE + traffic.id });
  telegram.subscribe((event) => tell(eventOf(event)));
  telegram.subscribeToTraffic((traffic) => tell({ type: 'traffic', traffic: exchange(traffic) }));

  function personOf(address: string, profileName?: string): Person {
    const id = idOf(address);
    const known = people.get(id);
    if (known) return known;
    const person = telegram.person({ id, ...(profileName ? { firstName: profileName } : {}) });
    people.set(id, person);
    return person;
  }

  for (const { id, firstName, isBlocked, messages } of telegram.known()) {
    personOf(`telegram:${id}`, firstName);
    if (isBlocked) blockers.add(`telegram:${id}`);
    shown.push(...messages.flatMap((message) => messageOf(message) ?? []));
  }

  /** As the client asks for. */
  function beginWriting(person: Person): void {
    person.unblock();
    if (!person.hasStarted()) person.start();
  }

  function post(request: InboundRequest, person: Person): StoredMessage {
    const { to, body = '', media = [], extra = {}, topic } = request;
    const quoted = extra.OriginalRepliedMessageSid;
    const more: With = {
      ...(quoted ? { replyTo: placeOf(quoted).messageId } : {}),
      ...(extra.Forwarded === 'true' ? { isForwarded: true } : {}),
      ...(topic === undefined ? {} : { threadId: topic }),
    };
    const group = groups.get(idOf(to))?.group;
    if (group) return group.text(person, body, more);
    const started = /^\/start(?: (\S+))?$/.exec(body.trim());
    if (started && topic === undefined) return person.start(started[1]);
    beginWriting(person);
    if (extra.Latitude !== undefined) return person.sendPlace(Number(extra.Latitude), Number(extra.Longitude), more);
    const [file] = media;
    if (!file) return person.text(body, more);
    const { contentType: mimeType, fileName, bytes } = file;
    const named = fileName === null ? {} : { name: fileName };
    return person.sendFile({ kind: kindOf(file), bytes, mimeType, ...named }, body, more);
  }

  /** The person's own message with this id. */
  const findOwn = (sid: string): CarrierMessage | undefined =>
    shown.find((one) => one.sid === sid && one.direction === 'inbound' && !one.telegram?.isService);

  const onPhones: TelegramOnPhones = {
    stopDraft: (person) => people.get(idOf(person))?.stopDraft() ?? false,
    edit(sid, text) {
      const { chatId, messageId } = placeOf(sid);
      const person = people.get(chatId);
      if (!findOwn(sid) || !person) return false;
      person.edit(messageId, text);
      return true;
    },
    remove(sid) {
      const { chatId, messageId } = placeOf(sid);
      const person = people.get(chatId);
      person?.deleteMessage(messageId);
      return person !== undefined;
    },
    block(person, isBlocked) {
      if (isBlocked) personOf(person).block();
      else personOf(person).unblock();
    },
    blockers: () => [...blockers],
    makeTopic(address, name, profileName) {
      const person = personOf(address, profileName);
      beginWriting(person);
      return person.makeTopic(name).id;
    },
    renameTopic(address, topic, name) {
      const person = people.get(idOf(address));
      if (!person?.topics().has(topic)) return false;
      beginWriting(person);
      person.renameTopic(topic, name);
      return true;
    },
    makeGroup(address) {
      const owner = personOf(address);
      const group = owner.createGroup(`${owner.user.first_name}’s group`);
      groups.set(group.id, { group, owner });
      group.addBot(owner);
      return `telegram:${group.id}`;
    },
  };

  return {
    senders: [bot],
    receive(request) {
      const person = personOf(request.from, request.profileName);
      const { tap } = request;
      if (tap) {
        person.tap(placeOf(tap.sid).messageId, { data: tap.id });
        const tapped = shown.find(({ sid }) => sid === tap.sid);
        if (tapped) return tapped;
      }
      const message = messageOf(post(request, person));
      if (!message) throw new Error(`No phone shows ${request.to}.`);
      return message;
    },
    // Telegram tells bots nothing of that.
    markRead: () => undefined,
    telegram: onPhones,
    messages: () => shown,
    traffic: () => telegram.traffic().map(exchange),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Both carriers as one. */
export function joined(first: CarrierForPhones, second: CarrierForPhones): CarrierForPhones {
  const isSecond = (address: string): boolean => address.startsWith('telegram:');
  return {
    senders: [...first.senders, ...second.senders],
    receive: (request) => (isSecond(request.to) ? second : first).receive(request),
    markRead: (sid) => (/^T[GR]/.test(sid) ? second : first).markRead(sid),
    ...(second.telegram ? { telegram: second.telegram } : {}),
    messages: () => [...first.messages(), ...second.messages()].sort((a, b) => a.createdAt - b.createdAt),
    traffic: () => [...first.traffic(), ...second.traffic()].sort((a, b) => a.at - b.at),
    subscribe(listener) {
      const ends = [first.subscribe(listener), second.subscribe(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}
