import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Cloud, loadOf } from './cloud.ts';
import type { ProxiedRequest } from './history.ts';
import { start } from './machines.ts';
import { forwardedHeaders, returnedHeaders } from './proxy-headers.ts';
import { aim, type Target } from './proxy-target.ts';
import type { MachineRecord } from './store.ts';

// The proxy in front of all apps: wakes the machine, holds the request until its program accepts connections, passes
// bytes on in both directions as they come, and counts requests in progress. passes.ts stops idle machines.

export type Proxy = {
  handle(request: IncomingMessage, response: ServerResponse, app: string, path: string): Promise<void>;
  /** Cuts open connections and refuses new ones for this time. */
  cut(app: string, forMs: number): void;
  /** Makes the proxy itself answer the next requests to the app, as happens just after a start. */
  fail(app: string, times: number, status: 502 | 503): void;
};

export function createProxy(cloud: Cloud): Proxy {
  const open = new Map<Socket, string>();
  const cutUntil = new Map<string, number>();
  const failing = new Map<string, { left: number; status: 502 | 503 }>();

  return {
    cut(app, forMs) {
      cutUntil.set(app, Date.now() + forMs);
      for (const [socket, of] of open) if (of === app) socket.destroy();
    },
    fail: (app, times, status) => void failing.set(app, { left: times, status }),
    async handle(request, response, app, path) {
      const { socket } = request;
      const entry: ProxiedRequest = {
        at: Date.now(),
        app,
        machine: null,
        method: request.method ?? 'GET',
        path,
        status: null,
        woke: false,
        heldMs: 0,
        endedAt: null,
      };
      cloud.history.requested(entry);
      open.set(socket, app);
      const gone = new AbortController();
      response.once('close', () => {
        open.delete(socket);
        entry.endedAt = Date.now();
        gone.abort();
        cloud.history.touch();
      });
      const target: Target =
        (cutUntil.get(app) ?? 0) > Date.now() ? { kind: 'unreachable' } : aim(cloud, app, request.headers);
      // Behaves as if the name did not resolve or nothing listened there.
      if (target.kind === 'unreachable') return void socket.destroy();
      if (target.kind === 'none') return refuse(response, entry, 503, target.reason);
      const { machine } = target;
      const failure = failing.get(app);
      if (failure && failure.left > 0) {
        failure.left -= 1;
        return refuse(response, entry, failure.status, '[PU02] could not complete the request');
      }
      entry.machine = machine.id;
      entry.woke = machine.state !== 'started';
      const release = counted(cloud, machine.id);
      try {
        const port = await acceptingPort(cloud, target, gone.signal);
        if (gone.signal.aborted) return;
        entry.heldMs = Date.now() - entry.at;
        if (port === null) return refuse(response, entry, 503, '[PR04] could not find a good candidate');
        const wait = entry.woke ? ` (woke it, held for ${entry.heldMs} ms)` : '';
        cloud.options.log?.(`${app} request ${entry.method} ${path}${wait}`);
        await passOn({ request, response, entry, app, path, port, gone: gone.signal, region: machine.region });
      } finally {
        release();
      }
    },
  };
}

function counted(cloud: Cloud, machine: string): () => void {
  const load = cloud.load.get(machine) ?? { open: 0, idleSince: 0 };
  cloud.load.set(machine, load);
  load.open += 1;
  return () => {
    load.open -= 1;
    if (load.open === 0) load.idleSince = Date.now();
    cloud.history.touch();
  };
}

/**
 * The port once the program accepts connections; starts the machine whenever it is found asleep. Null when that takes
 * too long.
 */
async function acceptingPort(
  cloud: Cloud,
  target: Target & { kind: 'machine' },
  gone: AbortSignal,
): Promise<number | null> {
  const { machine, autostart } = target;
  const accepting = (): boolean => machine.state === 'started' && cloud.running.get(machine.id)?.isListening() === true;
  const asleep = (): boolean => canBeStarted(machine);
  const lost = (): boolean =>
    gone.aborted || machine.hostStatus !== 'ok' || ['destroying', 'destroyed'].includes(machine.state);
  const deadline = Date.now() + cloud.pace.holdMs;
  gone.addEventListener('abort', () => cloud.history.touch(), { once: true });
  while (!accepting()) {
    if (lost() || Date.now() >= deadline) return null;
    if (asleep()) {
      if (!autostart) return null;
      start(cloud, machine, 'proxy');
    }
    await cloud.history
      .until(() => accepting() || asleep() || lost(), Math.max(1, deadline - Date.now()), 'a machine that accepts')
      .catch(() => undefined);
  }
  if (target.listensElsewhere) return null;
  return cloud.running.get(machine.id)?.port ?? null;
}

export const canBeStarted = ({ state, hostStatus }: MachineRecord): boolean =>
  hostStatus === 'ok' && ['stopped', 'suspended'].includes(state);

type Passing = {
  request: IncomingMessage;
  response: ServerResponse;
  entry: ProxiedRequest;
  app: string;
  path: string;
  port: number;
  region: string;
  gone: AbortSignal;
};

/** Resolves when the exchange is over, whichever side ended it. */
function passOn({ request, response, entry, app, path, port, region, gone }: Passing): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const headers = forwardedHeaders(request.headers, request.socket.remoteAddress ?? '', app, region);
  const upstream = ask({ host: '127.0.0.1', port, method: request.method, path, headers, agent: false });
  gone.addEventListener('abort', () => {
    upstream.destroy();
    resolve();
  });
  upstream.once('response', (answer) => {
    entry.status = answer.statusCode ?? 502;
    response.writeHead(entry.status, returnedHeaders(answer.headers));
    response.flushHeaders();
    answer.on('error', () => response.destroy());
    answer.pipe(response);
    // The answer was cut, so the caller's connection is cut as well.
    answer.once('close', () => {
      if (!answer.complete) response.destroy();
    });
  });
  upstream.on('error', () => {
    if (gone.aborted) return;
    if (response.headersSent) response.destroy();
    else refuse(response, entry, 502, '[PC01] the connection to the instance was lost');
  });
  // The machine may answer and close before it has read everything.
  request.on('error', () => upstream.destroy());
  response.on('error', () => upstream.destroy());
  request.pipe(upstream);
  return promise;
}

function refuse(response: ServerResponse, entry: ProxiedRequest, status: number, reason: string): void {
  entry.status = status;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    server: 'Fly/stand-in',
    connection: 'close',
  });
  response.end(`${reason}\n`);
}

export const loadFor = (cloud: Cloud, machine: string): { open: number; idleSince: number } => ({
  open: loadOf(cloud, machine),
  idleSince: cloud.load.get(machine)?.idleSince ?? 0,
});
