import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { isKnownAddress } from '../channels/registry.ts';
import { type Config, readConfig } from '../config/config.ts';
import type { LocalConversation } from '../objects/local-conversation.ts';
import { UNKNOWN } from '../objects/local-conversation.ts';
import type { Past } from '../objects/local-past.ts';
import { conversationsOf } from '../objects/namespaces.ts';
import type { AppEnv } from './configuration.ts';
import relay from './index.ts';
import { LOCAL_ROUTES } from './routes.ts';

// The edge of local runs and tests: the relay, and routes that move a conversation's clock and give it a past. wrangler.toml names
// index.ts, so deployments contain nothing of this. Stateless.

export { Directory } from '../objects/directory.ts';
export { LocalConversation as Conversation } from '../objects/local-conversation.ts';
export { OverviewShard } from '../objects/overview-shard.ts';

const CLOCK = LOCAL_ROUTES.clock.path;
const PAST = LOCAL_ROUTES.past.path;
const LOCAL: ReadonlySet<string> = new Set([CLOCK, PAST]);
const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/;
const address = z.string().check(z.refine(isKnownAddress));
/** Only the demo of this folder sends one, so its scenes are taken as they are. */
const AnyPast = z.looseObject({
  address,
  scenes: z.array(z.looseObject({ at: z.int(), text: z.string() })).check(z.maxLength(500)),
});
const Wanted = z.union([z.strictObject({ address, by_ms: z.int() }), z.strictObject({ address, to_ms: z.int() })]);

const local = new Hono<AppEnv>();

local.use(async (c, next) => {
  const result = readConfig(c.env);
  if (!result.ok || result.config.LOCAL_MODE !== '1') {
    return c.json({ error: 'This works in local runs only: set LOCAL_MODE=1.' }, 403);
  }
  // Another site's page could use a host name of its own that resolves to this computer.
  const { origin, host = new URL(c.req.url).host } = c.req.header();
  if (!LOOPBACK.test(host) || (origin !== undefined && origin !== `http://${host}`)) {
    return c.json({ error: 'Only requests from this computer, at its local address, are allowed.' }, 403);
  }
  c.set('config', result.config);
  await next();
});

local.get(CLOCK, async (c) => {
  const of = address.safeParse(c.req.query('address'));
  if (!of.success)
    return c.json({ error: 'Add whose clock to move, with + written as %2B: ?address=whatsapp:%2B15555550123.' }, 400);
  const known = await conversationOf(c.env, c.get('config'), of.data).clock();
  return known ? c.json(known) : c.json({ error: UNKNOWN }, 404);
});

local.post(CLOCK, async (c) => {
  // Without this header the browser would let another site's page send the request unasked.
  if (!c.req.header('content-type')?.startsWith('application/json')) {
    return c.json({ error: 'Send it with Content-Type: application/json.' }, 415);
  }
  const wanted = Wanted.safeParse(await c.req.json().catch(() => null));
  if (!wanted.success) {
    return c.json({ error: 'Send JSON with an address, and by_ms or to_ms as a whole number of milliseconds.' }, 400);
  }
  const { address: of, ...move } = wanted.data;
  const moved = await conversationOf(c.env, c.get('config'), of).moveClock(move);
  if ('unknown' in moved) return c.json({ error: moved.unknown }, 404);
  return 'refused' in moved ? c.json({ error: moved.refused }, 409) : c.json(moved);
});

local.post(PAST, async (c) => {
  if (!c.req.header('content-type')?.startsWith('application/json')) {
    return c.json({ error: 'Send it with Content-Type: application/json.' }, 415);
  }
  const past = AnyPast.safeParse(await c.req.json().catch(() => null));
  if (!past.success) return c.json({ error: 'Send JSON with an address and its scenes.' }, 400);
  const isNew = await conversationOf(c.env, c.get('config'), past.data.address).replay(past.data as unknown as Past);
  return isNew ? c.json({ replayed: true }) : c.json({ error: 'This person has already written.' }, 409);
});

/** In this entry every conversation is a LocalConversation. */
function conversationOf(env: Env, config: Config, name: string): DurableObjectStub<LocalConversation> {
  return (conversationsOf(env, config) as unknown as DurableObjectNamespace<LocalConversation>).getByName(name);
}

export default {
  fetch: (request, env, ctx) =>
    LOCAL.has(new URL(request.url).pathname) ? local.fetch(request, env, ctx) : relay.fetch(request, env, ctx),
  scheduled: relay.scheduled,
} satisfies ExportedHandler<Env>;
