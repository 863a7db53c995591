import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Examined, examine } from '../../scripts/doctor/check.ts';
import { doctorContextOf } from '../../scripts/doctor/context.ts';
import { CHECKS } from '../../scripts/doctor/table.ts';
import type { Vars } from '../../scripts/local/dev-vars.ts';
import { VERSION } from '../../src/config/config.ts';
import { inheritEnvironment } from '../inherit-environment.ts';
import { listenOn } from '../loopback.ts';

// The doctor's findings about rarer answers of the services, which the stand-ins of whole runs do not give. One server
// plays all of them, by path.

const ACCOUNT = `AC${'1'.repeat(32)}`;
const TEMPLATE = `HX${'2'.repeat(32)}`;
const SENDER = 'whatsapp:+15555550100';
const ADMIN = '+15555550123';
const IMAGE = `registry.example.com/roost@sha256:${'a'.repeat(64)}`;
const HOUR = 60 * 60_000;

/** A redirect, a refusal with these words, or an answer. */
let said: Record<string, object | { location: string } | { refusal: string }> = {};
let url = '';
const server = createServer(({ url: asked = '' }, outgoing) => {
  const answer = said[asked] ?? said[asked.split('?')[0] ?? ''];
  if (answer && 'location' in answer) return void outgoing.writeHead(302, { location: String(answer.location) }).end();
  if (answer && 'refusal' in answer)
    return void outgoing.writeHead(500).end(JSON.stringify({ error: answer.refusal, message: answer.refusal }));
  outgoing.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
});
beforeAll(async () => {
  url = await listenOn(server);
});
afterAll(() => void server.close());
beforeEach(() => {
  said = {};
});

const vars = (): Vars => ({
  PUBLIC_URL: url,
  OPERATOR_TOKEN: 'operator-of-the-test',
  TWILIO_ACCOUNT_SID: ACCOUNT,
  TWILIO_AUTH_TOKEN: 'token-of-the-test',
  TWILIO_API_URL: url,
  TWILIO_MESSAGING_URL: url,
  TWILIO_CONTENT_URL: url,
  TWILIO_SENDERS: SENDER,
  TWILIO_NUDGE_CONTENT_SID: TEMPLATE,
  ADMIN_SENDERS: ADMIN,
  MACHINE_PROVIDER: 'fly',
  FLY_API_URL: url,
  FLY_API_TOKEN: 'fly-of-the-test',
  FLY_ORG: 'team',
  FLY_IMAGE: IMAGE,
});

async function found(name: string, more: Vars = {}): Promise<Examined> {
  const checks = CHECKS.filter((check) => check.name === name);
  for await (const one of examine(checks, doctorContextOf({ ...vars(), ...more }))) return one;
  return expect.fail(`there is no check ${name}`);
}

const machine = (changes: object = {}) => ({
  conversation: 'c',
  name: `roost-${'a'.repeat(20)}`,
  image: IMAGE,
  settings: 's',
  reverted_from: null,
  ...changes,
});
const health = (changes: object = {}, image = IMAGE) => ({
  version: VERSION,
  protocol: 1,
  now: new Date().toISOString(),
  configuration: { provider: 'fly', public_host: 'relay.example.com', image },
  bindings: { media: true, archive: true, ai: true },
  alerts_last_day: 0,
  machines: [machine()],
  rollout: null,
  ...changes,
});
const sender = (status: string) => ({
  sid: 'XE1',
  sender_id: SENDER,
  status,
  webhook: {
    callback_url: `${url}/webhooks/twilio#ct=1000&rt=3900&tt=15000&rc=2&rp=5xx,ct,rt`,
    callback_method: 'POST',
    status_callback_url: `${url}/webhooks/twilio/status`,
  },
});
const SENDERS = '/v2/Channels/Senders';

test.each([
  ['approved', 'ok', /approved/],
  ['received', 'warn', /days/],
  ['pending', 'warn', /days/],
  ['unsubmitted', 'fail', /Submit it/],
  ['paused', 'fail', /Create one with other words/],
])('a template that is %s: %s', async (status, expected, words) => {
  said[`/v1/Content/${TEMPLATE}/ApprovalRequests`] = { whatsapp: { status } };
  const { status: is, detail, fix = detail } = await found('template');
  expect([is, fix]).toEqual([expected, expect.stringMatching(words)]);
});

test.each([
  ['Full', 'ok'],
  ['Trial', 'warn'],
])('an account of type %s: %s', async (type, status) => {
  said[`/2010-04-01/Accounts/${ACCOUNT}.json`] = { friendly_name: 'x', status: 'active', type };
  expect((await found('twilio-key')).status).toBe(status);
});

test.each([
  ['ONLINE', 'ok'],
  ['ONLINE:UPDATING', 'ok'],
  ['OFFLINE', 'fail'],
])('a sender on the second page that is %s: %s', async (status, expected) => {
  said[SENDERS] = { senders: [], meta: { next_page_url: `https://messaging.twilio.com${SENDERS}?Page=1` } };
  said[`${SENDERS}?Page=1`] = { senders: [sender(status)], meta: { next_page_url: null } };
  expect(await found('webhook')).toMatchObject({ status: expected });
});

