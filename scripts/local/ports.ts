import { randomInt } from 'node:crypto';
import { request } from 'node:http';
import { createServer } from 'node:net';

// Questions about loopback ports: is it free, which one is free, does a server answer there. All answers are bounded in
// time.

export function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

const drawn = new Set<number>();

/**
 * A port that is free now and probably still free when its server starts: from below the range that systems use for
 * "any port" (from 32768 on Linux, from 49152 elsewhere).
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(20_000, 32_000);
    // A port that this process already chose may belong to a server that is restarting.
    if (drawn.has(port)) continue;
    drawn.add(port);
    if (await portIsFree(port)) return port;
  }
  throw new Error('Found no free port between 20000 and 32000 in a hundred tries.');
}

/** The first of this many free ports in a row, at a round number. */
export async function freePorts(count: number): Promise<number> {
  for (let base = 5_000; base < 20_000; base += 10) {
    const ports = Array.from({ length: count }, (_, n) => base + n);
    if ((await Promise.all(ports.map(portIsFree))).every(Boolean)) return base;
  }
  throw new Error(`Found no ${count} free ports in a row between 5000 and 20000.`);
}

/** `away`: nothing healthy listens there. `silent`: the server accepted the connection and sent nothing. */
export type Answer = 'well' | 'away' | 'silent';

/** One GET /healthz on a connection of its own, so that probing never keeps a server's connection open. */
export function askHealth(port: number, withinMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port, path: '/healthz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? 'well' : 'away');
    });
    const clock = setTimeout(() => {
      resolve('silent');
      call.destroy();
    }, withinMs);
    call.once('error', () => resolve('away'));
    call.once('close', () => clearTimeout(clock));
    call.end();
  });
}

/** True as soon as the server is healthy; false after `withinMs`, or when `given()` says to stop. */
export async function isHealthy(port: number, withinMs: number, given: () => boolean = () => true): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (given()) {
    const left = deadline - Date.now();
    if (left <= 0) return false;
    if ((await askHealth(port, left)) === 'well') return true;
    await new Promise((resolve) => setTimeout(resolve, Math.min(100, Math.max(0, left))));
  }
  return false;
}
