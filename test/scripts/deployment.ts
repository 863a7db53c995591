import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Vars } from '../../scripts/dev-vars.ts';
import { localVars } from '../../scripts/local-vars.ts';
import { relayVars, withChanges } from '../../scripts/prod-vars.ts';
import { runWrangler } from '../../scripts/wrangler.ts';
import { type FakeCloudflare, startCloudflare } from '../../simulator/cloudflare/server.ts';
import { type FakeFly, startFly } from '../../simulator/fly/server.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { WEBHOOK_OPTIONS } from '../../src/channels/twilio/webhook-options.ts';
import { flyProvider, newName } from '../../src/machines/fly/provider.ts';
import { type MachineRow, newMachine } from '../../src/turns/machine-row.ts';
import { VERSION } from '../../src/worker/version.ts';

// A whole deployment against stand-ins: the relay deployed by the real wrangler to a fake Cloudflare and run by workerd, a
// fake Twilio, a fake Fly with one machine asleep, a model's API that lists models. In front of the relay stands what a test
// can bend. Loopback only; everything ends with `stop`.

export const TOKENS = {
  cloudflare: 'cloudflare-token-of-the-test',
  fly: 'fly-token-of-the-test',
  model: 'model-key-of-the-test',
  operator: 'operator-token-of-the-test',
};
const ACCOUNT_ID = '0123456789abcdef0123456789abcdef';
export const OURS = 'whatsapp:+15555550100';
export const SMS = '+15555550101';
export const SANDBOX = 'whatsapp:+15555550109';
export const ADMIN = '+15555550123';
export const IMAGE = `registry.example.com/roost@sha256:${'a'.repeat(64)}`;
const ANSWERS_HEALTHZ =
  "require('node:http').createServer((q, r) => r.end('{}')).listen(Number(process.env.PORT), '127.0.0.1')";

/** What stands in front of the relay: a test may answer in its place, or change what it answered. */
type Change = (path: string, body: Record<string, unknown>) => Record<string, unknown>;
type Bend = {
  answer?: (path: string, incoming: IncomingMessage) => { status: number; body: string } | undefined;
  change?: Change;
  /** Nobody is there. */
  down?: boolean;
};

export type Deployment = {
  vars: Vars;
  url: string;
  bend: Bend;
  twilio: Simulator;
  fly: FakeFly;
  cloudflare: FakeCloudflare;
  model: { status: number };
  /** The machine that the ledger knows. */
  machine: string;
  /** Another machine that this deployment made, whose conversation is not in the ledger. */
  makeMachine(changes?: Vars): Promise<string>;
  setWebhook(webhook: Record<string, string>): Promise<void>;
  setNumber(form: Record<string, string>): void;
  /** The text of .prod.vars. */
  file(changes?: Vars): string;
  stop(): Promise<void>;
};

const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

export async function startDeployment(): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-deployment-'));
  const bend: Bend = {};
  let target = '';
  const front = createServer((incoming, outgoing) => void pass(target, bend, incoming, outgoing));
  const url = await listening(front);
  const model = { status: 200 };
  const models = createServer((incoming, outgoing) => {
    const isKnown = incoming.headers['x-api-key'] === TOKENS.model && Boolean(incoming.headers['anthropic-version']);
    const listed = { data: [{ type: 'model', id: 'claude-sonnet-4-6' }], has_more: false };
    outgoing.writeHead(isKnown ? model.status : 401, { 'content-type': 'application/json' });
    outgoing.end(JSON.stringify(isKnown ? listed : { type: 'error' }));
  });
  const modelUrl = await listening(models);

  const drawn = Object.fromEntries(localVars().map(({ name, value }) => [name, value]));
  const accountSid = `AC${randomBytes(16).toString('hex')}`;
  const authToken = randomBytes(16).toString('hex');
  const twilio = await startSimulator({
    port: 0,
    accountSid,
    authToken,
    senders: [OURS, SANDBOX, SMS],
    sandboxes: [SANDBOX],
    publicUrl: url,
    othersMayDeliver: true,
  });
  const cloudflare = await startCloudflare({
    port: 0,
    token: TOKENS.cloudflare,
    accountId: ACCOUNT_ID,
    subdomain: 'example',
    folder: join(folder, 'cloudflare'),
  });
  target = cloudflare.workerUrl;
  const fly = await startFly({
    port: 0,
    token: TOKENS.fly,
    org: 'roost-test',
    folder: join(folder, 'fly'),
    images: { [IMAGE]: { command: process.execPath, args: ['-e', ANSWERS_HEALTHZ], cwd: folder } },
    pace: { scale: 200, passMs: 0 },
    env: { PATH: process.env.PATH ?? '' },
    rateLimits: false,
  });

  const vars: Record<string, string> = {
    PUBLIC_URL: url,
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: authToken,
    TWILIO_SENDERS: OURS,
    TWILIO_API_URL: twilio.url,
    TWILIO_MESSAGING_URL: twilio.url,
    TWILIO_CONTENT_URL: twilio.url,
    ALLOWED_SENDERS: ADMIN,
    ADMIN_SENDERS: ADMIN,
    MACHINE_PROVIDER: 'fly',
    MACHINE_SIGNING_KEY: drawn.MACHINE_SIGNING_KEY ?? '',
    FLY_API_TOKEN: TOKENS.fly,
    FLY_ORG: 'roost-test',
    FLY_IMAGE: IMAGE,
    FLY_API_URL: fly.apiUrl,
    FLY_MACHINES_URL: fly.machinesUrl,
    ANTHROPIC_API_KEY: TOKENS.model,
    ANTHROPIC_API_URL: modelUrl,
    OPERATOR_TOKEN: TOKENS.operator,
    CLOUDFLARE_API_TOKEN: TOKENS.cloudflare,
    CLOUDFLARE_ACCOUNT_ID: ACCOUNT_ID,
    CLOUDFLARE_API_BASE_URL: cloudflare.apiBase,
    WORKER_NAME: 'roost',
  };
  vars.TWILIO_NUDGE_CONTENT_SID = await approvedTemplate(twilio, vars);

  const account = { token: TOKENS.cloudflare, accountId: ACCOUNT_ID, apiBase: cloudflare.apiBase };
  await succeeded(runWrangler(['deploy', '--name', 'roost'], account));
  const secrets = JSON.stringify(relayVars(vars));
  await succeeded(runWrangler(['secret', 'bulk', '--name', 'roost'], { ...account, input: secrets }));

  const setWebhook = (webhook: Record<string, string>): Promise<void> => setSender(twilio, vars, webhook);
  await setWebhook({
    callback_url: `${url}/webhooks/twilio${WEBHOOK_OPTIONS}`,
    callback_method: 'POST',
    status_callback_url: `${url}/webhooks/twilio/status`,
  });
  const makeMachine = (changes: Vars = {}): Promise<string> => machineOf({ ...vars, ...changes });
  const machine = await makeMachine();
  bend.change = inLedger(machine);

  return {
    vars,
    url,
    bend,
    twilio,
    fly,
    cloudflare,
    model,
    machine,
    makeMachine,
    setWebhook,
    setNumber(form) {
      const { phoneNumbers } = twilio.carrier.desk;
      phoneNumbers.update(phoneNumbers.of(SMS)?.sid ?? '', new URLSearchParams(form));
    },
    file: (changes = {}) => withChanges('', { ...vars, CLOUDFLARE_API_BASE_URL: '', ...changes }),
    async stop() {
      const closed = [front, models].map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      });
      await Promise.all([twilio.stop(), fly.stop(), cloudflare.stop(), ...closed]);
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** The relay's ledger with this machine in it. */
export const inLedger =
  (name: string): Change =>
  (path, body) =>
    path === '/operator/health'
      ? {
          ...body,
          machines: [
            { conversation: 'c'.repeat(64), name, image: IMAGE, settings: 's', reverted_from: null, recorded_at: null },
          ],
        }
      : body;

