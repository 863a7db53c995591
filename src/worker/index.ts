import { Hono } from 'hono/tiny';
import { VERSION } from '../config/config.ts';
import { reasonOf, report } from '../log.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { onAccountLink, onAccountReturn } from './account/route.ts';
import { onChannel } from './channel-webhooks.ts';
import { type AppEnv, configure } from './configuration.ts';
import { onConnectRequest } from './connect-gateway/route.ts';
import { onDiff } from './diff-page/route.ts';
import { onExportLink } from './export.ts';
import { freeSlots } from './free-slots.ts';
import { onGitEvent } from './git-webhooks.ts';
import { onMedia } from './media.ts';
import { onModelRequest } from './model-gateway/route.ts';
import { tellNotDelivered } from './not-delivered.ts';
import { operator } from './operator/routes.ts';
import { onRead } from './reading-page/route.ts';
import { reconcile } from './reconcile.ts';
import { reportDue } from './refusal-log.ts';
import { rollOut } from './rollout.ts';
import { ROUTES } from './routes.ts';
import { watchWebhooks } from './webhook-watch.ts';
import { onInbound, onStatus } from './webhooks.ts';

// The edge: a handler for each route of routes.ts. Stateless; each verifies, parses, hands the request on, and answers.

export { AddressObject as Conversation } from '../objects/address-object.ts';
export { Directory } from '../objects/directory.ts';
export { OverviewShard } from '../objects/overview-shard.ts';

const app = new Hono<AppEnv>();
/** `deployment`: a random mark from `npm run deploy`, by which it recognises the version it has just deployed. */
app.on(ROUTES.health.method, ROUTES.health.path, (c) => {
  const given: Record<string, unknown> = { ...c.env };
  return c.json({ ok: true, version: VERSION, protocol: PROTOCOL_VERSION, deployment: given.DEPLOYMENT });
});

app.use(async (c, next) => {
  reportDue();
  const config = configure(c.env);
  if (!config) {
    return c.text('Roost isn’t configured yet. Its log lists the settings that are missing or invalid.', 503);
  }
  c.set('config', config);
  await next();
});

app.on(ROUTES.inbound.method, ROUTES.inbound.path, onInbound);
app.on(ROUTES.status.method, ROUTES.status.path, onStatus);
app.on(ROUTES.gitEvents.method, ROUTES.gitEvents.path, onGitEvent);
app.on(ROUTES.channel.method, ROUTES.channel.path, onChannel);
app.on(ROUTES.model.method, ROUTES.model.path, onModelRequest);
app.on(ROUTES.connect.method, ROUTES.connect.path, onConnectRequest);
app.route(ROUTES.operator.path.replace('/*', ''), operator);
app.on(ROUTES.read.method, ROUTES.read.path, onRead);
app.on(ROUTES.diff.method, ROUTES.diff.path, onDiff);
app.on(ROUTES.export.method, ROUTES.export.path, onExportLink);
app.on(ROUTES.accountReturn.method, ROUTES.accountReturn.path, onAccountReturn);
app.on(ROUTES.account.method, ROUTES.account.path, onAccountLink);
app.on(ROUTES.media.method, ROUTES.media.path, onMedia);

app.notFound((c) => c.text('Not found.', 404));
app.onError((error, c) => {
  report({
    level: 'error',
    event: 'request-failed',
    path: c.req.path.split('/', 2).join('/'),
    reason: reasonOf(error),
  });
  return c.text('Something went wrong. Please try again.', 500);
});

export default {
  fetch: app.fetch,
  async scheduled(_controller, env) {
    const config = configure(env);
    if (config) {
      const now = Date.now();
      await Promise.all([
        reconcile(env, config, now),
        tellNotDelivered(env, config, now),
        rollOut(env, config),
        freeSlots(env, config, now),
        watchWebhooks(env, config, now),
      ]);
    }
  },
} satisfies ExportedHandler<Env>;
