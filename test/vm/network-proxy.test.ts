import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NetworkProxy } from '../../vm/src/network/network-proxy.ts';
import { resolvePublic } from '../../vm/src/network/private-address.ts';

// The ways to the network: who is asked about which host, and hosts that nobody can allow.

let service: Server;
let port: number;
let door: NetworkProxy;
let asked: string[];
let looked: string[];
let allows: boolean;

const KNOWN: Record<string, string> = { 'shop.example': '203.0.113.7', 'inward.example': '127.0.0.1' };
const resolve = async (name: string): Promise<{ address: string }[]> => {
  looked.push(name);
  return KNOWN[name] === undefined ? [] : [{ address: '203.0.113.9' }, { address: KNOWN[name] }];
};

beforeEach(async () => {
  [asked, looked, allows] = [[], [], false];
  service = createServer((incoming, response) => response.end(`hello from ${incoming.headers.host}`));
  await new Promise<void>((done) => service.listen(0, '127.0.0.1', done));
  port = (service.address() as AddressInfo).port;
  const ask = async (address: string): Promise<boolean> => {
    asked.push(address);
    return allows;
  };
  door = await NetworkProxy.open(ask, [`127.0.0.1:${port}`], resolve);
});
afterEach(() => {
  door.close();
  service.close();
});

