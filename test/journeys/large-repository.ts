import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ConnectStack, SHOP, startConnectStack } from './connect-stack.ts';

// A git host whose repository is a clone of 300 MB and takes a push of 90 MB, and a relay that leads there. No git: the
// bytes are made and thrown away as fast as they pass.

const MIB = 2 ** 20;
export const CLONE = 300 * MIB;
export const PUSH = 90 * MIB;
const PIECE = Buffer.alloc(256 * 1024, 7);
const OK = '0010unpack ok\n0015ok refs/heads/z\n0000';

const COMMAND = `${'0'.repeat(40)} ${'a'.repeat(40)} refs/heads/z\0 report-status`;
const PUSH_HEAD = Buffer.from(`${(COMMAND.length + 4).toString(16).padStart(4, '0')}${COMMAND}0000`);

export type LargeRepository = {
  /** Each returns the milliseconds it took. `direct`: past the relay. Throws if a byte is missing. */
  clone(direct?: boolean): Promise<number>;
  push(direct?: boolean): Promise<number>;
  /** The most that the relay had during `work` beyond what it had before, in bytes. Linux only. */
  growthDuring(work: () => Promise<unknown>): Promise<number>;
  stop(): Promise<void>;
};

export async function startLargeRepository(): Promise<LargeRepository> {
  const host = await startHost();
  const own = await startConnectStack(process.env.PATH ?? '', { GIT_HOSTS_URL: `${host.url}/{host}` });
  const ask = (path: string, body: BodyInit, direct: boolean): Promise<Response> => {
    const base = direct ? host.url : `${own.stack.relay.url}/connect`;
    const headers: Record<string, string> = direct ? {} : { authorization: `Bearer ${own.token}` };
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    return fetch(`${base}/github.com/${SHOP}.git/${path}`, init);
  };
  return {
    async clone(direct = false) {
      const began = performance.now();
      let size = 0;
      for await (const piece of (await ask('git-upload-pack', '0000', direct)).body ?? []) size += piece.length;
      if (size !== CLONE) throw new Error(`${size} bytes came of ${CLONE}`);
      return performance.now() - began;
    },
    async push(direct = false) {
      const before = host.received();
      const began = performance.now();
      const said = await (await ask('git-receive-pack', pushed(), direct)).text();
      const size = host.received() - before;
      if (said !== OK || size !== PUSH + PUSH_HEAD.length) throw new Error(`the host has ${size} bytes: ${said}`);
      return performance.now() - began;
    },
    async growthDuring(work) {
      const before = residentBytes(own);
      let most = before;
      const timer = setInterval(() => {
        most = Math.max(most, residentBytes(own));
      }, 20);
      await work().finally(() => clearInterval(timer));
      return Math.max(most, residentBytes(own)) - before;
    },
    async stop() {
      await own.stop();
      host.stop();
    },
  };
}

async function startHost(): Promise<{ url: string; received: () => number; stop: () => void }> {
  let received = 0;
  const server = createServer((request, response) => {
    const isPush = request.url?.endsWith('/git-receive-pack');
    request.on('data', (piece: Buffer) => {
      if (isPush) received += piece.length;
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => received,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function pushed(): ReadableStream<Uint8Array> {
  let left = PUSH;
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(PUSH_HEAD),
    pull(controller) {
      left -= PIECE.length;
      controller.enqueue(PIECE);
      if (left <= 0) controller.close();
    },
  });
}

function residentBytes({ stack }: ConnectStack): number {
  const status = readFileSync(`/proc/${stack.relay.process()?.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}
