import type { SendOutcome } from '../channel.ts';

// The wait that Telegram asked of a bot as a whole, in memory only: without it each conversation would learn of it from
// a refusal of its own.

type Refused = Extract<SendOutcome, { kind: 'refused' }>;
const waits = new Map<string, { until: number; refused: Refused }>();

/** Notes a refusal that is about the whole bot, and returns the outcome. */
export function withBotWait(bot: string, outcome: SendOutcome, now: number): SendOutcome {
  if (outcome.kind === 'refused' && outcome.failure === 'rate' && outcome.retryAfterMs !== null)
    waits.set(bot, { until: now + outcome.retryAfterMs, refused: outcome });
  return outcome;
}

/** The outcome of a send now, which needn't be made; null: it may be made. */
export function botWaitOf(bot: string, now: number): SendOutcome | null {
  const wait = waits.get(bot);
  if (wait === undefined || now >= wait.until) return null;
  return { ...wait.refused, retryAfterMs: wait.until - now };
}
