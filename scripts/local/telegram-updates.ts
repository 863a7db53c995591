import * as z from 'zod';
import { SECRET_HEADER, UPDATE_BYTES_MAX } from '../../src/channels/telegram/verify.ts';

// Brings a bot's updates to a relay that Telegram can't call, because it has no public address: asks for them and posts
// each to the relay's own webhook, with its secret. The next ones are asked for once the relay has answered 200. The
// relay refuses one thing for good: an update that is too large. After any other answer the update is posted again, and
// the later ones wait behind it.

export type TelegramUpdates = {
  token: string;
  apiUrl: string;
  /** The relay's secret (channels/telegram/verify.ts). */
  secret: string;
  /** The relay's current address, without a path. */
  relay: () => Promise<string>;
  say: (line: string) => void;
  /** Called once when the updates can't be asked for: another bot or token is needed. */
  giveUp: (line: string) => void;
  /** The wait after a failure; default: 2 s. */
  againMs?: number;
};

/** The kinds of updates that the relay reads. Telegram sends no others. */
export const ALLOWED_UPDATES = [
  ...['message', 'edited_message', 'callback_query', 'message_reaction', 'my_chat_member'],
  'stopped_message_generation',
];

/** Seconds for which Telegram holds a question without updates. */
const HOLD_S = 25;
const ANSWER_MS = 40_000;
const RELAY_MS = 30_000;
const AGAIN_MS = 2_000;

const Me = z.object({ username: z.string() });
const Info = z.object({ url: z.string() });
const Updates = z.array(z.looseObject({ update_id: z.int() }));
const Answer = z.object({ ok: z.boolean(), result: z.unknown().optional(), error_code: z.int().optional() });

const WRONG_TOKEN =
  'Telegram doesn’t know the bot’s token. Put the one that @BotFather gave you into .dev.vars as TELEGRAM_BOT_TOKEN.';

const WRONG_SECRET =
  'The relay didn’t accept a text to your bot, because it has another secret or bot (status 403). End npm start and start it again; your texts wait at Telegram. I’ll keep trying.';

const TOO_LARGE =
  'The relay refused an update of your bot because it is too large (status 413). I left it out: its writer gets no answer.';

/** Returns the function that ends it. */
export function bringTelegramUpdates(options: TelegramUpdates): () => void {
  const ended = new AbortController();
  void run(options, ended.signal).catch((error: unknown) => {
    if (!ended.signal.aborted) options.giveUp(`Telegram’s updates can’t be read: ${nameOf(error)}.`);
  });
  return () => ended.abort();
}

async function run(options: TelegramUpdates, signal: AbortSignal): Promise<void> {
  const { say, giveUp, againMs = AGAIN_MS } = options;
  let offset = 0;
  let isReady = false;
  let told = '';
  const tell = (line: string): void => {
    if (line !== told && !signal.aborted) say(line);
    told = line;
  };
  while (!signal.aborted) {
    const asked = isReady ? await updatesFrom(options, offset, signal) : await lookAtBot(options, signal);
    if (asked.kind === 'stop') return giveUp(asked.line);
    if (asked.kind === 'later') {
      tell(asked.line);
      await wait(againMs, signal);
      continue;
    }
    told = '';
    if (asked.kind === 'ready') {
      isReady = true;
      say(`Your bot: https://t.me/${asked.name}. Press Start there.`);
      continue;
    }
    // Nothing waits, so all before is settled. After a quiet week the numbers may begin anew, below the last one.
    if (asked.updates.length === 0) offset = 0;
    for (const update of asked.updates) {
      let posted = await post(options, update, signal);
      while (posted.kind === 'refused' && !signal.aborted) {
        tell(posted.line);
        await wait(againMs, signal);
        posted = await post(options, update, signal);
      }
      if (posted.kind === 'too-large') say(TOO_LARGE);
      if (!signal.aborted) offset = update.update_id + 1;
    }
  }
}

type Asked =
  | { kind: 'ready'; name: string }
  | { kind: 'updates'; updates: z.infer<typeof Updates> }
  | { kind: 'later'; line: string }
  | { kind: 'stop'; line: string };

/** Whose bot it is, and whether its updates go elsewhere: another deployment would lose its texts. */
async function lookAtBot(options: TelegramUpdates, signal: AbortSignal): Promise<Asked> {
  const me = await call(options, 'getMe', {}, signal);
  if (me.kind !== 'done') return me;
  const hook = await call(options, 'getWebhookInfo', {}, signal);
  if (hook.kind !== 'done') return hook;
  const { url } = Info.parse(hook.result);
  if (url !== '') {
    const host = URL.canParse(url) ? new URL(url).host : 'another address';
    const line = `Your bot’s texts go to ${host} (its webhook), so this computer can’t have them. Use another bot here, or take the webhook away there first (deleteWebhook of the Bot API).`;
    return { kind: 'stop', line };
  }
  return { kind: 'ready', name: Me.parse(me.result).username };
}

async function updatesFrom(options: TelegramUpdates, offset: number, signal: AbortSignal): Promise<Asked> {
  const asked = await call(
    options,
    'getUpdates',
    { offset, timeout: HOLD_S, allowed_updates: ALLOWED_UPDATES },
    signal,
  );
  return asked.kind === 'done' ? { kind: 'updates', updates: Updates.parse(asked.result) } : asked;
}

type Called = { kind: 'done'; result: unknown } | Extract<Asked, { kind: 'later' | 'stop' }>;

async function call(
  options: TelegramUpdates,
  method: string,
  parameters: object,
  signal: AbortSignal,
): Promise<Called> {
  try {
    const response = await fetch(`${options.apiUrl}/bot${options.token}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(parameters),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    const answer = Answer.parse(await response.json());
    if (answer.ok) return { kind: 'done', result: answer.result };
    if (answer.error_code === 401 || answer.error_code === 404) return { kind: 'stop', line: WRONG_TOKEN };
    const line =
      answer.error_code === 409
        ? 'Another program asks for your bot’s updates, or its webhook was set. Stop that program, or use another bot here. I’ll keep trying.'
        : `Telegram refused to hand over updates (${answer.error_code ?? response.status}). I’ll keep trying.`;
    return { kind: 'later', line };
  } catch (error) {
    // Its message could hold the address, and so the token.
    return { kind: 'later', line: `Telegram can’t be reached (${nameOf(error)}). I’ll keep trying.` };
  }
}

/** `too-large`: the relay will never take it. */
type Posted = { kind: 'taken' | 'too-large' } | { kind: 'refused'; line: string };

async function post({ relay, secret }: TelegramUpdates, update: object, signal: AbortSignal): Promise<Posted> {
  const body = JSON.stringify(update);
  try {
    const response = await fetch(`${await relay()}/webhooks/telegram`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [SECRET_HEADER]: secret },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(RELAY_MS)]),
    });
    await response.body?.cancel();
    const { status } = response;
    if (status === 200) return { kind: 'taken' };
    // The relay says the same to an update that came too slowly.
    if (status === 413 && Buffer.byteLength(body) > UPDATE_BYTES_MAX) return { kind: 'too-large' };
    return { kind: 'refused', line: status === 403 ? WRONG_SECRET : notAccepted(`status ${status}`) };
  } catch (error) {
    return { kind: 'refused', line: notAccepted(nameOf(error)) };
  }
}

const notAccepted = (reason: string): string =>
  `The relay didn’t accept a text to your bot (${reason}). Its log may say why. I’ll keep trying.`;

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
