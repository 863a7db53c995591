import type { ResponseParameters } from '@grammyjs/types';

// Every refusal of the Bot API that the product can meet, as one table. `source` says where the description is from: the
// words that clients match on as they are known in the field, or ours. Pure.

export type RefusalRow = {
  code: 400 | 401 | 403 | 404 | 409 | 413 | 429 | 500 | 502 | 504;
  description: string;
  when: string;
  /** `field`: the description as clients in use know it. `own`: our words, the code is an assumption too. */
  source: 'docs' | 'field' | 'own';
};

const bad = (description: string, when: string, source: RefusalRow['source'] = 'field'): RefusalRow => ({
  code: 400,
  description: `Bad Request: ${description}`,
  when,
  source,
});

export const REFUSALS = {
  unauthorized: { code: 401, description: 'Unauthorized', when: 'The token was revoked.', source: 'field' },
  noSuchBot: { code: 404, description: 'Not Found', when: 'The token is not one, or another bot’s.', source: 'field' },
  noSuchMethod: {
    code: 404,
    description: 'Not Found: method not found',
    when: 'The Bot API has no such method, or it is not played here.',
    source: 'field',
  },
  webhookIsSet: {
    code: 409,
    description:
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    when: 'getUpdates while a webhook is set.',
    source: 'field',
  },
  otherPoller: {
    code: 409,
    description: 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    when: 'A second getUpdates begins; the first one ends with this.',
    source: 'field',
  },
  blocked: {
    code: 403,
    description: 'Forbidden: bot was blocked by the user',
    when: 'The person blocked the bot.',
    source: 'field',
  },
  notStarted: {
    code: 403,
    description: "Forbidden: bot can't initiate conversation with a user",
    when: 'The person has never pressed Start.',
    source: 'field',
  },
  kicked: {
    code: 403,
    description: 'Forbidden: bot was kicked from the group chat',
    when: 'The bot is no longer in the group.',
    source: 'field',
  },
  tooMany: {
    code: 429,
    description: 'Too Many Requests: retry after',
    when: 'The fault tooMany is switched on. The seconds follow, and are in parameters.retry_after.',
    source: 'field',
  },
  tooLargeRequest: {
    code: 413,
    description: 'Request Entity Too Large',
    when: 'An upload is above 50 MB.',
    source: 'field',
  },
  noChatId: bad('chat_id is empty', 'chat_id is missing.'),
  noChat: bad('chat not found', 'Nobody has this id.'),
  noText: bad('message text is empty', 'The text is missing, or nothing but white space.'),
  longText: bad('message is too long', 'The text is above 4096 UTF-16 units after its entities were read.'),
  longCaption: bad('message caption is too long', 'The caption is above 1024 UTF-16 units.'),
  entities: bad("can't parse entities", 'The HTML or an entity is wrong; what is wrong follows.'),
  parseMode: bad('unsupported parse_mode', 'parse_mode is not HTML. Markdown is not played here.'),
  reply: bad('message to be replied not found', 'reply_parameters names a message that is not in this chat.'),
  quote: bad('QUOTE_TEXT_INVALID', 'The quote is not a part of the message.'),
  thread: bad('message thread not found', 'The chat has no such topic.'),
  buttonData: bad('BUTTON_DATA_INVALID', 'callback_data is not 1 to 64 bytes.'),
  buttonUrl: bad('BUTTON_URL_INVALID', 'The url of a button is neither http(s) nor tg.'),
  keyboard: bad("can't parse inline keyboard button", 'A button is malformed; what is wrong follows.'),
  notModified: bad(
    'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    'An edit changes nothing.',
  ),
  noEdit: bad('message to edit not found', 'The message is not in this chat, or deleted.'),
  cannotEdit: bad("message can't be edited", 'It is another’s message, or has no text.'),
  noDelete: bad('message to delete not found', 'The message is not in this chat, or deleted.'),
  cannotDelete: bad("message can't be deleted for everyone", 'It is older than 48 hours.'),
  oldQuery: bad(
    'query is too old and response timeout expired or query ID is invalid',
    'A callback is answered too late, twice, or was never there.',
  ),
  longAnswer: bad('MESSAGE_TOO_LONG', 'The text of answerCallbackQuery is above 200 characters.', 'own'),
  draftChat: bad('TEXTDRAFT_PEER_INVALID', 'A draft for a group.'),
  draftId: bad('draft_id must be non-zero', 'draft_id is 0.', 'own'),
  fileId: bad('invalid file_id', 'No file has this id.'),
  wrongFile: bad('wrong file identifier/HTTP URL specified', 'The file is neither an upload, an id nor an address.'),
  bigFile: bad('file is too big', 'getFile of a file above 20 MB.'),
  fetchFile: bad('failed to get HTTP URL content', 'The address does not answer 200, or the file is too large for it.'),
  fileType: bad('wrong type of the web page content', 'The file at the address is not of the method’s type.'),
  noFile: bad('file must be non-empty', 'The file is empty.'),
  bigPhoto: bad('file of size', 'A photo above 10 MB; both sizes follow.'),
  photoSize: bad(
    'PHOTO_INVALID_DIMENSIONS',
    'A photo’s sides are above 10,000 together, or one is 20 times the other.',
  ),
  notPhoto: bad('IMAGE_PROCESS_FAILED', 'The content of a photo is no picture.'),
  noVoice: bad(
    'user restricted receiving of voice note messages',
    'The person’s settings forbid voice messages, and Telegram’s API server knows it.',
  ),
  noVoiceYet: bad('VOICE_MESSAGES_FORBIDDEN', 'The same, while only the servers behind it know.'),
  notForum: bad('the chat is not a forum', 'createForumTopic where topics are off.'),
  topicName: bad('TOPIC_TITLE_EMPTY', 'A topic’s name is not 1 to 128 characters.', 'own'),
  commandName: bad('BOT_COMMAND_INVALID', 'A command is not 1 to 32 of a-z, 0-9 and _.'),
  commandAbout: bad('BOT_COMMAND_DESCRIPTION_INVALID', 'The description of a command is not 1 to 256 characters.'),
  webhookHttps: bad(
    'bad webhook: An HTTPS URL must be provided for webhook',
    'The address is not https. Here http on this computer is one too.',
  ),
  webhookPort: bad('bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443', 'Another port.'),
  secretToken: bad('secret token contains unallowed characters', 'secret_token is not 1 to 256 of A-Z a-z 0-9 _ -.'),
  parameter: bad(
    'wrong parameter',
    'A parameter is unknown, missing or not of its type. Stricter than Telegram, which ignores what it does not know.',
    'own',
  ),
  internal: { code: 500, description: 'Internal Server Error', when: 'By fault.', source: 'field' },
  badGateway: { code: 502, description: 'Bad Gateway', when: 'By fault.', source: 'field' },
  gatewayTimeout: { code: 504, description: 'Gateway Timeout', when: 'By fault.', source: 'field' },
} as const satisfies Record<string, RefusalRow>;

export type RefusalName = keyof typeof REFUSALS;

/** Ends a method with `{ok: false, …}`. */
export class Refusal extends Error {
  readonly row: RefusalRow;
  readonly parameters: ResponseParameters | undefined;

  /** `detail` follows the description after a colon. */
  constructor(name: RefusalName, detail?: string, parameters?: ResponseParameters) {
    const row: RefusalRow = REFUSALS[name];
    super(detail === undefined ? row.description : `${row.description}: ${detail}`);
    this.row = row;
    this.parameters = parameters;
  }
}

export function tooBigPhoto(bytes: number, most: number): Refusal {
  const refusal = new Refusal('bigPhoto');
  refusal.message += ` ${bytes} bytes is too big for a photo; the maximum size is ${most} bytes`;
  return refusal;
}

export function tooManyRequests(seconds: number): Refusal {
  const refusal = new Refusal('tooMany', undefined, { retry_after: seconds });
  refusal.message = `${REFUSALS.tooMany.description} ${seconds}`;
  return refusal;
}
