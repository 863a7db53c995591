import type { MessageEntity } from '@grammyjs/types';
import { sidOf } from '../phone/client/telegram.ts';
import type { CarrierMedia, CarrierMessage } from '../twilio/carrier-types.ts';
import type { FileOfPerson } from './people.ts';
import type { StoredFile, StoredMessage } from './records.ts';

// Telegram's messages as the phone page knows messages. Pure.

/** The ends of a chat: our side is the bot, or the group that the bot is in. */
export type Ends = { person: string; sender: string; topicName?: string | undefined };

/** The chat and message behind the page's id of a message. */
export function placeOf(sid: string): { chatId: number; messageId: number } {
  const chat = Number.parseInt(sid.slice(2, 18), 16);
  return { chatId: sid.startsWith('TR') ? -chat : chat, messageId: Number.parseInt(sid.slice(18), 16) };
}

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

export function kindOf(file: { contentType: string; fileName: string | null }): FileOfPerson['kind'] {
  const { contentType, fileName } = file;
  if (/^image\/(jpeg|png|webp)$/.test(contentType)) return 'photo';
  if (contentType.startsWith('video/')) return 'video';
  if (!contentType.startsWith('audio/')) return 'document';
  return fileName === null ? 'voice' : 'audio';
}

/** The line of a topic that begins or is renamed, or of somebody who joined or left; null for a message with content. */
function serviceWords({ from, isOurs, joined, left, ...topic }: StoredMessage): string | null {
  const who = isOurs ? from.first_name : 'You';
  if (topic.topicMade) return `${who} made the topic “${topic.topicMade.name}”`;
  if (topic.topicRenamed !== null) return `${who} renamed the topic to “${topic.topicRenamed}”`;
  if (joined.length > 0) return `${from.first_name} added ${joined.map(({ first_name: name }) => name).join(', ')}`;
  return left ? `${from.first_name} removed ${left.first_name}` : null;
}

export function carrierMessage(message: StoredMessage, { person, sender, topicName }: Ends): CarrierMessage {
  const buttons = (message.keyboard?.inline_keyboard.flat() ?? []).flatMap((button) =>
    'callback_data' in button ? [{ id: button.callback_data, title: button.text }] : [],
  );
  const service = serviceWords(message);
  const { replyTo, quote, threadId } = message;
  return {
    sid: sidOf(message.chatId, message.id),
    direction: message.isOurs ? 'outbound-api' : 'inbound',
    from: message.isOurs ? sender : person,
    to: message.isOurs ? person : sender,
    body: service ?? message.text,
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
      repliesTo: replyTo === null ? null : { sid: sidOf(message.chatId, replyTo), quote: quote?.text ?? null },
      isService: service !== null,
      topic: threadId === null ? null : { id: threadId, name: topicName ?? 'Topic' },
    },
  };
}
