import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConnectStack, SHOP, startConnectStack } from './connect-stack.ts';

// A large clone and a large push stream through the relay, in memory that doesn't grow with them.

const MIB = 2 ** 20;
const CLONE = 300 * MIB;
const PUSH = 90 * MIB;
/** What workerd may take for a stream of any length: its buffers, and garbage that isn't collected yet. */
const MOST = 64 * MIB;
const PIECE = Buffer.alloc(256 * 1024, 7);
const OK = '0010unpack ok\n0015ok refs/heads/z\n0000';

let host: Server;
let received = 0;
let own: ConnectStack;
beforeAll(async () => {
  host = createServer((request, response) => {
    const isPush = request.url?.endsWith('/git-receive-pack');
    request.on('data', (piece: Buffer) => {
      received += piece.length;
    });
    request.on('end', () => {
      if (isPush) return response.end(OK);
      let left = CLONE;
      const write = (): void => {
        for (; left > 0; left -= PIECE.length) {
          if (response.write(PIECE)) continue;
          left -= PIECE.length;
          return void response.once('drain', write);
        }
        response.end();
      };
      write();
    });
  });
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  own = await startConnectStack(process.env.PATH ?? '', { GIT_HOSTS_URL: `${url}/{host}` });
});
afterAll(async () => {
  await own.stop();
  host.closeAllConnections();
  host.close();
});

const residentBytes = (): number => {
  const status = readFileSync(`/proc/${own.stack.relay.process()?.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
};

/** The most that the relay had beyond what it had before, in bytes. */
async function growthDuring(work: () => Promise<void>): Promise<number> {
  const before = residentBytes();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, residentBytes());
  }, 20);
  await work().finally(() => clearInterval(timer));
  return Math.max(most, residentBytes()) - before;
}

const ask = (path: string, body: BodyInit): Promise<Response> =>
  fetch(`${own.stack.relay.url}/connect/github.com/${SHOP}.git/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${own.token}` },
    body,
    duplex: 'half',
  } as RequestInit);

test.runIf(process.platform === 'linux')('a clone of 300 MB', async () => {
  let size = 0;
  const growth = await growthDuring(async () => {
    const response = await ask('git-upload-pack', '0000');
    for await (const piece of response.body ?? []) size += piece.length;
  });
  expect(size).toBe(CLONE);
  expect(growth).toBeLessThan(MOST);
});

test.runIf(process.platform === 'linux')('a push of 90 MB', async () => {
  const command = `${'0'.repeat(40)} ${'a'.repeat(40)} refs/heads/z\0 report-status`;
  const head = Buffer.from(`${(command.length + 4).toString(16).padStart(4, '0')}${command}0000`);
  received = 0;
  let said = '';
  const growth = await growthDuring(async () => {
    let left = PUSH;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(head),
      pull(controller) {
        left -= PIECE.length;
        controller.enqueue(PIECE);
        if (left <= 0) controller.close();
      },
    });
    said = await (await ask('git-receive-pack', body)).text();
  });
  expect(said).toBe(OK);
  expect(received).toBe(PUSH + head.length);
  expect(growth).toBeLessThan(MOST);
});
