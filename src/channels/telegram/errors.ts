import * as z from 'zod/mini';
import type { Failure } from '../../conversation/state/failure.ts';

// Telegram's refusals: each one's kind of failure, and its meaning in plain words. Rows hold one number for an error,
// so Telegram's are 900,000 and its code, and a thousand more for each further meaning of the same code.

export const CODE_BASE = 900_000;

type Known = { code: number; failure: Failure; meaning: string };
const known = (code: number, failure: Failure, meaning: string): Known => ({
  code: CODE_BASE + code,
  failure,
  meaning,
});

const BLOCKED = known(403, 'window', 'the person blocked the bot. They need to unblock it and press Start.');
const GONE = known(1403, 'recipient', 'the person’s Telegram account no longer exists.');
const NOT_STARTED = known(2403, 'window', 'the person hasn’t started the bot. They need to open it and press Start.');
const OTHER_403 = known(3403, 'recipient', 'Telegram doesn’t let the bot write to this person.');
const NO_CHAT = known(
  1400,
  'recipient',
  'Telegram knows no such chat for this bot. The person needs to open the bot and press Start.',
);
const TOO_LONG = known(2400, 'content', 'the message is too long.');
const BAD_MARKS = known(3400, 'content', 'Telegram didn’t accept the formatting of the message.');
const EMPTY = known(4400, 'content', 'the message is empty.');
const BAD_FILE = known(
  5400,
  'content',
  'Telegram couldn’t fetch the file. Check that PUBLIC_URL can be reached from the internet.',
);
const BAD_BUTTONS = known(6400, 'content', 'Telegram didn’t accept the buttons of the message.');
const OTHER_400 = known(400, 'other', 'Telegram didn’t accept the message.');
const TOKEN = known(
  401,
  'account',
  'Telegram doesn’t know the bot’s token, or it was revoked. Ask @BotFather for a new one and set TELEGRAM_BOT_TOKEN.',
);
const NO_BOT = known(404, 'account', 'Telegram doesn’t know the bot. Check TELEGRAM_BOT_TOKEN and TELEGRAM_API_URL.');
const TOO_LARGE = known(413, 'content', 'the file is too large for Telegram.');
const CONFLICT = known(409, 'account', 'something else uses the bot’s token. Give each deployment a bot of its own.');
const TOO_FAST = known(429, 'pair', 'too many messages to one chat in a short time.');
const ALL_TOO_FAST = known(1429, 'rate', 'the bot sends too many messages in a short time.');

const ALL: readonly Known[] = [
  ...[BLOCKED, GONE, NOT_STARTED, OTHER_403, NO_CHAT, TOO_LONG, BAD_MARKS, EMPTY, BAD_FILE, BAD_BUTTONS, OTHER_400],
  ...[TOKEN, NO_BOT, TOO_LARGE, CONFLICT, TOO_FAST, ALL_TOO_FAST],
];

/** By words of Telegram's description, in this order; the last row of a status has none. */
const BY_DESCRIPTION: readonly [status: number, words: RegExp | null, meant: Known][] = [
  [400, /message is too long|caption is too long|MESSAGE_TOO_LONG/i, TOO_LONG],
  [400, /can't parse|parse entit|ENTITY_/i, BAD_MARKS],
  [400, /text is empty|must be non-empty|MESSAGE_EMPTY/i, EMPTY],
  [400, /BUTTON_|reply_markup|keyboard/i, BAD_BUTTONS],
  [400, /failed to get HTTP URL|wrong file|WEBPAGE_|wrong type of the web page|PHOTO_|file is too big/i, BAD_FILE],
  [400, /chat not found|PEER_ID_INVALID|USER_ID_INVALID|chat_id is empty/i, NO_CHAT],
  [400, null, OTHER_400],
  [401, null, TOKEN],
  [403, /blocked by the user/i, BLOCKED],
  [403, /deactivated/i, GONE],
  [403, /can't initiate/i, NOT_STARTED],
  [403, null, OTHER_403],
  [404, null, NO_BOT],
  [409, null, CONFLICT],
  [413, null, TOO_LARGE],
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

/** The meaning of a refusal; null when the answer is none, so that nobody knows what became of the request. */
export function readRefusal(status: number, body: unknown): TelegramRefusal | null {
  const { data } = Refusal.safeParse(body);
  const code = data?.error_code ?? status;
  const description = (data?.description ?? '').slice(0, DESCRIPTION_MAX);
  const seconds = data?.parameters?.retry_after;
  const retryAfterMs = seconds === undefined ? null : Math.min(seconds, RETRY_AFTER_MAX_S) * 1000;
  const met = code === 429 ? tooFast(seconds) : find(code, description);
  return met && { code: met.code, failure: met.failure, retryAfterMs, description };
}

const find = (code: number, description: string): Known | null =>
  BY_DESCRIPTION.find(([status, words]) => status === code && (words === null || words.test(description)))?.[2] ?? null;

/** A chat's own limit asks for seconds; a longer wait is the bot's as a whole. */
const CHAT_WAIT_MAX_S = 60;
const tooFast = (seconds = 0): Known => (seconds > CHAT_WAIT_MAX_S ? ALL_TOO_FAST : TOO_FAST);

/** Null for a code of another channel. */
export function explainError(code: number): string | null {
  if (code < CODE_BASE) return null;
  return ALL.find((each) => each.code === code)?.meaning ?? 'Telegram gave a reason that isn’t known here.';
}

/** Whether Telegram refused only the formatting of a message. */
export const isFormatting = (code: number): boolean => code === BAD_MARKS.code;

/** Whether a file is above what Telegram hands to bots. */
export const isTooLarge = ({ description }: Pick<TelegramRefusal, 'description'>): boolean =>
  /file is too big/i.test(description);
