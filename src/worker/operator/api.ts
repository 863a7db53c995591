import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { explainError } from '../../channels/registry.ts';
import { readReason } from '../../input/reason.ts';
import { type ConversationStub, conversationsOf, directoryOf } from '../../objects/namespaces.ts';
import { operatorPage as words } from '../../texts/operator-page.ts';
import type { AppEnv } from '../configuration.ts';
import { bindAddress, unbindAddress } from './addresses.ts';
import { askDesk } from './desk.ts';
import { reportConversationHealth, reportRelayHealth } from './health.ts';
import { moves } from './moves.ts';

// The operator's API, for a terminal or a script that has the operator's token: alerts, state, failed replies, and
// sending one again. Message text is shown only for a reason.

type C = Context<AppEnv>;

export const api = new Hono<AppEnv>();

api.get('/alerts', async (c) => {
  const alerts = await directoryOf(c.env, c.get('config')).alerts();
  return c.json({
    alerts: alerts.map(({ firstAt, lastAt, acknowledgedAt, acknowledgedBy, ...alert }) => ({
      ...alert,
      first_at: timeOf(firstAt),
      last_at: timeOf(lastAt),
      acknowledged_at: acknowledgedAt === null ? null : timeOf(acknowledgedAt),
      acknowledged_by: acknowledgedBy,
    })),
  });
});

api.get('/health', reportRelayHealth);

api.get('/conversations/:id/health', async (c) => {
  const health = await conversationOf(c, c.req.param('id'))?.health();
  return health ? c.json(reportConversationHealth(health)) : c.json(UNKNOWN, 404);
});

api.get('/conversations/:id/replies', async (c) => {
  const conversation = conversationOf(c, c.req.param('id'));
  if (!conversation) return c.json(UNKNOWN, 404);
  const withBody = c.req.query('body') === '1';
  if (withBody) {
    const reason = readReason(c.req.query('reason') ?? '');
    if (reason === null) return c.json({ error: words.sendReason }, 400);
    await record(c, 'read what they wrote', c.req.param('id'), `failed replies: ${reason}`);
  }
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

api.post('/conversations/:id/replies/:reply/resend', async (c) => {
  const conversation = conversationOf(c, c.req.param('id'));
  if (!conversation) return c.json(UNKNOWN, 404);
  const { id, reply } = c.req.param();
  await record(c, 'resend', id, reply);
  if (await conversation.resend(reply)) return c.json({ resent: true }, 202);
  await record(c, 'resend: nothing-to-do', id, reply);
  return c.json({ error: 'No parked, held or failed reply has this ID.' }, 404);
});

api.post('/conversations/:id/bind', async (c) => {
  const conversation = conversationOf(c, c.req.param('id'));
  return conversation ? bindAddress(c, conversation) : c.json(UNKNOWN, 404);
});

api.post('/conversations/:id/unbind', async (c) => {
  const conversation = conversationOf(c, c.req.param('id'));
  return conversation ? unbindAddress(c, conversation) : c.json(UNKNOWN, 404);
});

api.get('/audit', async (c) => {
  const entries = await directoryOf(c.env, c.get('config')).audit(c.req.query('before') ?? null);
  return c.json({ audit: entries.map(({ at, ...entry }) => ({ ...entry, at: timeOf(at) })) });
});

api.get('/people', async (c) => {
  const people = await directoryOf(c.env, c.get('config')).people(Number(c.req.query('after') ?? 0) || 0);
  return c.json({ people: people.map(({ updatedAt, ...person }) => ({ ...person, updated_at: timeOf(updatedAt) })) });
});

api.post('/people/:n/:change', async (c) => {
  const to = CHANGES.find((each) => each === c.req.param('change'));
  if (!to) return c.json({ error: `Changes are ${CHANGES.join(', ')}.` }, 404);
  const wish = { op: 'change', who: c.req.param('n'), change: { to } } as const;
  const said = await directoryOf(c.env, c.get('config')).wish(wish, { id: 'operator', role: 'owner' }, null);
  return c.json({ said: said.text }, 202);
});

/** A link that logs a browser in to the operator's page, for whoever has the token. */
api.post('/login-links', async (c) => {
  const url = await askDesk(c, async (desk) => desk.linkForToken());
  return c.json({ url }, 201);
});

api.post('/rollout/retry', async (c) => {
  const hasBegun = await directoryOf(c.env, c.get('config')).beginRolloutAnew(c.get('operator').id);
  if (hasBegun) return c.json({ begun: true }, 202);
  return c.json({ error: 'No rollout has failed or is stuck, so there is nothing to retry.' }, 409);
});

api.post('/outages/retry', async (c) => {
  const hasBegun = await directoryOf(c.env, c.get('config')).tryCarrier(c.get('operator').id);
  if (hasBegun) return c.json({ begun: true }, 202);
  return c.json({ error: 'No channel has refused anybody lately, so there is nothing to retry.' }, 409);
});

api.route('/moves', moves);

api.all('*', (c) => c.json({ error: 'Not found.' }, 404));

const CHANGES = ['block', 'unblock', 'lock', 'unlock'] as const;
const UNKNOWN = { error: 'No conversation has this ID.' };
const timeOf = (at: number): string => new Date(at).toISOString();

const record = (c: C, action: string, subject: string, detail: string): Promise<void> =>
  directoryOf(c.env, c.get('config')).recordAudit({ actor: c.get('operator').id, action, subject, detail });

/** The conversation with the id that alerts and logs name; null when the id is malformed. */
function conversationOf(c: C, id: string): ConversationStub | null {
  const all = conversationsOf(c.env, c.get('config'));
  try {
    return all.get(all.idFromString(id));
  } catch {
    return null;
  }
}
