import { timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { accountRoutes } from './account.ts';
import { CloudflareRefusal, noRoute, refused, wrongAccount, wrongToken } from './answers.ts';
import { AssetSessions, assetSessionRoutes, assetUploadRoutes } from './assets.ts';
import { bucketRoutes } from './buckets.ts';
import { type CallFault, Faults } from './faults.ts';
import { objectRoutes } from './objects.ts';
import { Runtime } from './runtime.ts';
import { scriptRoutes, workerRoutes } from './scripts.ts';
import type { CloudflareState } from './state.ts';
import { CloudflareStore } from './store.ts';
import { versionRoutes } from './versions.ts';

// Cloudflare's API v4 for one account and one token, as far as the real wrangler and this project call it, and the edge
// that runs the deployed Worker. `folder` holds the account and survives a restart; faults and the record of calls do
// not.

export type CloudflareOptions = {
  /** The API's port; 0 takes any free port. */
  port: number;
  token: string;
  accountId: string;
  accountName?: string;
  /** The port of workers.dev. */
  subdomain: string;
  folder: string;
  /** The address of the deployed Worker; without a port it takes a free one. */
  workerPort?: number;
  log?: (line: string) => void;
};

export type FakeCloudflare = {
  /** The value of CLOUDFLARE_API_BASE_URL. */
  apiBase: string;
  workerUrl: string;
  /** Every call received, refused ones too, as "GET /accounts/…". */
  calls: string[];
  fail(fault: CallFault): void;
  /** Makes the next uploaded version answer every request with a 500. */
  breakNextVersion(): void;
  /** Fires the cron trigger; resolves with its outcome. */
  cron(expression?: string): Promise<string>;
  stop(): Promise<void>;
};

const BASE = '/client/v4';

export async function startCloudflare(options: CloudflareOptions): Promise<FakeCloudflare> {
  const log = options.log ?? (() => {});
  const store = new CloudflareStore(options.folder);
  const runtime = new Runtime(store, log);
  const state: CloudflareState = {
    store,
    runtime,
    assets: new AssetSessions(store),
    accountId: options.accountId,
    accountName: options.accountName ?? 'Stand-in',
    subdomain: options.subdomain,
    nextIsBroken: false,
  };
  const faults = new Faults();
  const calls: string[] = [];
  const app = new Hono();

  app.use(async (c, next) => {
    const path = c.req.path.slice(BASE.length);
    calls.push(`${c.req.method} ${path}`);
    const fault = faults.take(c.req.method, path);
    if (fault?.delayMs) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (fault?.status)
      throw new CloudflareRefusal(fault.status, fault.code ?? 10013, fault.message ?? 'An unknown error has occurred.');
    // Checked in assets.ts, because wrangler uploads files with a token of their own.
    if (/^\/accounts\/[^/]+\/workers\/assets\/upload$/.test(path)) return next();
    if (!sameText(c.req.header('authorization') ?? '', `Bearer ${options.token}`)) {
      throw path === '/user/tokens/verify' ? new CloudflareRefusal(401, 1000, 'Invalid API Token') : wrongToken();
    }
    const account = /^\/accounts\/([^/]+)/.exec(path)?.[1];
    if (account !== undefined && account !== options.accountId) throw wrongAccount();
    await next();
  });
  const workers = `${BASE}/accounts/:account/workers`;
  app.route(BASE, accountRoutes(state));
  app.route(`${workers}/scripts`, versionRoutes(state));
  app.route(`${workers}/scripts`, assetSessionRoutes(state));
  app.route(`${workers}/assets/upload`, assetUploadRoutes(state));
  app.route(`${workers}/scripts`, scriptRoutes(state));
  app.route(`${workers}/durable_objects/namespaces`, objectRoutes(state));
  app.route(workers, workerRoutes(state));
  app.route(`${BASE}/accounts/:account/r2/buckets`, bucketRoutes(state));
  app.notFound((c) => {
    log(`no route: ${c.req.method} ${c.req.path}`);
    return refused(c, noRoute(c.req.path));
  });
  app.onError((error, c) => {
    if (error instanceof CloudflareRefusal) return refused(c, error);
    log(error.stack ?? error.message);
    return refused(c, new CloudflareRefusal(500, 10013, 'An unknown error has occurred.'));
  });

  const workerPort = await runtime.listen(options.workerPort ?? 0);
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: options.port });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });

  return {
    apiBase: `http://127.0.0.1:${(server.address() as AddressInfo).port}${BASE}`,
    workerUrl: `http://127.0.0.1:${workerPort}`,
    calls,
    fail: (fault) => faults.add(fault),
    breakNextVersion() {
      state.nextIsBroken = true;
    },
    cron: (expression = '*/5 * * * *') => runtime.cron(expression),
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if ('closeAllConnections' in server) server.closeAllConnections();
      await Promise.all([closed, runtime.close()]);
    },
  };
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
