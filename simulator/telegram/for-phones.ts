import type { MessageEntity } from '@grammyjs/types';
import { sidOf } from '../phone/client/telegram.ts';
import type {
  CarrierEvent,
  CarrierForPhones,
  CarrierMedia,
  CarrierMessage,
  InboundRequest,
  Traffic,
} from '../twilio/carrier-types.ts';
import type { FileOfPerson, Person, With } from './people.ts';
import type { StoredFile, StoredMessage, TelegramEvent } from './records.ts';
import type { Telegram } from './server.ts';

// Telegram as the phone page knows carriers: a chat with the bot for each phone. The digits of the phone's number are
// the person's id. A phone that never wrote presses Start first, as the client asks for.

/** The ids of both carriers' exchanges are in one list. */
const FIRST_EXCHANGE = 1_000_000_000;

const placeOf = (sid: string): { chatId: number; messageId: number } => ({
  chatId: Number.parseInt(sid.slice(2, 18), 16),
  messageId: Number.parseInt(sid.slice(18), 16),
});

const mediaOf = ({ id, mimeType, name, bytes }: StoredFile): CarrierMedia => ({
  sid: id,
  contentType: mimeType,
  fileName: name,
  bytes,
});

const shownEntity = (entity: MessageEntity) => ({
  type: entity.type,
  offset: entity.offset,
  length: entity.length,
  ...('url' in entity ? { url: entity.url } : {}),
});

function kindOf({ contentType, fileName }: { contentType: string; fileName: string | null }): FileOfPerson['kind'] {
  if (/^image\/(jpeg|png|webp)$/.test(contentType)) return 'photo';
  if (contentType.startsWith('video/')) return 'video';
  if (!contentType.startsWith('audio/')) return 'document';
  return fileName === null ? 'voice' : 'audio';
}

export function createTelegramForPhones(telegram: Telegram): CarrierForPhones {
  const sender = `telegram:${telegram.botId}`;
  const people = new Map<number, Person>();
  const shown: CarrierMessage[] = [];

  function messageOf(message: StoredMessage): CarrierMessage {
    const person = `telegram:${message.chatId}`;
    const buttons = (message.keyboard?.inline_keyboard.flat() ?? []).flatMap((button) =>
      'callback_data' in button ? [{ id: button.callback_data, title: button.text }] : [],
    );
    return {
      sid: sidOf(message.chatId, message.id),
      direction: message.isOurs ? 'outbound-api' : 'inbound',
      from: message.isOurs ? sender : person,
      to: message.isOurs ? person : sender,
      body: message.text,
      media: message.file ? [mediaOf(message.file)] : [],
      offer: buttons.length > 0 ? { kind: 'buttons', items: buttons } : null,
      status: message.isOurs ? 'delivered' : 'received',
      errorCode: null,
      errorMessage: null,
      createdAt: message.at,
      sentAt: message.at,
      updatedAt: message.editedAt ?? message.at,
      telegram: {
        entities: message.entities.map(shownEntity),
        isSilent: message.isSilent,
        isEdited: message.editedAt !== null,
      },
    };
  }

  function eventOf(event: TelegramEvent): CarrierEvent | null {
    if (event.type === 'message' || event.type === 'edit') {
      // Groups have no phone.
      if (event.message.chatId < 0) return null;
      const message = messageOf(event.message);
      const at = shown.findIndex(({ sid }) => sid === message.sid);
      if (at < 0) shown.push(message);
      else shown[at] = message;
      return { type: event.type === 'edit' ? 'status' : 'message', message };
    }
    if (event.type === 'action' && event.action === 'typing')
      return { type: 'typing', to: `telegram:${event.chatId}`, from: sender, until: event.until };
    if (event.type !== 'draft') return null;
    const { text = null, canStop = false, until = 0 } = event.draft ?? {};
    return { type: 'draft', to: `telegram:${event.chatId}`, from: sender, text, canStop, until };
  }

  const listeners = new Set<(event: CarrierEvent) => void>();
  const tell = (event: CarrierEvent | null): void => {
    if (event) for (const listener of listeners) listener(event);
  };
  const exchange = (traffic: Traffic): Traffic => ({ ...traffic, id: FIRST_EXCHANGE + traffic.id });
  telegram.subscribe((event) => tell(eventOf(event)));
  telegram.subscribeToTraffic((traffic) => tell({ type: 'traffic', traffic: exchange(traffic) }));

  function personOf({ from, profileName }: InboundRequest): Person {
    const id = Number(from.slice('telegram:'.length));
    const known = people.get(id);
    if (known) return known;
    const person = telegram.person({ id, ...(profileName ? { firstName: profileName } : {}) });
    people.set(id, person);
    return person;
  }

  return {
    senders: [sender],
    receive(request) {
      const person = personOf(request);
      const { body = '', tap, media = [], extra = {} } = request;
      if (tap) {
        person.tap(placeOf(tap.sid).messageId, { data: tap.id });
        const tapped = shown.find(({ sid }) => sid === tap.sid);
        if (tapped) return tapped;
      }
      const started = /^\/start(?: (\S+))?$/.exec(body.trim());
      if (started) return messageOf(person.start(started[1]));
      if (!person.hasStarted()) person.start();
      person.unblock();
      const quoted = extra.OriginalRepliedMessageSid;
      const more: With = quoted ? { replyTo: placeOf(quoted).messageId } : {};
      if (extra.Latitude !== undefined)
        return messageOf(person.sendPlace(Number(extra.Latitude), Number(extra.Longitude)));
      const [file] = media;
      if (!file) return messageOf(person.text(body, more));
      const { contentType: mimeType, fileName, bytes } = file;
      const named = fileName === null ? {} : { name: fileName };
      return messageOf(person.sendFile({ kind: kindOf(file), bytes, mimeType, ...named }, body, more));
    },
    // Telegram tells bots nothing of that.
    markRead: () => undefined,
    stopDraft: (person) => people.get(Number(person.slice('telegram:'.length)))?.stopDraft() ?? false,
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
  const ofAddress = (address: string): CarrierForPhones => (address.startsWith('telegram:') ? second : first);
  return {
    senders: [...first.senders, ...second.senders],
    receive: (request) => ofAddress(request.to).receive(request),
    markRead: (sid) => (sid.startsWith('TG') ? second : first).markRead(sid),
    stopDraft: (person) => ofAddress(person).stopDraft?.(person) ?? false,
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
