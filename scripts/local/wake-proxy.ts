import { connect, createServer, type Server, type Socket } from 'node:net';

// A TCP proxy in front of a part that sleeps: the first connection starts the part, as Fly's proxy would, and every
// connection is then piped through. Knows no HTTP. Open connections end with the launcher.

export type WakeProxy = { port: number; close: () => Promise<void> };

/** `wake` starts the part if needed and resolves with its port. Rejects when the proxy's own port is taken. */
export function openWakeProxy(port: number, wake: () => Promise<number>): Promise<WakeProxy> {
  const visitors = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (visitor) => {
    visitors.add(visitor);
    visitor.once('close', () => visitors.delete(visitor));
    visitor.on('error', () => visitor.destroy());
    void letIn(visitor, wake);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve({ port: portOf(server), close: () => close(server, visitors) }));
  });
}

async function letIn(visitor: Socket, wake: () => Promise<number>): Promise<void> {
  // Between being ready and accepting this connection the part may fall asleep: then wake it once more.
  for (let tries = 0; tries < 3 && !visitor.destroyed; tries++) {
    try {
      const inside = await connected(await wake());
      if (visitor.destroyed) return void inside.destroy();
      visitor.pipe(inside).pipe(visitor);
      inside.on('error', () => visitor.destroy());
      inside.once('close', () => visitor.destroySoon());
      visitor.once('close', () => inside.destroy());
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  visitor.destroy();
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

function close(server: Server, visitors: Set<Socket>): Promise<void> {
  for (const visitor of visitors) visitor.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
