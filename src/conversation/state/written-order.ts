import type { ChannelOf } from '../policy/channel.ts';
import type { Message } from './rows.ts';

// Webhooks of one chat may come in another order than the person wrote in. Where the channel numbers the texts of a chat,
// those that are read together stand in the order of their numbers.

/**
 * The texts of each chat in the order of their numbers, on the places that they have among the others. `messages`: in
 * the order in which they came.
 */
export function inWrittenOrder(messages: readonly Message[], channelOf: ChannelOf): Message[] {
  const chats = new Map<string, Numbered[]>();
  const numbered = messages.map((message) => ({ message, number: numberOf(message, channelOf) }));
  for (const { message, number } of numbered) {
    if (number === null) continue;
    const chat = chats.get(chatOf(message)) ?? [];
    chats.set(chatOf(message), chat);
    chat.push({ message, number });
  }
  const written = new Map(
    [...chats].map(([chat, texts]) => [chat, texts.sort((a, b) => a.number - b.number).values()]),
  );
  return numbered.map(({ message, number }) =>
    number === null ? message : (written.get(chatOf(message))?.next().value?.message ?? message),
  );
}

type Numbered = { message: Message; number: number };

const chatOf = ({ from, to }: Message): string => `${from} ${to}`;

const numberOf = ({ from, providerId, action }: Message, channelOf: ChannelOf): number | null =>
  action === null ? (channelOf(from).readId?.(providerId)?.number ?? null) : null;
