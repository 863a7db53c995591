import * as z from 'zod';
import { flag, integer, json } from '../parameters.ts';
import { Refusal } from '../refusals.ts';
import type { UpdateKind } from '../updates.ts';
import { webhookView } from '../webhook.ts';
import type { World } from '../world.ts';
import { type Method, method } from './method.ts';

// The bot gets its updates by webhook or by asking, never both.

const KINDS = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'inline_query',
  'chosen_inline_result',
  'callback_query',
  'my_chat_member',
  'chat_member',
  'message_reaction',
  'message_reaction_count',
  'stopped_message_generation',
  'poll',
  'poll_answer',
  'chat_join_request',
] as const satisfies UpdateKind[];
const allowed = json(z.array(z.enum(KINDS))).optional();
const MOST_WAIT_S = 50;
const PORTS = ['', '443', '80', '88', '8443'];

/** http on this computer, at any port, is an https address here. */
function checkAddress(address: string): void {
  const url = URL.canParse(address) ? new URL(address) : null;
  const isHere = url !== null && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (isHere && /^https?:$/.test(url.protocol)) return;
  if (url?.protocol !== 'https:') throw new Refusal('webhookHttps');
  if (!PORTS.includes(url.port)) throw new Refusal('webhookPort');
}

function setAddress(world: World, url: string, restart: () => void): string {
  const before = world.webhook.url;
  world.webhook.url = url;
  if (before !== url) world.webhook.lastError = null;
  restart();
  if (url === '') return before === '' ? 'Webhook is already deleted' : 'Webhook was deleted';
  return before === url ? 'Webhook is already set' : 'Webhook was set';
}

/** The request of getUpdates that is under way, by bot. */
const pollers = new WeakMap<World, AbortController>();

export const updateMethods: Record<string, Method> = {
  setWebhook: method(
    {
      url: z.string(),
      secret_token: z.string().optional(),
      max_connections: integer.pipe(z.int().min(1).max(100)).optional(),
      allowed_updates: allowed,
      drop_pending_updates: flag.optional(),
    },
    (world, params, { redeliver }) => {
      if (params.url !== '') checkAddress(params.url);
      if (params.secret_token !== undefined && !/^[\w-]{1,256}$/.test(params.secret_token))
        throw new Refusal('secretToken');
      if (params.allowed_updates) world.updates.allow(params.allowed_updates);
      if (params.drop_pending_updates) world.updates.clear();
      world.webhook.secret = params.secret_token ?? null;
      world.webhook.maxConnections = params.max_connections ?? 40;
      pollers.get(world)?.abort();
      return { result: true, description: setAddress(world, params.url, redeliver) };
    },
  ),
  deleteWebhook: method({ drop_pending_updates: flag.optional() }, (world, params, { redeliver }) => {
    if (params.drop_pending_updates) world.updates.clear();
    return { result: true, description: setAddress(world, '', redeliver) };
  }),
  getWebhookInfo: method({}, (world) => ({ result: webhookView(world) })),
  getUpdates: method(
    {
      offset: integer.optional(),
      limit: integer.pipe(z.int().min(1).max(100)).default(100),
      timeout: integer.pipe(z.int().min(0)).default(0),
      allowed_updates: allowed,
    },
    async (world, { offset = 0, limit, timeout, allowed_updates: kinds }, { signal }) => {
      const { updates, webhook } = world;
      if (webhook.url !== '') throw new Refusal('webhookIsSet');
      pollers.get(world)?.abort();
      const mine = new AbortController();
      pollers.set(world, mine);
      if (kinds) updates.allow(kinds);
      if (offset > 0) updates.removeBelow(offset);
      if (offset < 0) updates.keepLast(-offset);
      const ended = AbortSignal.any([mine.signal, signal, world.background.signal]);
      if (updates.waiting().length === 0 && timeout > 0)
        await updates.next(Math.min(timeout, MOST_WAIT_S) * 1000, ended);
      if (mine.signal.aborted) throw new Refusal(world.webhook.url === '' ? 'otherPoller' : 'webhookIsSet');
      pollers.delete(world);
      return {
        result: updates
          .waiting()
          .filter(({ update }) => update.update_id >= offset)
          .slice(0, limit)
          .map(({ update }) => update),
      };
    },
  ),
};