/** What a client of the proxy gets: the status, and the text unless it is a tunnel. */
function through(method: 'GET' | 'CONNECT', path: string, at = door.port): Promise<{ status: number; text: string }> {
  const { promise, resolve: settle, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const proxied = request({ host: '127.0.0.1', port: at, method, path, agent: false });
  proxied.once('error', reject);
  proxied.once('connect', ({ statusCode = 0 }, socket) => {
    socket.destroy();
    settle({ status: statusCode, text: '' });
  });
  proxied.once('response', async (response) => {
    let text = '';
    for await (const chunk of response) text += chunk;
    settle({ status: response.statusCode ?? 0, text });
  });
  proxied.end();
  return promise;
}

test('a host and its port are asked about once a turn', async () => {
  expect(await through('GET', 'http://shop.example/a')).toMatchObject({ status: 403 });
  expect(await through('GET', 'http://shop.example/b')).toMatchObject({ status: 403 });
  expect(await through('CONNECT', 'shop.example:443')).toMatchObject({ status: 403 });
  expect(asked).toEqual(['shop.example:80', 'shop.example:443']);
  door.forget();
  await through('CONNECT', 'shop.example:443');
  expect(asked).toHaveLength(3);
});

test('a name is looked up once for a connection, so that a second answer cannot lead elsewhere', async () => {
  allows = true;
  expect(await through('GET', 'http://gone.example/')).toMatchObject({ status: 502 });
  expect([asked, looked]).toEqual([['gone.example:80'], ['gone.example']]);
});

test('nothing is looked up before the person has said yes: a name can carry a secret', async () => {
  expect(await through('CONNECT', 'a-secret.shop.example:443')).toMatchObject({ status: 403 });
  expect(await through('GET', 'http://a-secret.shop.example/')).toMatchObject({ status: 403 });
  expect([asked, looked]).toEqual([['a-secret.shop.example:443', 'a-secret.shop.example:80'], []]);
});

test('the product’s own hosts are reached without a question, and no others', async () => {
  expect(await through('GET', `http://127.0.0.1:${port}/x`)).toEqual({
    status: 200,
    text: `hello from 127.0.0.1:${port}`,
  });
  expect(await through('CONNECT', `127.0.0.1:${port}`)).toMatchObject({ status: 200 });
  allows = true;
  const beside = [
    `127.0.0.1:${port + 1}`,
    `localhost:${port}`,
    `127.0.0.2:${port}`,
    `[::1]:${port}`,
    `0.0.0.0:${port}`,
  ];
  for (const address of beside) {
    expect(await through('CONNECT', address)).toMatchObject({ status: 403 });
    expect(await through('GET', `http://${address}/`)).toMatchObject({ status: 403 });
  }
  expect(asked).toEqual([]);
});

test('a private address is refused in every spelling, and so is a name that leads to one', async () => {
  const hosts = `127.0.0.1 127.1 2130706433 0x7f.0.0.1 0177.0.0.1 [::1] [::ffff:127.0.0.1] [::ffff:7f00:1] 10.1.2.3 172.16.0.1 192.168.1.1
    169.254.169.254 100.64.0.1 0.0.0.0 [fe80::1] [fd00::1] [64:ff9b::7f00:1] localhost LOCALHOST localhost. a.localhost
    printer.local metadata.google.internal router inward.example`;
  allows = true;
  for (const host of hosts.split(/\s+/))
    expect([host, (await through('GET', `http://${host}:8787/`)).status]).toEqual([host, 403]);
  // Only a look-up shows that it leads to an internal address.
  expect(asked).toEqual(['inward.example:8787']);
  expect(await resolvePublic('shop.example', resolve)).toEqual(['203.0.113.9', '203.0.113.7']);
  expect(await resolvePublic('8.8.8.8', async (address) => [{ address }])).toEqual(['8.8.8.8']);
});

test('addresses outside the web are refused', async () => {
  allows = true;
  for (const path of ['ftp://shop.example/', '/local', 'http://a:b@shop.example/', 'http://'])
    expect([path, (await through('GET', path)).status]).toEqual([path, 403]);
  expect(asked).toEqual([]);
});

test('where nobody is asked, nothing inward is reached either', async () => {
  const free = await NetworkProxy.open(null, [], resolve);
  const status = async (path: string) => (await through('GET', path, free.port)).status;
  try {
    expect(await status('http://gone.example/')).toBe(502);
    for (const host of ['inward.example', `127.0.0.1:${port}`]) expect(await status(`http://${host}/`)).toBe(403);
  } finally {
    free.close();
  }
});

test('fifty addresses a turn are asked about; the next is refused in words, and asked about in the next turn', async () => {
  for (let n = 0; n < 50; n++) await through('CONNECT', `h${n}.example:443`);
  const more = await through('GET', 'http://one-more.example/');
  expect(more).toMatchObject({ status: 403, text: expect.stringContaining('asked about 50 in a turn at most') });
  expect([asked.length, asked.includes('one-more.example:80')]).toEqual([50, false]);
  // Decided hosts stay decided.
  allows = true;
  expect(await through('CONNECT', 'h0.example:443')).toMatchObject({ status: 403 });
  door.forget();
  await through('GET', 'http://one-more.example/');
  expect(asked.at(-1)).toBe('one-more.example:80');
});

test('two hundred connections at once; when one of them is over there is room again', async () => {
  const sockets = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const socket = connect(door.port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    }),
  );
  await expect(through('GET', `http://127.0.0.1:${port}/`)).rejects.toThrow();
  sockets[0]?.destroy();
  await vi.waitUntil(async () => (await through('GET', `http://127.0.0.1:${port}/`).catch(() => null))?.status === 200);
  for (const socket of sockets) socket.destroy();
});

test('an address that takes no connection is given up in its time, and the next is served', async () => {
  // A listener that accepts nothing: its queue is full with the second connection.
  const deaf = spawn(process.execPath, ['-e', DEAF], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [said] = await once(deaf.stdout, 'data');
  const at = Number(said);
  const queued = Array.from({ length: 8 }, () => connect(at, '127.0.0.1').on('error', () => {}));
  await vi.waitUntil(() => queued.some((socket) => !socket.connecting));
  const impatient = await NetworkProxy.open(null, [`127.0.0.1:${at}`, `127.0.0.1:${port}`], resolve, 200);
  expect(await through('GET', `http://127.0.0.1:${at}/`, impatient.port)).toMatchObject({ status: 502 });
  await expect(through('CONNECT', `127.0.0.1:${at}`, impatient.port)).rejects.toThrow();
  expect(await through('GET', `http://127.0.0.1:${port}/`, impatient.port)).toMatchObject({ status: 200 });
  impatient.close();
  for (const socket of queued) socket.destroy();
  deaf.kill('SIGKILL');
});
const DEAF = `const server = require('net').createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  require('fs').writeSync(1, String(server.address().port));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;
