import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// Stands between relay and agent server, passes everything on unchanged, and records the requests and how long each
// answer was held. In memory.

export type Passed = {
  method: string;
  path: string;
  /** `Last-Event-ID`: the event after which the stream resumed. */
  after: string | undefined;
  openedAt: number;
  closedAt: number | undefined;
};
export type CountingProxy = { url: string; passed: readonly Passed[]; close: () => void };

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const passed: Passed[] = [];
  const server = createServer((incoming, outgoing) => pass(target, passed, incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, passed, close };
}

function pass(target: string, passed: Passed[], incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method = '', url: path = '', headers } = incoming;
  const after = headers['last-event-id']?.toString();
  const entry: Passed = { method, path, after, openedAt: Date.now(), closedAt: undefined };
  passed.push(entry);
  outgoing.once('close', () => {
    entry.closedAt = Date.now();
    call.destroy();
  });
  const call = request(`${target}${path}`, { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    // Headers leave before the first byte of a stream does.
    outgoing.flushHeaders();
    answer.pipe(outgoing);
  });
  call.once('error', () => outgoing.destroy());
  incoming.pipe(call);
}
