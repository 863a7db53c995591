import { exports } from 'cloudflare:workers';
import type { JWK } from 'jose';
import { beforeEach, expect, test } from 'vitest';
import { MODEL_AUDIENCE, signToken } from '../../src/protocol/index.ts';
import { answerTo, Person, quiet } from './person.ts';
import { stubOf, useOutside, vars } from './relay.ts';

// The model key at the edge: a machine comes with a short-lived token and its request leaves with the key; nothing else
// changes.

const world = useOutside();
beforeEach(quiet);
const key = JSON.parse(vars.MACHINE_SIGNING_KEY as string) as JWK;
const SOME = { conversation: 'ab'.repeat(32), attempt: `${'0'.repeat(26)}.1` };
const tokenFor = (audience: string, now = Date.now(), of: { conversation: string; attempt?: string } = SOME) =>
  signToken(key, { audience, ...of }, now, 600_000);

/** A person with a running turn, and their machine's token. */
async function running() {
  const person = new Person(world);
  await person.says('hello');
  const { attempt, uuids } = await person.started();
  const token = person.outside.starts.find((start) => start.attempt === attempt)?.body.model_token.token as string;
  return { person, attempt, uuids, token };
}

const BODY = '{"model":"claude-sonnet-5", "stream":true }';

function call(token: string | null, path: string, init: RequestInit = {}): Promise<Response> {
  return exports.default.fetch(`https://relay.example.com/model${path}`, {
    method: 'POST',
    body: BODY,
    ...init,
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...init.headers },
  });
}

test('swaps the token for the key and passes path, query, headers and bytes as they are', async () => {
  const seen: { url: string; headers: Headers; body: string }[] = [];
  world.outside.onModel = async (request) => {
    seen.push({ url: request.url, headers: request.headers, body: await request.text() });
    return new Response('event: message_start\ndata: {}\n\n', {
      headers: { 'content-type': 'text/event-stream', 'request-id': 'req_1', 'set-cookie': 'no=1' },
    });
  };
  const response = await call((await running()).token, '/v1/messages?beta=true', {
    headers: { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a,b', cookie: 'x=1', 'x-api-key': 'dummy' },
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('request-id')).toBe('req_1');
  expect(response.headers.get('set-cookie')).toBeNull();
  expect(await response.text()).toBe('event: message_start\ndata: {}\n\n');
  expect(seen[0]?.url).toBe('https://model.example.com/v1/messages?beta=true');
  expect(seen[0]?.body).toBe(BODY);
  const headers = seen[0]?.headers;
  expect(headers?.get('x-api-key')).toBe('the-real-key');
  expect(headers?.get('anthropic-beta')).toBe('a,b');
  expect(headers?.get('authorization')).toBeNull();
  expect(headers?.get('cookie')).toBeNull();
});

test('refuses without a token, with one for a machine, with one that is too old, and asks nothing upstream', async () => {
  const old = await tokenFor(MODEL_AUDIENCE, Date.now(), { conversation: SOME.conversation });
  const tokens = [null, old, await tokenFor('static'), await tokenFor(MODEL_AUDIENCE, Date.now() - 3_600_000), 'x'];
  for (const token of tokens) {
    const response = await call(token, '/v1/messages');
    expect(response.status).toBe(401);
    // Not in the model's own format, which the agent would take for a bad key.
    expect(response.headers.get('content-type')).not.toContain('json');
  }
  expect(world.outside.modelRequests).toEqual([]);
});

test('passes on what the agent needs and nothing else of the API', async () => {
  const { token } = await running();
  expect((await call(token, '/v1/messages/count_tokens')).status).toBe(200);
  for (const path of ['/v1/files', '/v1/messages/batches', '/v1/messages/../files', '/v1/organizations']) {
    expect((await call(token, path)).status).toBe(404);
  }
  expect((await call(token, '/v1/messages', { method: 'GET', body: null })).status).toBe(404);
  expect(world.outside.modelRequests).toHaveLength(1);
});

test('passes an error of the API through with its status and retry advice', async () => {
  world.outside.onModel = () =>
    Response.json(
      { type: 'error' },
      { status: 429, headers: { 'retry-after': '7', 'anthropic-ratelimit-tokens-remaining': '0' } },
    );
  const response = await call((await running()).token, '/v1/messages');
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toBe('7');
});

test('says overloaded, not unauthorised, when the API cannot be reached', async () => {
  world.outside.onModel = () => Promise.reject(new Error('refused'));
  const response = await call((await running()).token, '/v1/messages');
  expect(response.status).toBe(529);
  expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } });
});

