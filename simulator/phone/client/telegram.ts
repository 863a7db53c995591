import type { Exchange } from '../phone-events.ts';

// Which message an exchange with Telegram is about. Pure; the server uses it too.

const hex = (value: number): string => value.toString(16).padStart(16, '0');
/** The id of a message on the page. TR: in a group, whose ids are negative. */
export const sidOf = (chatId: number, messageId: number): string =>
  `${chatId < 0 ? 'TR' : 'TG'}${hex(Math.abs(chatId))}${hex(messageId)}`;

/** Whether our address in a chat is a group that the bot is in. */
export const isGroup = (sender: string): boolean => sender.startsWith('telegram:-');

type Told = { message_id?: number; chat?: { id?: number } };
type Body = { message?: Told; edited_message?: Told; result?: Told };

function read(text: string): Body {
  try {
    return (JSON.parse(text) ?? {}) as Body;
  } catch {
    return {};
  }
}

/** The message of an update, or of a call that sent or edited one. */
export function telegramSid({
  kind,
  requestBody,
  responseBody,
}: Pick<Exchange, 'kind' | 'requestBody' | 'responseBody'>): string | null {
  const update = kind === 'webhook' && requestBody.startsWith('{"update_id"') ? read(requestBody) : {};
  const answer = kind === 'api' && responseBody.startsWith('{"ok":true,"result":{') ? read(responseBody) : {};
  const told = update.message ?? update.edited_message ?? answer.result;
  const { message_id: messageId, chat } = told ?? {};
  return messageId === undefined || chat?.id === undefined ? null : sidOf(chat.id, messageId);
}
