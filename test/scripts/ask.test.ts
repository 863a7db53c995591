import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ask, bearer, Refused, Unreachable } from '../../scripts/accounts/ask.ts';
import { bucketNames, lookUp } from '../../scripts/accounts/cloudflare.ts';
import { readApproval, readMessages } from '../../scripts/accounts/twilio.ts';
import { listen } from './stand-ins.ts';

// The one request with which accounts are checked: its retries, where a key never goes, the words of failures.

const TOKEN = 'token-of-the-test-0123456789';
const asked: string[] = [];
let answers: (() => Response)[] = [];
const app = new Hono();
app.all('*', (c) => {
  asked.push(`${c.req.method} ${c.req.path} ${c.req.header('authorization') ?? '-'}`);
  return (answers.shift() ?? (() => Response.json({ success: true, errors: [], result: { buckets: [] } })))();
});
let server: Awaited<ReturnType<typeof listen>>;
beforeAll(async () => {
  server = await listen(app);
});
beforeEach(() => {
  asked.length = 0;
  answers = [];
});
afterAll(() => server.close());

const cloudflare = () => ({ CLOUDFLARE_API_BASE_URL: `${server.url}/`, CLOUDFLARE_API_TOKEN: TOKEN });
const twilio = () => ({
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: TOKEN,
  TWILIO_API_URL: server.url,
  TWILIO_CONTENT_URL: server.url,
});
const broken = (status: number) => () => new Response('<html>', { status });
const thrown = async (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => expect.fail('it succeeded'),
    (error: Error) => error,
  );

test('a redirect is not followed: a key would go along', async () => {
  answers = [() => new Response(null, { status: 307, headers: { location: `${server.url}/elsewhere` } })];
  expect(await ask(`${server.url}/here`, { headers: bearer(TOKEN) })).toMatchObject({ status: 307, json: null });
  expect(asked).toEqual([`GET /here Bearer ${TOKEN}`]);
});

test('what a deployment depends on is asked again when the service has trouble; other things and refusals are not', async () => {
  answers = [broken(503), broken(429)];
  await lookUp(cloudflare(), '/workers/scripts');
  expect(asked).toHaveLength(3);
  answers = [broken(503)];
  await expect(bucketNames(cloudflare())).rejects.toThrow('Cloudflare says: no reason [code: 503]');
  const errors = [{ code: 10007, message: 'This Worker does not exist.' }];
  answers = [() => Response.json({ success: false, errors, result: null }, { status: 404 })];
  const refused = await thrown(lookUp(cloudflare(), '/workers/scripts/roost'));
  expect(refused).toMatchObject({ status: 404, code: 10007 });
  expect(refused).toBeInstanceOf(Refused);
  expect(asked).toHaveLength(5);
});

test('Twilio’s refusals keep its code; what is not there is none', async () => {
  answers = [() => Response.json({ code: 20003, message: 'Authenticate', status: 401 }, { status: 401 })];
  expect(await thrown(readMessages(twilio(), { To: '+15555550100' }))).toMatchObject({ status: 401, code: 20003 });
  answers = [broken(502)];
  expect(await thrown(readMessages(twilio(), {}))).toMatchObject({ status: 502, code: null });
  answers = [broken(404)];
  expect(await readApproval(twilio(), `HX${'0'.repeat(32)}`)).toBeNull();
});

test('nobody there, or too late, is said with the host and the reason, and holds no key', async () => {
  const late = new Hono().all('*', () => new Promise<Response>(() => {}));
  const silent = await listen(late);
  const request = { headers: bearer(TOKEN), withinMs: 50 };
  const tooLate = await thrown(ask(`${silent.url}/?key=${TOKEN}`, request));
  await silent.close();
  const nobody = await thrown(ask(`${silent.url}/?key=${TOKEN}`, request));
  const host = new URL(silent.url).host;
  expect(tooLate.message).toBe(`${host} doesn’t answer (no answer in time)`);
  expect(nobody.message).toBe(`${host} doesn’t answer (ECONNREFUSED)`);
  for (const error of [tooLate, nobody]) expect(error).toBeInstanceOf(Unreachable);
});
