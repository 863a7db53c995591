import { createServer, type IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { reportRelayHealth } from '../../scripts/deploy/relay-check.ts';
import { forgottenNames } from '../../scripts/deploy/worker.ts';
import { listenOn } from '../loopback.ts';

// The reasons for `npm run deploy` to go back: a relay that answers but is not the deployed one, or would not do its
// work.

type Answers = { health: [number, object?]; signed: number; unsigned: number; alerts: number };
const WELL: Answers = {
  health: [200, { ok: true, version: '1.0.0', deployment: 'now' }],
  signed: 200,
  unsigned: 403,
  alerts: 200,
};
const SECRETS = {
  success: true,
  errors: [],
  result: ['OPERATOR_TOKEN', 'TWILIO_AUTH_TOKEN', 'OF_SOMEBODY_ELSE'].map((name) => ({ name, type: 'secret_text' })),
};
let answers = WELL;
let url = '';
/** With Twilio's signature, or with the secret of the bot's webhook. */
const isSigned = (path: string, headers: IncomingHttpHeaders): boolean =>
  path === '/webhooks/telegram'
    ? headers['x-telegram-bot-api-secret-token'] === 'the-secret-of-the-test'
    : headers['x-twilio-signature'] !== undefined;
const server = createServer(({ url: asked = '', headers }, outgoing) => {
  if (asked.startsWith('/webhooks/')) {
    return void outgoing.writeHead(isSigned(asked, headers) ? answers.signed : answers.unsigned).end();
  }
  if (asked === '/accounts/me/workers/scripts/roost/secrets') return void outgoing.end(JSON.stringify(SECRETS));
  if (asked === '/operator/alerts') return void outgoing.writeHead(answers.alerts).end('{}');
  const [status, body] = asked === '/healthz' ? answers.health : WELL.health;
  outgoing.writeHead(status, { location: '/elsewhere' }).end(JSON.stringify(body));
});
beforeAll(async () => {
  url = await listenOn(server);
});
afterAll(() => void server.close());

const TWILIO = { TWILIO_AUTH_TOKEN: 'token-of-the-test' };
const BOT_ALONE = {
  TELEGRAM_BOT_TOKEN: '4815162342:the-bot-of-the-test',
  TELEGRAM_WEBHOOK_SECRET: 'the-secret-of-the-test',
  MACHINE_SIGNING_KEY: '{"d":"key"}',
};

const checked = (changes: Partial<Answers>, channel: Record<string, string> = TWILIO) => {
  answers = { ...WELL, ...changes };
  const vars = { PUBLIC_URL: url, OPERATOR_TOKEN: 'operator-of-the-test', ...channel };
  return reportRelayHealth(vars, { own: true, version: '1.0.0', deployment: 'now' }, 0);
};

test('all is well', async () => {
  expect(await checked({})).toEqual({ ok: true });
});

test('a relay with a bot alone is tried with its secret', async () => {
  expect(await checked({}, BOT_ALONE)).toEqual({ ok: true });
  expect(await checked({ unsigned: 200 }, BOT_ALONE)).toMatchObject({ ok: false });
  const other = { ...BOT_ALONE, TELEGRAM_WEBHOOK_SECRET: 'another-secret-of-it' };
  expect(await checked({}, other)).toEqual({ ok: false, reason: expect.stringMatching(/TELEGRAM_WEBHOOK_SECRET/) });
});

test.each<[string, Partial<Answers>]>([
  ['it is of another version', { health: [200, { ok: true, version: '0.9.0', deployment: 'now' }] }],
  ['it is the deployment before', { health: [200, { ok: true, version: '1.0.0', deployment: 'before' }] }],
  ['it sends elsewhere', { health: [302] }],
  ['it fails', { health: [500] }],
  ['anybody may speak as Twilio', { unsigned: 200 }],
  ['it has another token of Twilio’s', { signed: 403 }],
  ['it is not configured', { signed: 503, unsigned: 503 }],
  ['its storage fails', { alerts: 500 }],
])('%s: it does not work', async (_what, changes) => {
  expect(await checked(changes)).toEqual({ ok: false, reason: expect.any(String) });
});

test('of what the Worker has, only names of ours that have no value any more are taken away', async () => {
  vi.stubEnv('CLOUDFLARE_API_BASE_URL', url);
  onTestFinished(() => void vi.unstubAllEnvs());
  const vars = {
    CLOUDFLARE_API_BASE_URL: url,
    CLOUDFLARE_ACCOUNT_ID: 'me',
    TWILIO_AUTH_TOKEN: 'kept',
    OPERATOR_TOKEN: '',
  };
  expect(await forgottenNames(vars)).toEqual({ ok: true, value: ['OPERATOR_TOKEN'] });
});