test('serves one attempt while it is open, and nobody who is not there', async () => {
  const { person, attempt, token } = await running();
  const conversation = stubOf(person.address).id.toString();
  const of = (change: Partial<typeof SOME>) =>
    tokenFor(MODEL_AUDIENCE, Date.now(), { conversation, attempt, ...change });
  expect((await call(token, '/v1/messages')).status).toBe(200);
  expect((await call(await of({ attempt: attempt.replace('.1', '.2') }), '/v1/messages')).status).toBe(403);
  expect(
    (await call(await of({ conversation: stubOf('whatsapp:+15555559999').id.toString() }), '/v1/messages')).status,
  ).toBe(403);
  expect((await call(await of({ conversation: 'nobody-at-all' }), '/v1/messages')).status).toBe(529);
  expect(world.outside.modelRequests).toHaveLength(1);
});

test('an attempt that has ended is over', async () => {
  const { person, attempt, uuids, token } = await running();
  expect((await call(token, '/v1/messages')).status).toBe(200);
  person.tells(attempt, ...answerTo(uuids, 'done'));
  await person.outside.until(async () => (await call(token, '/v1/messages')).status === 403);
});

test('a second model late in a long body: the machine reads why, and the API never has all of it', async () => {
  const { token } = await running();
  const reached: { bytes: number; isWhole: boolean; isBroken: boolean }[] = [];
  world.outside.onModel = async (request) => {
    const seen = { bytes: 0, isWhole: false, isBroken: false };
    reached.push(seen);
    try {
      for await (const piece of request.body ?? []) seen.bytes += piece.byteLength;
      seen.isWhole = true;
    } catch (error) {
      seen.isBroken = true;
      throw error;
    }
    return Response.json({ ok: true });
  };
  const words = 'x'.repeat(1_000_000);
  const bodyWith = (last: string) => `{"model":"claude-sonnet-5","system":"${words}","messages":[]${last}}`;
  for (const last of [',"model":"claude-opus-anything-dear"', ',"mod\\u0065l":"dear"', ',"model":7']) {
    const response = await call(token, '/v1/messages', { body: inPieces(bodyWith(last)) });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { type: 'invalid_request_error', message: expect.stringContaining('more than one model') } },
    ]);
  }
  // It stands still: breaking it off would break the machine's request off as well.
  const still = { isWhole: false, isBroken: false };
  expect(reached).toMatchObject([still, still, still]);
  expect((await call(token, '/v1/messages', { body: inPieces(bodyWith('')) })).status).toBe(200);
  expect(reached.at(-1)).toMatchObject({ bytes: bodyWith('').length, isWhole: true });
});

/** As over a network: piece by piece, the first pieces before the rest exists. */
function inPieces(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + 65_536));
      at += 65_536;
    },
  });
}

test('a body that is larger than the API takes is refused as the API does it, and not as an outage', async () => {
  world.outside.onModel = async (request) => new Response(await request.text());
  const body = `{"model":"claude-sonnet-5","x":"${'x'.repeat(32 * 2 ** 20)}"}`;
  const response = await call((await running()).token, '/v1/messages', { body });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'request_too_large' } });
});

test('refuses a model that is not configured, and a body that names two or none first', async () => {
  const { token } = await running();
  const bodies = [
    ['{"model":"claude-opus-anything-dear"}', 404],
    ['{"model":"claude-sonnet-5","model":"dear"}', 400],
    ['{"mod\\u0065l":"dear","model":"claude-sonnet-5"}', 400],
    ['{"messages":[{"model":"claude-sonnet-5"}]}', 400],
    ['{"model":7}', 400],
    ['nothing', 400],
    ['{"messages":[{"model":"dear"}],"model":"claude-haiku-4-5"}', 200],
  ] as const;
  for (const [body, status] of bodies)
    expect([body, (await call(token, '/v1/messages', { body })).status]).toEqual([body, status]);
  expect((await call(token, '/v1/messages', { headers: { 'content-encoding': 'gzip' } })).status).toBe(400);
  expect(world.outside.modelRequests).toHaveLength(1);
});
