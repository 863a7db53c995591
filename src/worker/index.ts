import { Hono } from 'hono';
import { reasonOf, report } from '../events.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import type { AppEnv } from './app-env.ts';
import { type ConfigResult, readConfig } from './config.ts';
import { onModel } from './model-gateway.ts';
import { onInbound, onStatus } from './webhooks.ts';

// The edge: a table of contents. Stateless; each handler verifies, parses, hands over, answers.

export { Conversation } from '../objects/conversation.ts';

/** As in package.json; a test compares them. */
const VERSION = '0.1.0';

const app = new Hono<AppEnv>();
/** Read once per isolate: a changed configuration is a new isolate. */
let configuration: ConfigResult | undefined;

app.get('/healthz', (c) => c.json({ ok: true, version: VERSION, protocol: PROTOCOL_VERSION }));

app.use(async (c, next) => {
  configuration ??= readConfig(c.env);
  if (!configuration.ok) {
    for (const problem of configuration.problems) report({ level: 'error', event: 'configuration', problem });
    return c.text('Roost is not configured. The names that are missing or malformed are in its log.', 503);
  }
  c.set('config', configuration.config);
  await next();
});

app.post('/webhooks/twilio', onInbound);
app.post('/webhooks/twilio/status', onStatus);
app.all('/model/*', onModel);

app.notFound((c) => c.text('There is nothing here.', 404));
app.onError((error, c) => {
  report({ level: 'error', event: 'request-failed', path: c.req.path.slice(0, 100), reason: reasonOf(error) });
  return c.text('Something went wrong here. Please try again.', 500);
});

export default app;
