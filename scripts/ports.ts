import { request } from 'node:http';
import { createServer } from 'node:net';

// Questions about loopback ports: is one free, which one is, does a server there answer. Every answer is bounded in time.

export function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** One GET /healthz on a connection of its own, so that probing never keeps a server's connection open. */
function answersOnce(port: number, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port, path: '/healthz', agent: false, timeout: withinMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    const clock = setTimeout(() => call.destroy(), withinMs);
    call.once('error', () => resolve(false));
    call.once('close', () => {
      clearTimeout(clock);
      resolve(false);
    });
    call.end();
  });
}

/** True as soon as the server says it is healthy; false after `withinMs`, or when `given()` says to stop asking. */
export async function isHealthy(port: number, withinMs: number, given: () => boolean = () => true): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (given()) {
    const left = deadline - Date.now();
    if (left <= 0) return false;
    if (await answersOnce(port, left)) return true;
    await new Promise((resolve) => setTimeout(resolve, Math.min(100, Math.max(0, left))));
  }
  return false;
}
