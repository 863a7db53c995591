import { MINUTE } from '../../units.ts';
import type { BotAnswer } from './api.ts';
import { ALL_TOO_FAST } from './errors.ts';

// Telegram tells a bot to wait without saying whether it means one chat or everything. A refusal counts for the chat that
// was refused. While two chats wait for long, the bot as a whole does. Waits are kept in memory, so that no other kind of
// call, and no other conversation, needs to be refused first.

type Refused = Extract<BotAnswer, { kind: 'refused' }>;
type Wait = { bot: string; until: number; isLong: boolean; refused: Refused };

/** A chat's own limit asks for seconds. */
const LONG_MS = MINUTE;

/** By bot and chat. */
const waits = new Map<string, Wait>();

/** Makes a call about a chat. During a wait it isn't made, and is refused as Telegram would refuse it. */
export async function callUnlessWaiting(bot: string, chat: string, call: () => Promise<BotAnswer>): Promise<BotAnswer> {
  forgetOver(Date.now());
  const wait = waits.get(`${bot}:${chat}`) ?? findWaitOfBot(bot);
  if (wait !== null) return { ...wait.refused, retryAfterMs: wait.until - Date.now() };
  const answer = await call();
  if (answer.kind === 'refused' && answer.retryAfterMs !== null) noteWait(bot, chat, answer, answer.retryAfterMs);
  return answer;
}

function forgetOver(now: number): void {
  for (const [key, { until }] of waits) if (until <= now) waits.delete(key);
}

/** The second longest wait: until then two chats wait. */
function findWaitOfBot(bot: string): Wait | null {
  const long = [...waits.values()].filter((wait) => wait.bot === bot && wait.isLong);
  const [, second] = long.sort((a, b) => b.until - a.until);
  return second === undefined ? null : { ...second, refused: { ...second.refused, ...ALL_TOO_FAST } };
}

/** Calls that were under way together may be refused for different times: the longest counts. */
function noteWait(bot: string, chat: string, refused: Refused, retryAfterMs: number): void {
  const until = Date.now() + retryAfterMs;
  const key = `${bot}:${chat}`;
  if ((waits.get(key)?.until ?? 0) < until) waits.set(key, { bot, until, isLong: retryAfterMs > LONG_MS, refused });
}
