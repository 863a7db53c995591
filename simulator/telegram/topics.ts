import type { User } from '@grammyjs/types';
import type { StoredChat, StoredMessage } from './records.ts';
import { Refusal } from './refusals.ts';
import { blankMessage, type World } from './world.ts';

// Topics of a private chat. A topic begins with a service message and has its id. Another service message renames it.

export const BLUE = 0x6fb9f0;
/** The colours that a topic's icon can have. */
export const COLORS: readonly number[] = [BLUE, 0xffd67e, 0xcb86db, 0x8eee98, 0xff93b2, 0xfb6f5f];
const LONGEST_NAME = 128;

function checkName(name: string): void {
  if (name.trim() === '' || name.length > LONGEST_NAME) throw new Refusal('topicName');
}

export function beginTopic(
  world: World,
  chat: StoredChat,
  from: User,
  topic: { name: string; color: number },
): StoredMessage {
  if (chat.chat.type !== 'private' || !world.bot.hasTopics) throw new Refusal('notForum');
  checkName(topic.name);
  const blank = blankMessage(world, chat.chat.id, from);
  const message = { ...blank, threadId: blank.id, topicMade: topic };
  chat.topics.set(message.id, topic.name);
  world.put(message, 'message');
  return message;
}

export function renameTopic(
  world: World,
  chat: StoredChat,
  from: User,
  { threadId, name }: { threadId: number; name: string },
): StoredMessage {
  if (!chat.topics.has(threadId)) throw new Refusal('thread');
  checkName(name);
  const message = { ...blankMessage(world, chat.chat.id, from), threadId, topicRenamed: name };
  chat.topics.set(threadId, name);
  world.put(message, 'message');
  return message;
}
