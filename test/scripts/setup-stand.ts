import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { parseDevVars, type Vars } from '../../scripts/dev-vars.ts';
import { freePort } from '../../scripts/ports.ts';
import { type FakeCloudflare, startCloudflare } from '../../simulator/cloudflare/server.ts';
import { demoReply } from '../../simulator/model/demo.ts';
import { createScriptedModel } from '../../simulator/model/script.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { Terminal } from './terminal.ts';

// Everybody whom set-up talks to, played on this computer: Twilio, Cloudflare with the Worker really running, the model.
// The answers a person would give are in `given`.

export const ACCOUNT = `AC${'0'.repeat(31)}7`;
export const PERSON = '+15555550123';
export const SENDER = 'whatsapp:+15555550100';
export const CLOUDFLARE_ACCOUNT = 'f'.repeat(32);
export const SECRETS = {
  TWILIO_AUTH_TOKEN: 'abcdef0123456789abcdef0123456789',
  CLOUDFLARE_API_TOKEN: 'cloudflare-token-of-the-test-0123',
  ANTHROPIC_API_KEY: 'sk-ant-key-of-the-test-0123456789',
};

export type SetupStand = {
  folder: string;
  twilio: Simulator;
  cloudflare: FakeCloudflare;
  /** What a terminal needs to reach them, and nothing secret. */
  env: Record<string, string>;
  vars(): Vars;
  created(): { kind: string; id: string }[];
  /** What is there in the end, by name. */
  made(): Promise<{ workers: string[]; buckets: string[]; templates: number; webhook: string | null }>;
  run(args?: string[], env?: Record<string, string>): Terminal;
  teardown(args?: string[], env?: Record<string, string>): Terminal;
  stop(): Promise<void>;
};

export async function startSetupStand(): Promise<SetupStand> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-setup-'));
  const workerPort = await freePort();
  const cloudflare = await startCloudflare({
    port: 0,
    token: SECRETS.CLOUDFLARE_API_TOKEN,
    accountId: CLOUDFLARE_ACCOUNT,
    accountName: 'Robin',
    subdomain: 'robin',
    folder: join(folder, 'cloudflare'),
    workerPort,
  });
  const twilio = await startSimulator({
    port: 0,
    accountSid: ACCOUNT,
    authToken: SECRETS.TWILIO_AUTH_TOKEN,
    senders: [SENDER],
    publicUrl: cloudflare.workerUrl,
  });
  const model = await startModel(SECRETS.ANTHROPIC_API_KEY);
  for (const name of ['home', 'tmp']) mkdirSync(join(folder, name));
  const prodVars = join(folder, '.prod.vars');
  const env = {
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
    ROOST_PROD_VARS: prodVars,
    TWILIO_API_URL: twilio.url,
    TWILIO_MESSAGING_URL: twilio.url,
    TWILIO_CONTENT_URL: twilio.url,
    ANTHROPIC_API_URL: model.url,
    CLOUDFLARE_API_BASE_URL: cloudflare.apiBase,
    TZ: 'Europe/Berlin',
  };
  const listed = async (path: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${SECRETS.CLOUDFLARE_API_TOKEN}` };
    const response = await fetch(`${cloudflare.apiBase}/accounts/${CLOUDFLARE_ACCOUNT}${path}`, { headers });
    return ((await response.json()) as { result: unknown }).result;
  };
  const terminals: Terminal[] = [];
  const open = (script: string, args: string[], more: Record<string, string> = {}): Terminal => {
    const terminal = new Terminal(script, args, { ...env, ...more });
    terminals.push(terminal);
    return terminal;
  };
  return {
    folder,
    twilio,
    cloudflare,
    env,
    vars: () => parseDevVars(readFileSync(prodVars, 'utf8')),
    created: () =>
      (
        JSON.parse(readFileSync(join(folder, '.prod.created.json'), 'utf8')) as {
          created: { kind: string; id: string }[];
        }
      ).created,
    async made() {
      const { contents, channelSenders } = twilio.carrier.desk;
      const workers = (await listed('/workers/scripts')) as { id: string }[];
      const { buckets } = (await listed('/r2/buckets')) as { buckets: { name: string }[] };
      return {
        workers: workers.map(({ id }) => id),
        buckets: buckets.map(({ name }) => name).sort(),
        templates: contents.size,
        webhook: channelSenders.of(SENDER)?.webhook.callback_url ?? null,
      };
    },
    run: (args = [], more = {}) => open('scripts/setup.ts', args, more),
    teardown: (args = [], more = {}) => open('scripts/teardown.ts', args, more),
    async stop() {
      for (const terminal of terminals) await terminal.end();
      await Promise.all([twilio.stop(), cloudflare.stop()]);
      model.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** The demo model behind the two things that Anthropic's own does with a key. */
async function startModel(key: string): Promise<{ url: string; close: () => void }> {
  const model = createScriptedModel(demoReply);
  const app = new Hono();
  app.get('/v1/models', (c) =>
    c.req.header('x-api-key') === key
      ? c.json({ data: [{ type: 'model', id: 'claude-demo' }], has_more: false })
      : c.json({ type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } }, 401),
  );
  app.all('*', (c) => model.app.fetch(c.req.raw));
  const { promise, resolve } = Promise.withResolvers<AddressInfo>();
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, resolve);
  const { port } = await promise;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
    },
  };
}
