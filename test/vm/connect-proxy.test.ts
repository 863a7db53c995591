import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GitAccess } from '../../src/protocol/index.ts';
import { ConnectProxy } from '../../vm/src/network/connect-proxy.ts';

// The loopback address between an agent's git and gh and the relay: it lets in whoever has the conversation's word, only
// while the attempt runs, only to its repository, and passes on what it needs and nothing else.

let relay: Server;
let proxy: ConnectProxy;
let now: number;
let seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

const access = (fields: Partial<GitAccess> = {}): GitAccess => ({
  host: 'github.com',
  path: 'ann/shop',
  token: { token: 'attempt-token', expires_at: now + 60_000 },
  ...fields,
});

beforeEach(async () => {
  now = 1_795_000_000_000;
  seen = [];
  answer = (_, response) => void response.end('ok');
  relay = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    seen.push({ method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body });
    answer(incoming, response);
  });
  await once(relay.listen(0, '127.0.0.1'), 'listening');
  proxy = new ConnectProxy(`http://127.0.0.1:${(relay.address() as AddressInfo).port}`, () => now);
  await proxy.listen();
});
afterEach(() => {
  proxy.close();
  relay.close();
  relay.closeAllConnections();
});

type Answered = { status: number; text: string; headers: IncomingMessage['headers'] };
async function ask(
  path: string,
  { word = proxy.wordFor('c1'), headers = {}, method = 'GET', body = '', host = 'github.localhost' } = {},
): Promise<Answered> {
  const own = { host, authorization: `Bearer ${word}`, ...headers };
  const sent = request({ host: '127.0.0.1', port: proxy.port, path, method, headers: own });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, text, headers: response.headers };
}
const FETCH = '/ann/shop.git/info/refs?service=git-upload-pack';
const API = 'api.github.localhost';

describe('lets in', () => {
  test('the conversation whose attempt runs, with its word in any form that tools send', async () => {
    proxy.open('c1', access());
    const word = proxy.wordFor('c1');
    const basic = Buffer.from(`x-access-token:${word}`).toString('base64');
    for (const authorization of [`Bearer ${word}`, `token ${word}`, `Basic ${basic}`])
      expect((await ask(FETCH, { headers: { authorization } })).status).toBe(200);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer attempt-token'));
  });

  test('nobody else, and nobody when no attempt runs', async () => {
    proxy.open('c1', access());
    for (const word of ['', 'guessed', proxy.wordFor('c2')])
      expect((await ask(FETCH, { word })).status).toBeGreaterThan(400);
    expect((await ask(FETCH, { headers: { authorization: '' } })).status).toBe(403);
    proxy.shut('c1');
    expect(await ask(FETCH)).toMatchObject({ status: 503, text: expect.stringContaining('No turn is running') });
    expect(seen).toEqual([]);
  });

  test('not with an expired token, and again with a fresh one', async () => {
    proxy.open('c1', access());
    now += 60_000;
    expect((await ask(FETCH)).status).toBe(503);
    proxy.renew('c1', 'fresh', now);
    proxy.renew('c2', 'stray', now);
    expect((await ask(FETCH)).status).toBe(200);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer fresh']);
  });
});

test.each([
  [
    '/ann/shop.git/info/refs?service=git-upload-pack',
    'github.localhost',
    '/connect/github.com/ann/shop.git/info/refs?service=git-upload-pack',
  ],
  ['/ann/shop/git-receive-pack', 'github.localhost:3128', '/connect/github.com/ann/shop.git/git-receive-pack'],
  ['http://github.localhost:3128/ann/shop/info/refs', 'x', '/connect/github.com/ann/shop.git/info/refs'],
  ['/ann/shop.git/info/lfs/objects/batch', '127.0.0.1:1', '/connect/github.com/ann/shop.git/info/lfs/objects/batch'],
  ['/repos/ann/shop/pulls?state=open', API, '/connect/api.github.com/repos/ann/shop/pulls?state=open'],
  ['http://api.github.localhost/graphql', 'x', '/connect/api.github.com/graphql'],
  ['/ann/shop-next.git/info/refs', 'github.localhost', null],
  ['/ann/shop.git/../other.git/info/refs', 'github.localhost', null],
  ['/ann/shop.git/%2e%2e/other.git/info/refs', 'github.localhost', null],
  ['/ann', 'github.localhost', null],
  ['http://[/', 'x', null],
])('%s at %s leads to %s', async (path, host, url) => {
  proxy.open('c1', access());
  const { status } = await ask(path, { host });
  expect({ status, urls: seen.map((one) => one.url) }).toEqual({
    status: url === null ? 403 : 200,
    urls: url === null ? [] : [url],
  });
});

test('a host that is not GitHub has git, but no API', async () => {
  proxy.open('c1', access({ host: 'git.example.com:8443', path: 'a/b/c' }));
  expect((await ask('/a/b/c.git/info/refs')).status).toBe(200);
  expect(seen.map(({ url }) => url)).toEqual(['/connect/git.example.com:8443/a/b/c.git/info/refs']);
  const refused = await ask('/user', { host: API });
  expect(JSON.parse(refused.text)).toEqual({ message: expect.stringContaining('no API for git.example.com:8443') });
});

