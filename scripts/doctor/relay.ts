import * as z from 'zod';
import { type Answer, ask, bearer, Unreachable } from '../accounts/ask.ts';
import { LeftOut } from './check.ts';

// Asks the deployed relay for its own state and for the state of one conversation. Both only read, and wake nothing.

const time = z.iso.datetime();
const Machine = z.object({
  conversation: z.string(),
  name: z.string(),
  image: z.string().nullable(),
  settings: z.string().nullable(),
  reverted_from: z.string().nullable(),
});
const Outage = z.object({
  sender: z.string(),
  began_at: time,
  failure: z.string().nullable(),
  code: z.number().nullable(),
  waiting: z.number(),
  over_at: time.nullable(),
});
export type Outage = z.infer<typeof Outage>;
const Health = z.object({
  version: z.string(),
  protocol: z.number(),
  now: time,
  configuration: z.object({ provider: z.string(), public_host: z.string(), image: z.string().nullable() }),
  bindings: z.object({ media: z.boolean(), archive: z.boolean(), ai: z.boolean() }),
  alerts_last_day: z.number(),
  /** Missing from a relay of the previous release. */
  outages: z.array(Outage).optional(),
  machines: z.array(Machine).nullable(),
  rollout: z.object({ settings: z.string(), image: z.string(), state: z.string() }).nullable(),
});
const ConversationHealth = z.object({
  parked: z.number(),
  held: z.number(),
  failed: z.number(),
  overdue_timers: z.number(),
  alarm_at: time.nullable(),
  alarm_overdue: z.boolean(),
});

export type RelayHealth = z.infer<typeof Health> & { askedAt: number; answeredAt: number };
export type ConversationHealth = z.infer<typeof ConversationHealth>;
export type Relay = {
  url: string;
  healthz(): Promise<Answer>;
  /** The raw answer, for the check that is about it. */
  door(): Promise<Answer>;
  /** Skipped when the relay does not say. */
  health(): Promise<RelayHealth>;
  conversation(id: string): Promise<ConversationHealth | null>;
  /** Restarts a failed rollout. */
  retryRollout(): Promise<Answer>;
  post(path: string, form: Record<string, string>, headers: Record<string, string>): Promise<Answer>;
};

const UNTOLD = 'the relay doesn’t say (see relay-reachable)';

export function relayAt(url: string, token: string | undefined): Relay {
  const headers = token === undefined ? {} : bearer(token);
  const door = (): Promise<Answer> => ask(`${url}/operator/health`, { headers });
  let known: Promise<RelayHealth> | undefined;

  async function readHealth(): Promise<RelayHealth> {
    if (token === undefined) throw new LeftOut('OPERATOR_TOKEN is not set in .prod.vars');
    const askedAt = Date.now();
    const answer = await leftOutWhenAway(door());
    const health = Health.safeParse(answer.json);
    if (answer.status !== 200 || !health.success) throw new LeftOut(UNTOLD);
    return { ...health.data, askedAt, answeredAt: Date.now() };
  }

  return {
    url,
    door,
    healthz: () => ask(`${url}/healthz`),
    health() {
      known ??= readHealth();
      return known;
    },
    async conversation(id) {
      const answer = await leftOutWhenAway(ask(`${url}/operator/conversations/${id}/health`, { headers }));
      if (answer.status === 404) return null;
      const health = ConversationHealth.safeParse(answer.json);
      if (answer.status !== 200 || !health.success) throw new LeftOut(UNTOLD);
      return health.data;
    },
    retryRollout: () => leftOutWhenAway(ask(`${url}/operator/rollout/retry`, { method: 'POST', headers })),
    post: (path, form, sent) =>
      leftOutWhenAway(ask(`${url}${path}`, { method: 'POST', form, headers: sent, withinMs: POST_MS })),
  };
}

const POST_MS = 8_000;

async function leftOutWhenAway(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof Unreachable ? new LeftOut(UNTOLD) : error;
  }
}
