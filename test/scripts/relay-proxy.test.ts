import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/local/ports.ts';
import { openRelayProxy } from '../../scripts/local/relay-proxy.ts';
import { LOCAL_ROUTES, ROUTES } from '../../src/worker/routes.ts';

type Seen = { method: string; url: string; headers: IncomingMessage['headers']; body: string };

/** In place of wrangler: answers everything, its own pages included, and records requests. */
async function wrangler(): Promise<{ port: number; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer(async (asked, answer) => {
    const { method = '', url = '', headers } = asked;
    seen.push({ method, url, headers, body: await text(asked) });
    answer.writeHead(200, { 'content-type': 'text/plain', 'x-own': 'yes' });
    answer.write('from ');
    answer.end('wrangler');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, seen };
}

async function door(port: number, local = true, holdMs = 5_000) {
  const relay = await wrangler();
  const opened = await openRelayProxy(port, () => Promise.resolve(relay.port), { local, holdMs });
  onTestFinished(() => opened.close());
  return { ...relay, door: opened.port };
}

/** A request with an unnormalised target and headers. */
function ask(port: number, method: string, target: string, headers: Record<string, string> = {}, body = '') {
  return new Promise<{ status: number; headers: IncomingMessage['headers']; body: string }>((done, failed) => {
    const call = request({ host: '127.0.0.1', port, method, path: target, headers, agent: false }, (answer) =>
      text(answer).then(
        (body) => done({ status: answer.statusCode ?? 0, headers: answer.headers, body }),
        (error) => failed(error),
      ),
    );
    call.once('error', failed).end(body);
  });
}

test('every route of the relay passes, with its words, in both directions', async () => {
  const { door: port, seen } = await door(0);
  const telegram = { method: 'POST', path: '/webhooks/telegram' };
  for (const { method, path } of [...Object.values(ROUTES), ...Object.values(LOCAL_ROUTES), telegram]) {
    const target = path.replace(/:\w+|\*$/, 'one/two?x=%20y&y=ü'.slice(0, path.endsWith('*') ? undefined : 3));
    const verb = method === 'ALL' ? 'POST' : method;
    const answer = await ask(port, verb, encodeURI(target), { 'x-kept': 'yes' }, verb === 'POST' ? 'a body' : '');
    expect([path, answer.status, answer.body, answer.headers['x-own']]).toEqual([path, 200, 'from wrangler', 'yes']);
    expect(seen.at(-1)).toMatchObject({ method: verb, headers: { 'x-kept': 'yes', host: `127.0.0.1:${port}` } });
    expect(seen.at(-1)?.body).toBe(verb === 'POST' ? 'a body' : '');
  }
  expect((await ask(port, 'HEAD', '/media/abc')).status).toBe(200);
});

test('the operator’s page opens on this computer only, however a tunnel names it', async () => {
  for (const local of [true, false]) {
    const { door: port, seen } = await door(0, local);
    const status = async (headers: Record<string, string>) =>
      (await ask(port, 'GET', '/operator/audit', headers)).status;
    const own = `127.0.0.1:${port}`;
    expect(await status({ host: own })).toBe(200);
    expect(await status({ host: 'abc.tunnel.example' })).toBe(403);
    expect(await status({ host: 'abc.tunnel.example', authorization: 'Bearer x' })).toBe(403);
    for (const name of ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'cf-connecting-ip', 'via'])
      expect(await status({ host: own, [name]: '192.0.2.1' })).toBe(403);
    expect(seen.length).toBe(1);
  }
});