test.each([
  [71, 'ok'],
  [73, 'warn'],
])('somebody who texted the sandbox %i hours ago: %s', async (hours, status) => {
  said[SENDERS] = { senders: [], meta: {} };
  const date_created = new Date(Date.now() - hours * HOUR).toUTCString();
  const text = {
    sid: 'SM1',
    from: `whatsapp:${ADMIN}`,
    to: SENDER,
    direction: 'inbound',
    status: 'received',
    body: 'x',
  };
  said[`/2010-04-01/Accounts/${ACCOUNT}/Messages.json`] = { messages: [{ ...text, date_created }] };
  expect((await found('sandbox-expired')).status).toBe(status);
});

test('an admin on Telegram needs no sandbox', async () => {
  said[SENDERS] = { senders: [], meta: {} };
  const on = (admins: string) => found('sandbox-expired', { ADMIN_SENDERS: admins });
  expect(await on('telegram:4815162342')).toMatchObject({ status: 'skip' });
  said[`/2010-04-01/Accounts/${ACCOUNT}/Messages.json`] = { messages: [] };
  expect((await on(`telegram:4815162342, ${ADMIN}`)).detail).toContain('ending in 0123');
});

const ROLLING = { settings: 's', image: IMAGE, state: 'all', first: null };
test.each([
  ['all is of one image', health(), 'ok'],
  ['the relay makes another', health({ machines: [] }, `${IMAGE.slice(0, -1)}b`), 'warn'],
  ['a machine runs another', health({ machines: [machine({ image: 'old' })] }), 'warn'],
  [
    'a machine runs another and is being changed',
    health({ machines: [machine({ image: 'old' })], rollout: ROLLING }),
    'ok',
  ],
])('images, where %s', async (_what, answer, status) => {
  said['/operator/health'] = answer;
  expect((await found('image-digest')).status).toBe(status);
});

test.each([
  ['is wanted', 'new', 'fail'],
  ['was wanted before', 'other', 'ok'],
])('a machine that went back from what %s', async (_what, reverted_from, status) => {
  const rollout = { ...ROLLING, settings: 'new', state: 'first' };
  said['/operator/health'] = health({ machines: [machine({ reverted_from })], rollout });
  expect((await found('rollout')).status).toBe(status);
});

test('an app that nobody has claimed is named, and not offered for removal', async () => {
  const name = `roost-${'b'.repeat(20)}`;
  said['/operator/health'] = health();
  said['/v1/apps'] = { apps: [{ name }] };
  said[`/v1/apps/${name}/machines`] = [];
  said[`/v1/apps/${name}/volumes`] = [];
  expect(await found('orphans')).toMatchObject({
    status: 'warn',
    detail: expect.stringContaining(name),
    fix: expect.not.stringContaining('--fix'),
  });
});

test('an answer from elsewhere is none: no redirect is followed', async () => {
  said['/elsewhere'] = health();
  said['/healthz'] = { location: `${url}/elsewhere` };
  said['/operator/health'] = health();
  expect(await found('relay-reachable')).toMatchObject({ status: 'fail', detail: expect.stringContaining('302') });
});

test('keys quoted by a service are not printed', async () => {
  said['/v1/apps'] = { refusal: 'not for operator-of-the-test' };
  const root = resolve(import.meta.dirname, '../..');
  const env = { ...vars(), ...inheritEnvironment(), ROOST_PROD_VARS: join(root, 'none.vars') };
  const run = promisify(execFile)(process.execPath, ['scripts/doctor.ts', '--only', 'fly-token'], { cwd: root, env });
  const words = 'not for [OPERATOR_TOKEN]';
  await expect(run).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining(words) });
});

test('accounts at git hosts need a key, and an App needs one that the relay can read', async () => {
  const found = async (more: Vars): Promise<unknown> => {
    const checks = CHECKS.filter(({ name }) => name === 'git-accounts');
    const all: Examined[] = [];
    for await (const one of examine(checks, doctorContextOf({ ...vars(), ...more }))) all.push(one);
    return all.map(({ status, detail }) => [status, detail]);
  };
  const SECRETS_KEY = 'A'.repeat(43);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = (type: 'pkcs1' | 'pkcs8'): string => privateKey.export({ type, format: 'pem' }).toString();
  const app = { SECRETS_KEY, GITHUB_APP_ID: '7', GITHUB_APP_SLUG: 'ours' };
  expect(await found({})).toEqual([['warn', 'nobody can connect an account, because SECRETS_KEY is not set']]);
  expect(await found({ SECRETS_KEY })).toEqual([['ok', 'accounts by tokens']]);
  expect(await found({ SECRETS_KEY, GITHUB_CLIENT_ID: 'x' })).toEqual([
    ['ok', 'accounts by GitHub’s device flow, and by tokens'],
  ]);
  expect(await found({ ...app, GITHUB_APP_PRIVATE_KEY: pem('pkcs1') })).toEqual([
    ['fail', 'the key of the GitHub App is not PKCS#8'],
  ]);
  const key = Buffer.from(pem('pkcs8')).toString('base64');
  expect(await found({ ...app, GITHUB_APP_PRIVATE_KEY: key })).toEqual([
    ['ok', 'accounts by the GitHub App ours, and by tokens'],
  ]);
});
