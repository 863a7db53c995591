import { exports } from 'cloudflare:workers';
import type { JWK } from 'jose';
import { expect, test } from 'vitest';
import { MODEL_AUDIENCE, signToken } from '../../src/protocol/index.ts';
import { useOutside, vars } from './relay.ts';

// The model key is at the edge: a machine comes with a short-lived token and leaves with the key, nothing else changes.

const world = useOutside();
const key = JSON.parse(vars.MACHINE_SIGNING_KEY as string) as JWK;
const tokenFor = (audience: string, now = Date.now()): Promise<string> =>
  signToken(key, { audience, conversation: 'c1' }, now, 600_000);

function call(token: string | null, path: string, init: RequestInit = {}): Promise<Response> {
  return exports.default.fetch(`https://relay.example.com/model${path}`, {
    method: 'POST',
    body: '{"model":"claude", "stream":true }',
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
  const response = await call(await tokenFor(MODEL_AUDIENCE), '/v1/messages?beta=true', {
    headers: { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a,b', cookie: 'x=1', 'x-api-key': 'dummy' },
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('request-id')).toBe('req_1');
  expect(response.headers.get('set-cookie')).toBeNull();
  expect(await response.text()).toBe('event: message_start\ndata: {}\n\n');
  expect(seen[0]?.url).toBe('https://model.example.com/v1/messages?beta=true');
  expect(seen[0]?.body).toBe('{"model":"claude", "stream":true }');
  const headers = seen[0]?.headers;
  expect(headers?.get('x-api-key')).toBe('the-real-key');
  expect(headers?.get('anthropic-beta')).toBe('a,b');
  expect(headers?.get('authorization')).toBeNull();
  expect(headers?.get('cookie')).toBeNull();
});

test('refuses without a token, with one for a machine, with one that is too old, and asks nothing upstream', async () => {
  const tokens = [null, await tokenFor('static'), await tokenFor(MODEL_AUDIENCE, Date.now() - 3_600_000), 'x'];
  for (const token of tokens) {
    const response = await call(token, '/v1/messages');
    expect(response.status).toBe(401);
    // Not in the model's own shape, which the agent would take for a bad key.
    expect(response.headers.get('content-type')).not.toContain('json');
  }
  expect(world.outside.modelRequests).toEqual([]);
});

test('passes on what the agent needs and nothing else of the API', async () => {
  const token = await tokenFor(MODEL_AUDIENCE);
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
  const response = await call(await tokenFor(MODEL_AUDIENCE), '/v1/messages');
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toBe('7');
});

test('says overloaded, not unauthorised, when the API cannot be reached', async () => {
  world.outside.onModel = () => Promise.reject(new Error('refused'));
  const response = await call(await tokenFor(MODEL_AUDIENCE), '/v1/messages');
  expect(response.status).toBe(529);
  expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } });
});
