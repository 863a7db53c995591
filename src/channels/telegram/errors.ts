import * as z from 'zod/mini';
import type { Failure } from '../../conversation/state/failure.ts';

// Telegram's refusals: each one's kind of failure, and its meaning in plain words. Rows hold one number for an error,
// so Telegram's are 900,000 and its code, and a thousand more for each further meaning of the same code.

export const CODE_BASE = 900_000;

/** `words`: found in Telegram's description; null: any description fits. */
type Known = { status: number; words: RegExp | null; code: number; failure: Failure; meaning: string };

/** `nth`: the number of this meaning among those of the status, from 0. */
const known = (status: number, nth: number, words: RegExp | null, failure: Failure, meaning: string): Known => ({
  status,
  words,
  code: CODE_BASE + 1000 * nth + status,
  failure,
  meaning,
});

const BAD_MARKS = known(
  400,
  3,
  /can't parse|parse entit|ENTITY_/i,
  'content',
  'Telegram didn’t accept the formatting of the message.',
);
const TOO_FAST = known(429, 0, null, 'pair', 'too many messages to one chat in a short time.');
const OF_BOT = known(429, 1, null, 'rate', 'the bot sends too many messages in a short time.');
/** The same of the bot as a whole. Telegram doesn’t say so (bot-wait.ts). */
export const ALL_TOO_FAST: Pick<Known, 'code' | 'failure'> = { code: OF_BOT.code, failure: OF_BOT.failure };
const BAD_FILE = known(
  400,
  5,
  /failed to get HTTP URL|wrong file|WEBPAGE_|wrong type of the web page|PHOTO_|file is too big/i,
  'content',
  'Telegram didn’t take the file.',
);

/** The first fitting entry counts. */
const KNOWN: readonly Known[] = [
  known(400, 2, /message is too long|caption is too long|MESSAGE_TOO_LONG/i, 'content', 'the message is too long.'),
  BAD_MARKS,
  known(400, 4, /text is empty|must be non-empty|MESSAGE_EMPTY/i, 'content', 'the message is empty.'),
  known(400, 6, /BUTTON_|reply_markup|keyboard/i, 'content', 'Telegram didn’t accept the buttons of the message.'),
  BAD_FILE,
  known(
    400,
    1,
    /chat not found|PEER_ID_INVALID|USER_ID_INVALID|chat_id is empty/i,
    'recipient',
    'Telegram knows no such chat for this bot. The person needs to open the bot and press Start.',
  ),
  known(400, 0, null, 'other', 'Telegram didn’t accept the message.'),
  known(
    401,
    0,
    null,
    'account',
    'Telegram doesn’t know the bot’s token, or it was revoked. Ask @BotFather for a new one and set TELEGRAM_BOT_TOKEN.',
  ),
  known(
    403,
    0,
    /blocked by the user/i,
    'window',
    'the person blocked the bot. They need to unblock it and press Start.',
  ),
  known(403, 1, /deactivated/i, 'recipient', 'the person’s Telegram account no longer exists.'),
  known(
    403,
    2,
    /can't initiate/i,
    'window',
    'the person hasn’t started the bot. They need to open it and press Start.',
  ),
  known(403, 3, null, 'recipient', 'Telegram doesn’t let the bot write to this person.'),
  known(404, 0, null, 'account', 'Telegram doesn’t know the bot. Check TELEGRAM_BOT_TOKEN and TELEGRAM_API_URL.'),
  known(409, 0, null, 'account', 'something else uses the bot’s token. Give each deployment a bot of its own.'),
  known(413, 0, null, 'content', 'the file is too large for Telegram.'),
  TOO_FAST,
  OF_BOT,
];

/** Nothing waits longer than a day. */
const RETRY_AFTER_MAX_S = 24 * 60 * 60;
const DESCRIPTION_MAX = 300;

const Refusal = z.object({
  error_code: z.int(),
  description: z.catch(z.string(), ''),
  parameters: z.catch(
    z.optional(z.object({ retry_after: z.catch(z.optional(z.number().check(z.minimum(0))), undefined) })),
    undefined,
  ),
});

export type TelegramRefusal = { code: number; failure: Failure; retryAfterMs: number | null; description: string };

/** The meaning of a refusal; null if the answer isn't a refusal, so that the outcome of the request is unknown. */
export function readRefusal(status: number, body: unknown): TelegramRefusal | null {
  const { data } = Refusal.safeParse(body);
  const code = data?.error_code ?? status;
  const description = (data?.description ?? '').slice(0, DESCRIPTION_MAX);
  const seconds = data?.parameters?.retry_after;
  const retryAfterMs = seconds === undefined ? null : Math.min(seconds, RETRY_AFTER_MAX_S) * 1000;
  const met = find(code, description);
  return met && { code: met.code, failure: met.failure, retryAfterMs, description };
}

const find = (code: number, description: string): Known | null =>
  KNOWN.find(({ status, words }) => status === code && (words === null || words.test(description))) ?? null;

/** Null for a code of another channel. */
export function explainError(code: number): string | null {
  if (code < CODE_BASE || code >= CODE_BASE + 100_000) return null;
  return KNOWN.find((each) => each.code === code)?.meaning ?? 'Telegram gave a reason that isn’t known here.';
}

/** Whether Telegram refused only the formatting of a message. */
export const isFormatting = (code: number): boolean => code === BAD_MARKS.code;

/** Whether Telegram refused only the form of a file: it may leave as a document. */
export const isFormOfFile = ({ description }: Pick<TelegramRefusal, 'description'>): boolean =>
  /VOICE_MESSAGES_FORBIDDEN|restricted receiving of v|PHOTO_(?:INVALID|EXT|SAVE)|IMAGE_PROCESS_FAILED|photo has unsupported|too big for a photo/i.test(
    description,
  );

/** Whether the message's topic is gone or closed. */
export const isThreadGone = ({ description }: Pick<TelegramRefusal, 'description'>): boolean =>
  /message thread not found|TOPIC_(?:DELETED|CLOSED|ID_INVALID)/i.test(description);

/** Whether a file is larger than Telegram hands to bots. */
export const isTooLarge = ({ description }: Pick<TelegramRefusal, 'description'>): boolean =>
  /file is too big/i.test(description);

/** The bucket no longer has the file. */
export const missingFile = (): TelegramRefusal => ({
  code: BAD_FILE.code,
  failure: BAD_FILE.failure,
  retryAfterMs: null,
  description: '',
});