async function pass(target: string, bend: Bend, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const path = (incoming.url ?? '').split('?')[0] ?? '';
  if (bend.down) return void incoming.destroy();
  const own = bend.answer?.(path, incoming);
  if (own) return void outgoing.writeHead(own.status, { 'content-type': 'application/json' }).end(own.body);
  const onward = request(`${target}${incoming.url}`, {
    method: incoming.method,
    headers: { ...incoming.headers, 'accept-encoding': 'identity' },
  });
  onward.on('error', () => outgoing.destroy());
  onward.on('response', (answer) => {
    if (!path.startsWith('/operator/') || answer.statusCode !== 200 || !bend.change) {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      return;
    }
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify(bend.change?.(path, body) ?? body));
    });
  });
  incoming.pipe(onward);
}

async function succeeded(run: ReturnType<typeof runWrangler>): Promise<void> {
  const { code, stdout, stderr } = await run;
  if (code !== 0) throw new Error(`wrangler ended with ${code}:\n${stdout}${stderr}`);
}

/** A call to the fake Twilio with the account's own token. */
async function call(twilio: Simulator, vars: Vars, path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${twilio.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${vars.TWILIO_ACCOUNT_SID}:${vars.TWILIO_AUTH_TOKEN}`)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

async function approvedTemplate(twilio: Simulator, vars: Vars): Promise<string> {
  const words = {
    language: 'en',
    types: { 'twilio/text': { body: 'An answer is waiting. Write anything to get it.' } },
  };
  const { sid } = await call(twilio, vars, '/v1/Content', words);
  const asked = { name: 'an_answer_is_waiting', category: 'UTILITY' };
  await call(twilio, vars, `/v1/Content/${sid}/ApprovalRequests/whatsapp`, asked);
  twilio.carrier.judgeTemplate(String(sid), 'approved');
  return String(sid);
}

async function setSender(twilio: Simulator, vars: Vars, webhook: Record<string, string>): Promise<void> {
  const [sender] = twilio.carrier.desk.channelSenders.all();
  await call(twilio, vars, `/v2/Channels/Senders/${sender?.sid}`, { webhook });
}

/** Makes one as the relay does, and puts it to sleep. */
async function machineOf(vars: Vars): Promise<string> {
  const provider = flyProvider({
    apiUrl: vars.FLY_API_URL ?? '',
    token: vars.FLY_API_TOKEN ?? '',
    org: vars.FLY_ORG ?? '',
    image: IMAGE,
    regions: ['fra'],
    memoryMb: 1024,
    volumeGb: 1,
    machinesUrl: vars.FLY_MACHINES_URL ?? '',
    env: {},
    deployment: new URL(vars.PUBLIC_URL ?? '').host,
    version: VERSION,
    ledger: { claim: async () => 'taken', record: async () => {} },
  });
  let row: MachineRow = newMachine(newName('roost'), Date.now());
  for (let tries = 0; row.step !== 'ready'; tries++) {
    if (tries > 200) throw new Error(`the machine got no further than ${row.step}`);
    const outcome = await provider.ensure(row, Date.now());
    if (outcome.kind === 'never') throw new Error(outcome.reason);
    row = { ...row, ...outcome.next, stepSince: Date.now() };
    if (outcome.kind === 'later') await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await provider.stop(row);
  return row.name;
}
