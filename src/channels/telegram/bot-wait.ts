import type { BotAnswer } from './api.ts';

// Telegram can tell a bot to wait: with one chat, or with everything. Waits are kept in memory, so that no other kind of
// call, and no other conversation, needs to be refused first.

type Refused = Extract<BotAnswer, { kind: 'refused' }>;

/** By bot, or by bot and chat. The oldest are forgotten first. */
const waits = new Map<string, { until: number; refused: Refused }>();
const WAITS_MAX = 1_000;

/** Makes a call about a chat. During a wait it isn't made, and is refused as Telegram would refuse it. */
export async function callUnlessWaiting(bot: string, chat: string, call: () => Promise<BotAnswer>): Promise<BotAnswer> {
  const ofChat = `${bot}:${chat}`;
  const refused = refusalNow(bot) ?? refusalNow(ofChat);
  if (refused !== null) return refused;
  const answer = await call();
  if (answer.kind === 'refused' && answer.retryAfterMs !== null)
    noteWait(answer.failure === 'rate' ? bot : ofChat, answer, answer.retryAfterMs);
  return answer;
}

function refusalNow(key: string): Refused | null {
  const wait = waits.get(key);
  if (wait === undefined) return null;
  const retryAfterMs = wait.until - Date.now();
  if (retryAfterMs > 0) return { ...wait.refused, retryAfterMs };
  waits.delete(key);
  return null;
}

/** Calls that were under way together may be refused for different times: the longest counts. */
function noteWait(key: string, refused: Refused, retryAfterMs: number): void {
  const until = Date.now() + retryAfterMs;
  if ((waits.get(key)?.until ?? 0) >= until) return;
  waits.delete(key);
  for (const oldest of waits.keys()) if (waits.size >= WAITS_MAX) waits.delete(oldest);
  waits.set(key, { until, refused });
}
