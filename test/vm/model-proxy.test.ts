import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ModelProxy } from '../../vm/src/network/model-proxy.ts';

// The agent's way to the model, alone: which requests pass, what is replaced, and the agent's error when the way is
// blocked.

type Passed = { method: string; url: string; headers: Record<string, unknown>; body: string };

let passed: Passed[];
let answer: { status: number; headers: Record<string, string>; body: string };
let gateway: ModelProxy;
let closeRelay: () => void;
/** The relay takes requests and doesn't answer. */
let isSilent: boolean;
/** Null: as it is. */
let now: number | null;

beforeEach(async () => {
  [passed, isSilent, now] = [[], false, null];
  answer = { status: 200, headers: { 'content-type': 'application/json', 'request-id': 'req_1' }, body: '{}' };
  const relay = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      passed.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      if (!isSilent) response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  closeRelay = () => {
    relay.close();
    relay.closeAllConnections();
  };
  gateway = new ModelProxy(`http://127.0.0.1:${(relay.address() as AddressInfo).port}`, () => now ?? Date.now());
  await gateway.listen();
});
afterEach(() => {
  gateway.close();
  closeRelay();
});

const inTenMinutes = (): number => Date.now() + 600_000;
const ask = (url: string): Promise<Response> =>
  fetch(`${url}/v1/messages?beta=true`, {
    method: 'POST',
    headers: {
      'x-api-key': 'held-by-the-relay',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'a,b',
      'content-type': 'application/json',
      cookie: 'x=1',
    },
    body: '{"model":"m"}',
  });
const errorType = async (response: Response): Promise<unknown> => {
  const body = (await response.json()) as { type: string; error: { type: string } };
  expect(body.type).toBe('error');
  return body.error.type;
};

test.each(['GET', 'DELETE'])(
  'the body of a %s never becomes another request on a shared connection',
  async (method) => {
    const [mine, theirs] = ['c1', 'c2'].map((conversation) => {
      gateway.open(conversation, { token: `token-of-${conversation}`, expires_at: inTenMinutes() });
      return gateway.urlFor(conversation);
    }) as [string, string];
    const call = request(`${mine}/v1/models`, { method, headers: { 'transfer-encoding': 'chunked' } });
    call.end('POST /model/v1/messages HTTP/1.1\r\nhost: relay\r\ncontent-length: 2\r\n\r\n{}');
    const [response] = await once(call, 'response');
    response.resume();
    await once(response, 'end');
    expect((await ask(theirs)).status).toBe(200);
    expect(passed.map((p) => [p.method, p.body, p.headers.authorization])).toEqual([
      [method, '', 'Bearer token-of-c1'],
      ['POST', '{"model":"m"}', 'Bearer token-of-c2'],
    ]);
  },
);

test('method, path, query, anthropic headers and body pass; the token takes the place of the key', async () => {
  const url = gateway.urlFor('c1');
  gateway.open('c1', { token: 'model-token', expires_at: inTenMinutes() });
  const response = await ask(url);
  expect([response.status, response.headers.get('request-id')]).toEqual([200, 'req_1']);
  expect(passed).toMatchObject([
    {
      method: 'POST',
      url: '/model/v1/messages?beta=true',
      body: '{"model":"m"}',
      headers: {
        authorization: 'Bearer model-token',
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'a,b',
        // By it the relay knows how much money to set aside.
        'content-length': '13',
      },
    },
  ]);
  expect(Object.keys(passed[0]?.headers ?? {})).not.toContain('x-api-key');
  expect(Object.keys(passed[0]?.headers ?? {})).not.toContain('cookie');
});

test('between turns it answers 503 and asks nobody, never 401', async () => {
  const url = gateway.urlFor('c1');
  for (const prepare of [() => {}, () => gateway.open('c1', { token: 't', expires_at: inTenMinutes() })]) {
    prepare();
    gateway.shut('c1');
    gateway.renew('c1', 'late', Date.now());
    const response = await ask(url);
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([503, 'false']);
    expect(await errorType(response)).toBe('api_error');
  }
  expect(passed).toEqual([]);
});

test('conversations have ways of their own; a guessed one is not found', async () => {
  const [mine, other] = [gateway.urlFor('c1'), gateway.urlFor('c2')];
  expect(mine).not.toBe(other);
  gateway.open('c1', { token: 'mine', expires_at: inTenMinutes() });
  expect((await ask(other)).status).toBe(503);
  expect((await ask(`${new URL(mine).origin}/guess`)).status).toBe(404);
  expect((await ask(mine)).status).toBe(200);
});

test('after a pause of the machine its connections end, and the agent’s next request takes a new one', async () => {
  const url = gateway.urlFor('c1');
  gateway.open('c1', { token: 't', expires_at: inTenMinutes() });
  isSilent = true;
  const waiting = ask(url);
  await vi.waitUntil(() => passed.length === 1);
  gateway.dropConnections();
  expect(await errorType(await waiting)).toBe('overloaded_error');
  isSilent = false;
  expect((await ask(url)).status).toBe(200);
});

test('a token is judged by the time that the server knows, not by a clock that is behind', async () => {
  const url = gateway.urlFor('c1');
  gateway.open('c1', { token: 't', expires_at: inTenMinutes() });
  now = inTenMinutes() + 1;
  expect(await errorType(await ask(url))).toBe('overloaded_error');
  expect(passed).toEqual([]);
});

test('an expired token, a refusal on the way and a relay that is gone are outages that are tried again', async () => {
  const url = gateway.urlFor('c1');
  gateway.open('c1', { token: 'old', expires_at: Date.now() - 1 });
  expect(await errorType(await ask(url))).toBe('overloaded_error');
  expect(passed).toEqual([]);
  gateway.renew('c1', 'fresh', Date.now());
  expect((await ask(url)).status).toBe(200);

  for (const status of [401, 403]) {
    answer = { status, headers: { 'content-type': 'text/html' }, body: '<h1>no</h1>' };
    const blocked = await ask(url);
    expect([blocked.status, await errorType(blocked)]).toEqual([529, 'overloaded_error']);
  }
  const own = '{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}';
  answer = { status: 401, headers: { 'content-type': 'application/json' }, body: own };
  expect((await ask(url)).status).toBe(401);

  closeRelay();
  const gone = await ask(url);
  expect([gone.status, await errorType(gone)]).toEqual([529, 'overloaded_error']);
});