/** A stranger's attempts: the development server's own pages, in every spelling, and headers that redirect it. */
const REFUSED: [string, string][] = [
  ...['/', '/nothing', '/cdn-cgi/explorer/', '/cdn-cgi/explorer/api/', '/cdn-cgi/local/explorer/api/workers'].map(
    (path): [string, string] => ['GET', path],
  ),
  ['GET', '/cdn-cgi/local/scheduled'],
  ['POST', '/cdn-cgi/local/email?from=a&to=b'],
  ['GET', '/cdn-cgi/local/r2/public/MEDIA/x'],
  ['GET', '/__scheduled'],
  ['GET', '//cdn-cgi/local/scheduled'],
  ['GET', '/CDN-CGI/local/scheduled'],
  ['GET', '/model/../cdn-cgi/local/scheduled'],
  ['GET', '/model/%2e%2e/cdn-cgi/local/scheduled'],
  ['POST', '/operator/..\\..\\cdn-cgi/explorer/api/'],
  ['GET', '/media/../../cdn-cgi/explorer'],
  ['GET', '/media/\t/../../cdn-cgi/explorer'.replace('\t', '%09')],
  ['GET', 'http://127.0.0.1/cdn-cgi/local/scheduled'],
  ['GET', 'http://127.0.0.1/healthz'],
  ['OPTIONS', '*'],
  ['GET', '/webhooks/twilio'],
  ['PUT', '/webhooks/twilio'],
  ['GET', '/webhooks/telegram'],
  ['POST', '/healthz'],
  ['TRACE', '/model/v1/messages'],
  ['GET', '/read/a/b'],
  ['GET', '/local/clocks'],
];

test('nothing else gets to the development server, however it is spelled', async () => {
  const { door: port, seen } = await door(0);
  const answers = await Promise.all(REFUSED.map(([method, target]) => ask(port, method, target, {}, '')));
  expect(answers.map(({ status }, n) => [REFUSED[n]?.join(' '), status])).toEqual(
    REFUSED.map((one) => [one.join(' '), 404]),
  );
  expect(seen).toEqual([]);
});

test('a passed request is asked for as it was judged, and tells the development server nothing of its own', async () => {
  const { door: port, seen } = await door(0);
  await ask(port, 'GET', '/cdn-cgi/../healthz?a=%2F..', {
    'MF-Original-URL': 'http://127.0.0.1/cdn-cgi/local/scheduled',
    'mf-route-override': 'x',
    Connection: 'close, x-private',
    'x-private': 'of this connection',
    Upgrade: 'websocket',
  });
  expect(seen.map(({ url }) => url)).toEqual(['/healthz?a=%2F..']);
  expect(Object.keys(seen[0]?.headers ?? {}).filter((name) => /^mf-|private|upgrade/.test(name))).toEqual([]);
});

test('the route that moves the clock answers only this computer, and nobody behind a tunnel', async () => {
  const { path } = LOCAL_ROUTES.clock;
  const near = await door(0);
  const status = async (headers: Record<string, string>) => (await ask(near.door, 'POST', path, headers)).status;
  const own = `127.0.0.1:${near.door}`;
  expect(await status({ host: own })).toBe(200);
  expect(await status({ host: `localhost:${near.door}`, origin: `http://localhost:${near.door}` })).toBe(200);
  expect(await status({ host: 'evil.example' })).toBe(403);
  expect(await status({ host: 'evil.example:80@127.0.0.1' })).toBe(403);
  expect(await status({ host: own, origin: 'http://evil.example' })).toBe(403);
  expect(await status({ host: own, origin: 'null' })).toBe(403);
  expect(near.seen).toHaveLength(2);
  const tunnelled = await door(0, false);
  expect((await ask(tunnelled.door, 'POST', path)).status).toBe(404);
  expect(tunnelled.seen).toEqual([]);
});

test('a request that comes while the relay starts again waits for it, and is asked once', async () => {
  const relay = await wrangler();
  const gone = await freePort();
  let asked = 0;
  const opened = await openRelayProxy(0, () => Promise.resolve(asked++ < 2 ? gone : relay.port), { local: true });
  onTestFinished(() => opened.close());
  expect(await ask(opened.port, 'POST', '/webhooks/twilio', {}, 'Body=hello')).toMatchObject({ status: 200 });
  expect(relay.seen.map(({ body }) => body)).toEqual(['Body=hello']);
});

