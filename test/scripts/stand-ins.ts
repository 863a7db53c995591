import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { startCloudflare } from '../../simulator/cloudflare/server.ts';
import { startFly } from '../../simulator/fly/server.ts';
import { demoReply } from '../../simulator/model/demo.ts';
import { createScriptedModel } from '../../simulator/model/script.ts';
import { startSimulator } from '../../simulator/server.ts';
import { inheritEnvironment } from '../inherit-environment.ts';

// All services that the operator's commands talk to, played on this computer: Twilio, Cloudflare, Fly, the model's API;
// and a command as a process. Loopback only; everything ends with `stop`.

export const KEYS = {
  TWILIO_AUTH_TOKEN: 'abcdef0123456789abcdef0123456789',
  CLOUDFLARE_API_TOKEN: 'cloudflare-token-of-the-test-0123',
  ANTHROPIC_API_KEY: 'sk-ant-key-of-the-test-0123456789',
  FLY_API_TOKEN: 'FlyV1 fm2_token-of-the-test-0123456789',
};
export const ACCOUNT = `AC${'0'.repeat(31)}7`;
export const CLOUDFLARE_ACCOUNT = 'f'.repeat(32);
export const ORG = 'roost-team';
export const IMAGE = `registry.example.com/roost@sha256:${'a'.repeat(64)}`;
const ANSWERS_HEALTHZ =
  "require('node:http').createServer((q, r) => r.end('{}')).listen(Number(process.env.PORT), '127.0.0.1')";

export type StandIns = Awaited<ReturnType<typeof startStandIns>>;

type Wanted = {
  folder: string;
  senders: string[];
  sandboxes?: string[];
  /** Where Twilio sends people's texts until a webhook is set. Default: the deployed Worker. */
  publicUrl?: string;
  workerPort?: number;
  /** The images for machines. */
  image?: string;
};

export async function startStandIns({ folder, senders, sandboxes = [], publicUrl, ...wanted }: Wanted) {
  const cloudflare = await startCloudflare({
    port: 0,
    token: KEYS.CLOUDFLARE_API_TOKEN,
    accountId: CLOUDFLARE_ACCOUNT,
    accountName: 'Robin',
    subdomain: 'robin',
    folder: join(folder, 'cloudflare'),
    workerPort: wanted.workerPort ?? 0,
  });
  const twilio = await startSimulator({
    port: 0,
    accountSid: ACCOUNT,
    authToken: KEYS.TWILIO_AUTH_TOKEN,
    senders,
    sandboxes,
    publicUrl: publicUrl ?? cloudflare.workerUrl,
  });
  const fly = await startFly({
    port: 0,
    token: KEYS.FLY_API_TOKEN,
    org: ORG,
    folder: join(folder, 'fly'),
    images: {
      [wanted.image ?? IMAGE]: { command: process.execPath, args: ['-e', ANSWERS_HEALTHZ], cwd: folder },
    },
    pace: { scale: 100, passMs: 0 },
    env: inheritEnvironment(),
    // The documented limits are per second, and this stand-in is a hundred times faster.
    rateLimits: false,
  });
  const model = await listen(modelApi(KEYS.ANTHROPIC_API_KEY));
  return {
    twilio,
    cloudflare,
    fly,
    /** The variables with their addresses. */
    addresses: {
      TWILIO_API_URL: twilio.url,
      TWILIO_MESSAGING_URL: twilio.url,
      TWILIO_CONTENT_URL: twilio.url,
      CLOUDFLARE_API_BASE_URL: cloudflare.apiBase,
      FLY_API_URL: fly.apiUrl,
      FLY_MACHINES_URL: fly.machinesUrl,
      ANTHROPIC_API_URL: model.url,
    },
    async stop() {
      await Promise.all([twilio.stop(), cloudflare.stop(), fly.stop(), model.close()]);
    },
  };
}

/** The demo model, with Anthropic's two checks of a key in front. */
function modelApi(key: string): Hono {
  const model = createScriptedModel((request) => demoReply(request));
  const app = new Hono();
  app.get('/v1/models', (c) =>
    c.req.header('x-api-key') === key && c.req.header('anthropic-version')
      ? c.json({ data: [{ type: 'model', id: 'claude-demo' }], has_more: false })
      : c.json({ type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } }, 401),
  );
  app.all('*', (c) => model.app.fetch(c.req.raw));
  return app;
}

/** On a port that is free. */
export async function listen(app: Hono): Promise<{ url: string; close(): Promise<void> }> {
  const { promise, resolve } = Promise.withResolvers<AddressInfo>();
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, resolve);
  const { port } = await promise;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      if ('closeAllConnections' in server) server.closeAllConnections();
      return closed;
    },
  };
}

/** A relay's report about itself to the operator, when it creates machines on Fly. */
export const relayHealth = (machines: readonly { conversation: string; name: string }[]): object => ({
  version: '0.1.0',
  protocol: 1,
  now: new Date().toISOString(),
  configuration: { provider: 'fly', public_host: 'relay.example.com', image: null },
  bindings: { media: true, archive: true, ai: true },
  alerts_last_day: 0,
  machines: machines.map((one) => ({ image: null, settings: null, reverted_from: null, ...one })),
  rollout: null,
});

export type Run = { code: number; output: string };
export const root = resolve(import.meta.dirname, '../..');

/** A command without a terminal. */
export function runScript(script: string, args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    env: { ...inheritEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const heard = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
      for (const look of heard) look();
    });
  }
  const ended = new Promise<Run>((done) => child.once('close', (code) => done({ code: code ?? -1, output })));
  const says = (words: RegExp): Promise<void> =>
    new Promise((done) => {
      const look = (): void => void (words.test(output) && done());
      heard.add(look);
      look();
    });
  return { ended, says, interrupt: () => child.kill('SIGINT') };
}
