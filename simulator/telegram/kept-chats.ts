import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openOrBegin } from '../twilio/kept-messages.ts';
import type { StoredChat, StoredFile, StoredMessage, TelegramEvent } from './records.ts';

// Keeps the newest messages of private chats on disk, with their files, so that chats survive a restart. Owns the SQL.
// Groups, drafts and updates that the bot has not taken yet end with the process.

const KEPT = 2_000;

export type KeptChats = {
  chats(): StoredChat[];
  /** Notes what has happened in `chat`. */
  keep(event: TelegramEvent, chat: StoredChat | undefined): void;
  close(): void;
};

export const KEEPS_NO_CHATS: KeptChats = { chats: () => [], keep: () => undefined, close: () => undefined };

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS chats (id INTEGER PRIMARY KEY, chat TEXT NOT NULL, is_blocked INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS messages (chat INTEGER NOT NULL, id INTEGER NOT NULL, row TEXT NOT NULL, file BLOB,
    PRIMARY KEY (chat, id));
`;

export function openKeptChats(folder: string): KeptChats {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'telegram.db');
  const db = openOrBegin(path, SCHEMA);
  chmodSync(path, 0o600);
  const putChat = db.prepare('INSERT OR REPLACE INTO chats (id, chat, is_blocked) VALUES (?, ?, ?)');
  const putMessage = db.prepare('INSERT OR REPLACE INTO messages (chat, id, row, file) VALUES (?, ?, ?, ?)');
  const messagesOf = db.prepare('SELECT row, file FROM messages WHERE chat = ? ORDER BY id');
  const remove = db.prepare('DELETE FROM messages WHERE chat = ? AND id = ?');
  const forget = db.prepare(
    'DELETE FROM messages WHERE id <= (SELECT id FROM messages ORDER BY id DESC LIMIT 1 OFFSET ?)',
  );

  const messagesIn = (chat: number): StoredMessage[] =>
    messagesOf.all(chat).map(({ row, file }) => {
      const { file: named, ...message } = JSON.parse(String(row)) as StoredMessage;
      const bytes = file as Uint8Array | null;
      return { ...message, file: named === null || bytes === null ? null : { ...named, bytes } };
    });

  return {
    chats: () =>
      db
        .prepare('SELECT id, chat, is_blocked FROM chats')
        .all()
        .map(({ id, chat, is_blocked }) =>
          chatOf(JSON.parse(String(chat)) as StoredChat['chat'], is_blocked === 1, messagesIn(Number(id))),
        ),
    keep(event, chat) {
      if (chat?.chat.type !== 'private' || !db.isOpen) return;
      const { id } = chat.chat;
      if (event.type === 'delete') return void remove.run(id, event.message.id);
      if (event.type !== 'message' && event.type !== 'edit' && event.type !== 'block') return;
      putChat.run(id, JSON.stringify(chat.chat), chat.isBlocked ? 1 : 0);
      if (event.type === 'block') return;
      const { file, ...message } = event.message;
      const { bytes = null, ...named } = file ?? ({} as Partial<StoredFile>);
      const row = JSON.stringify({ ...message, file: file && named });
      putMessage.run(id, message.id, row, bytes);
      forget.run(KEPT);
    },
    close: () => void (db.isOpen && db.close()),
  };
}

/** The person had to press Start before they wrote, so the chat is open. Service messages have the topics' names. */
function chatOf(chat: StoredChat['chat'], isBlocked: boolean, messages: readonly StoredMessage[]): StoredChat {
  const topics = new Map<number, string>();
  for (const { threadId, topicMade, topicRenamed } of messages) {
    const name = topicMade?.name ?? topicRenamed;
    if (threadId !== null && name !== null) topics.set(threadId, name);
  }
  const byId = new Map(messages.map((message) => [message.id, message]));
  return {
    chat,
    isOpen: messages.length > 0,
    isBlocked,
    forbidsVoice: false,
    messages: byId,
    topics,
    draft: null,
    action: null,
  };
}