test('who has gone meanwhile is not asked for, and a relay that stays away is said to be starting', async () => {
  const relay = await wrangler();
  const up = Promise.withResolvers<number>();
  const opened = await openRelayProxy(0, () => up.promise, { local: true, holdMs: 300 });
  onTestFinished(() => opened.close());
  const impatient = connect(opened.port, '127.0.0.1');
  impatient.write('POST /webhooks/twilio HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na');
  await new Promise((done) => setTimeout(done, 50));
  impatient.destroy();
  expect(await ask(opened.port, 'GET', '/healthz')).toMatchObject({
    status: 503,
    body: 'Roost is starting. Please try again in a few seconds.',
  });
  up.resolve(relay.port);
  expect((await ask(opened.port, 'GET', '/healthz')).status).toBe(200);
  expect(relay.seen.map(({ url }) => url)).toEqual(['/healthz']);
});

test('webhooks that waited for the relay, and tried again meanwhile, reach it in the order they came first', async () => {
  const relay = await wrangler();
  const broken = createServer((asked) => asked.socket.destroy()).listen(0, '127.0.0.1');
  onTestFinished(() => void broken.close());
  await once(broken, 'listening');
  const address = broken.address();
  let port = typeof address === 'object' && address ? address.port : 0;
  const opened = await openRelayProxy(0, () => Promise.resolve(port), { local: true });
  onTestFinished(() => opened.close());
  const headers = () => ({ 'i-twilio-idempotency-token': `token-${Math.random()}` });
  const post = (n: number) => ask(opened.port, 'POST', '/webhooks/twilio', headers(), `MessageSid=${n}`);
  const impatient = (n: number) => {
    const socket = connect(opened.port, '127.0.0.1');
    const head = `POST /webhooks/twilio HTTP/1.1\r\nHost: x\r\ni-twilio-idempotency-token: token-${n}\r\n`;
    socket.write(`${head}Content-Length: 12\r\n\r\nMessageSid=${n}`);
    return socket;
  };
  const first = impatient(1);
  await new Promise((done) => setTimeout(done, 150));
  const later = [post(2), post(3)];
  await new Promise((done) => setTimeout(done, 150));
  first.destroy();
  later.push(post(1));
  await new Promise((done) => setTimeout(done, 150));
  port = relay.port;
  expect((await Promise.all(later)).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(relay.seen.map(({ body }) => body)).toEqual(['MessageSid=1', 'MessageSid=2', 'MessageSid=3']);
});

test('a webhook that found the relay gone goes before those that come when it is just back', async () => {
  const relay = await wrangler();
  const dying = createServer((asked) => asked.socket.destroy()).listen(0, '127.0.0.1');
  onTestFinished(() => void dying.close());
  await once(dying, 'listening');
  const address = dying.address();
  let port = typeof address === 'object' && address ? address.port : 0;
  const opened = await openRelayProxy(0, () => Promise.resolve(port), { local: true });
  onTestFinished(() => opened.close());
  const post = (n: number) =>
    ask(opened.port, 'POST', '/webhooks/twilio', { 'i-twilio-idempotency-token': `token-${n}` }, `MessageSid=${n}`);
  const found = once(dying, 'request');
  const first = post(1);
  await found;
  await new Promise((done) => setTimeout(done, 25));
  port = relay.port;
  await Promise.all([first, post(2)]);
  expect(relay.seen.map(({ body }) => body)).toEqual(['MessageSid=1', 'MessageSid=2']);
});

test('a relay that dies in the middle of an answer ends the connection: half an answer is none', async () => {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { 'content-length': '100' });
    answer.write('half', () => answer.destroy());
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const inside = typeof address === 'object' && address ? address.port : 0;
  const opened = await openRelayProxy(0, () => Promise.resolve(inside), { local: true });
  onTestFinished(() => opened.close());
  await expect(ask(opened.port, 'GET', '/media/abc')).rejects.toThrow();
});