test('only headers that git and gh need pass, both ways; a page of the API leads back here', async () => {
  proxy.open('c1', access());
  answer = (_, response) => {
    const link = '<https://api.github.com/repositories/1/pulls?page=2>; rel="next"';
    response.setHeaders(
      new Map(
        Object.entries({
          link,
          'set-cookie': 'a=b',
          location: 'https://elsewhere.example',
          'x-ratelimit-remaining': '7',
          'www-authenticate': 'Basic',
        }),
      ),
    );
    response.end('[]');
  };
  const headers = {
    cookie: 'c',
    'x-forwarded-for': '1.2.3.4',
    'git-protocol': 'version=2',
    'content-encoding': 'gzip',
  };
  const { headers: got } = await ask('/ann/shop/git-upload-pack', { method: 'POST', body: 'abc', headers });
  expect(seen[0]).toMatchObject({ body: 'abc', headers: { 'git-protocol': 'version=2', 'content-encoding': 'gzip' } });
  for (const name of ['cookie', 'x-forwarded-for']) expect(seen[0]?.headers).not.toHaveProperty(name);
  expect(got).toMatchObject({
    link: expect.stringContaining('<http://api.github.localhost/repositories/1'),
    'x-ratelimit-remaining': '7',
  });
  for (const name of ['set-cookie', 'location', 'www-authenticate']) expect(got).not.toHaveProperty(name);
});

test('the relay’s refusals reach the agent, but not one of its own token', async () => {
  proxy.open('c1', access());
  answer = (_, response) =>
    void response.writeHead(403, { 'content-type': 'text/plain' }).end('The default branch is not yours.');
  expect(await ask(FETCH)).toMatchObject({ status: 403, text: 'The default branch is not yours.' });
  answer = (_, response) => void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end('expired');
  expect(await ask(FETCH)).toMatchObject({ status: 503, text: expect.stringContaining('Try again') });
  relay.close();
  relay.closeAllConnections();
  expect(await ask(FETCH)).toMatchObject({ status: 503, text: expect.stringContaining('can’t be reached') });
});

test('what is under way ends with the attempt, and another conversation’s goes on', async () => {
  proxy.open('c1', access());
  proxy.open('c2', access());
  const begun: ServerResponse[] = [];
  answer = (_, response) => {
    response.writeHead(200).write('some');
    begun.push(response);
  };
  const mine = ask(FETCH).catch(() => 'cut');
  const other = ask(FETCH, { word: proxy.wordFor('c2') });
  await expect.poll(() => begun).toHaveLength(2);
  proxy.shut('c1');
  expect(await mine).toBe('cut');
  for (const response of begun) response.end(' more');
  expect(await other).toMatchObject({ status: 200, text: 'some more' });
});

test('a body without a method for one starts no request of its own', async () => {
  proxy.open('c1', access());
  const smuggled = 'GET /connect/github.com/bo/other.git/info/refs HTTP/1.1\r\nHost: relay\r\n\r\n';
  await ask('/repos/ann/shop', { method: 'DELETE', body: smuggled, host: API });
  await ask(FETCH);
  expect(seen.map(({ url }) => url)).toEqual(['/connect/api.github.com/repos/ann/shop', `/connect/github.com${FETCH}`]);
});

test('both ways stream: 64 MB each way, and the sender waits for the reader', async () => {
  proxy.open('c1', access());
  const SIZE = 64 * 2 ** 20;
  const chunk = Buffer.alloc(2 ** 20, 'x');
  relay.removeAllListeners('request');
  const held = Promise.withResolvers<void>();
  let came = 0;
  relay.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
    void (async () => {
      await held.promise;
      for await (const part of incoming) came += (part as Buffer).length;
      response.writeHead(200);
      for (let left = SIZE; left > 0; left -= chunk.length) if (!response.write(chunk)) await once(response, 'drain');
      response.end();
    })();
  });
  const headers = { authorization: `Bearer ${proxy.wordFor('c1')}`, host: 'github.localhost' };
  const sent = request({
    host: '127.0.0.1',
    port: proxy.port,
    path: '/ann/shop/git-receive-pack',
    method: 'POST',
    headers,
  });
  let taken = 0;
  const send = async (): Promise<void> => {
    for (let left = SIZE; left > 0; left -= chunk.length) {
      const goesOn = sent.write(chunk);
      taken += chunk.length;
      if (!goesOn) await once(sent, 'drain');
    }
    sent.end();
  };
  const sending = send();
  await new Promise((resolve) => setTimeout(resolve, 300));
  // The relay reads nothing yet: only what the sockets hold has been taken.
  expect(taken).toBeLessThan(SIZE / 2);
  held.resolve();
  await sending;
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let back = 0;
  for await (const part of response) back += (part as Buffer).length;
  expect([came, back]).toEqual([SIZE, SIZE]);
});
