import type { SendOutcome } from '../channel.ts';

// Telegram can tell a whole bot to wait. The wait is kept in memory, so that each conversation needn't be refused first.

type Refused = Extract<SendOutcome, { kind: 'refused' }>;
const waits = new Map<string, { until: number; refused: Refused }>();

/** Notes a refusal that is about the whole bot, and returns the outcome. */
export function withBotWait(bot: string, outcome: SendOutcome, now: number): SendOutcome {
  if (outcome.kind === 'refused' && outcome.failure === 'rate' && outcome.retryAfterMs !== null)
    waits.set(bot, { until: now + outcome.retryAfterMs, refused: outcome });
  return outcome;
}

/** The refusal that a send would get now, without a call; null if it may be made. */
export function botWaitOf(bot: string, now: number): SendOutcome | null {
  const wait = waits.get(bot);
  if (wait === undefined || now >= wait.until) return null;
  return { ...wait.refused, retryAfterMs: wait.until - now };
}
