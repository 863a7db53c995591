import type { Context } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { HTTPException } from 'hono/http-exception';
import { Hono } from 'hono/tiny';
import { explainError } from '../channels/twilio/errors.ts';
import { type ConversationStub, conversationsOf, directoryOf } from '../objects/namespaces.ts';
import type { AppEnv } from './configuration.ts';
import { bindAddress, unbindAddress } from './operator-addresses.ts';
import { reportConversationHealth, reportRelayHealth } from './operator-health.ts';
import { reportRefusal } from './refusal-log.ts';
import { WrongTries } from './wrong-tries.ts';

// The operator's API, for a terminal or a script: alerts, state, failed replies, and sending one again. It exists only
// if OPERATOR_TOKEN is set. Message text is shown only on request.

type C = Context<AppEnv>;

const wrongTries = new WrongTries();

export const operator = new Hono<AppEnv>();

operator.use(async (c, next) => {
  const token = c.get('config').OPERATOR_TOKEN;
  if (token === undefined) return notThere(c);
  c.header('cache-control', 'no-store');
  const message = (error: string) => ({ message: { error } });
  return bearerAuth<AppEnv>({
    token,
    noAuthenticationHeader: message('Send the operator’s token: Authorization: Bearer …'),
    invalidAuthenticationHeader: message('Send the operator’s token: Authorization: Bearer …'),
    invalidToken: message('This is not the operator’s token.'),
  })(c, next);
});

operator.get('/alerts', async (c) => {
  const alerts = await directoryOf(c.env, c.get('config')).alerts();
  return c.json({
    alerts: alerts.map(({ firstAt, lastAt, ...alert }) => ({
      ...alert,
      first_at: timeOf(firstAt),
      last_at: timeOf(lastAt),
    })),
  });
});

operator.get('/health', reportRelayHealth);

operator.get('/conversations/:id/health', async (c) => {
  const health = await conversationOf(c, c.req.param('id'))?.health();
  return health ? c.json(reportConversationHealth(health)) : c.json(UNKNOWN, 404);
});

operator.get('/conversations/:id/replies', async (c) => {
  const conversation = conversationOf(c, c.req.param('id'));
  if (!conversation) return c.json(UNKNOWN, 404);
  const withBody = c.req.query('body') === '1';
  const replies = await conversation.troubledReplies();
  return c.json({
    replies: replies.map(({ id, state, kind, errorCode, createdAt, troubledSince, body }) => ({
      id,
      state,
      kind,
      error_code: errorCode,
      error: errorCode === null ? null : explainError(errorCode),
      created_at: timeOf(createdAt),
      waits_for_twilio_since: troubledSince === null ? null : timeOf(troubledSince),
      ...(withBody ? { body } : {}),
    })),
  });
});

operator.post('/conversations/:id/replies/:reply/resend', async (c) => {
  const conversation = conversationOf(c, c.req.param('id'));
  if (!conversation) return c.json(UNKNOWN, 404);
  const taken = await conversation.resend(c.req.param('reply'));
  if (!taken) return c.json({ error: 'No parked, held or failed reply has this ID.' }, 404);
  return c.json({ resent: true }, 202);
});

operator.post('/conversations/:id/bind', async (c) => {
  const conversation = conversationOf(c, c.req.param('id'));
  return conversation ? bindAddress(c, conversation) : c.json(UNKNOWN, 404);
});

operator.post('/conversations/:id/unbind', async (c) => {
  const conversation = conversationOf(c, c.req.param('id'));
  return conversation ? unbindAddress(c, conversation) : c.json(UNKNOWN, 404);
});

operator.get('/audit', async (c) => {
  const entries = await directoryOf(c.env, c.get('config')).audit(c.req.query('before') ?? null);
  return c.json({ audit: entries.map(({ at, ...entry }) => ({ ...entry, at: timeOf(at) })) });
});

operator.get('/people', async (c) => {
  const people = await directoryOf(c.env, c.get('config')).people(Number(c.req.query('after') ?? 0) || 0);
  return c.json({ people: people.map(({ updatedAt, ...person }) => ({ ...person, updated_at: timeOf(updatedAt) })) });
});

operator.post('/people/:n/:change', async (c) => {
  const to = CHANGES.find((each) => each === c.req.param('change'));
  if (!to) return c.json({ error: `Changes are ${CHANGES.join(', ')}.` }, 404);
  const wish = { op: 'change', who: c.req.param('n'), change: { to } } as const;
  const said = await directoryOf(c.env, c.get('config')).wish(wish, { id: 'operator', role: 'owner' }, null);
  return c.json({ said: said.text }, 202);
});

operator.post('/rollout/retry', async (c) => {
  if (await directoryOf(c.env, c.get('config')).beginRolloutAnew()) return c.json({ begun: true }, 202);
  return c.json({ error: 'No rollout has failed or is stuck, so there is nothing to retry.' }, 409);
});

operator.post('/outages/retry', async (c) => {
  if (await directoryOf(c.env, c.get('config')).tryCarrier()) return c.json({ begun: true }, 202);
  return c.json({ error: 'Twilio has not refused anybody lately, so there is nothing to retry.' }, 409);
});

operator.all('*', (c) => c.json({ error: 'Not found.' }, 404));

operator.onError((error, c) => {
  if (error instanceof HTTPException) {
    reportRefusal({ level: 'warn', event: 'operator-token-refused' });
    if (!wrongTries.add(Date.now())) return error.getResponse();
    return c.json({ error: 'Too many wrong tokens. Try again in a minute.' }, 429, { 'retry-after': '60' });
  }
  throw error;
});

const CHANGES = ['block', 'unblock', 'lock', 'unlock'] as const;
const UNKNOWN = { error: 'No conversation has this ID.' };
const notThere = (c: C): Response => c.text('Not found.', 404);
const timeOf = (at: number): string => new Date(at).toISOString();

/** The conversation with the id that alerts and logs name; null when the id is malformed. */
function conversationOf(c: C, id: string): ConversationStub | null {
  const all = conversationsOf(c.env, c.get('config'));
  try {
    return all.get(all.idFromString(id));
  } catch {
    return null;
  }
}
