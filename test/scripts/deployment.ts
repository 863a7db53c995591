import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { upload } from '../../scripts/deploy/worker.ts';
import type { Vars } from '../../scripts/local/dev-vars.ts';
import { localVars } from '../../scripts/local/generated-vars.ts';
import { withChanges } from '../../scripts/production/prod-vars.ts';
import type { Simulator } from '../../simulator/server.ts';
import { WEBHOOK_OPTIONS } from '../../src/channels/twilio/account.ts';
import { VERSION } from '../../src/config/config.ts';
import { type MachineRow, newMachine } from '../../src/conversation/state/machine.ts';
import { createFlyProvider, newName } from '../../src/machines/fly/provider.ts';
import { listenOn } from '../loopback.ts';
import { ACCOUNT, CLOUDFLARE_ACCOUNT, IMAGE, KEYS, ORG, type StandIns, startStandIns } from './stand-ins.ts';

// A whole deployment with stand-ins: the relay deployed by the real wrangler to a fake Cloudflare and run by workerd, a
// fake Twilio, a fake Fly with one sleeping machine, a model's API that lists models. A front that a test can change
// stands before the relay. Loopback only; everything ends with `stop`.

const OPERATOR_TOKEN = 'operator-token-of-the-test';
export const OURS = 'whatsapp:+15555550100';
export const SMS = '+15555550101';
export const SANDBOX = 'whatsapp:+15555550109';
export const ADMIN = '+15555550123';
/** The front before the relay: a test may answer in its place, or change its answers. */
type Change = (path: string, body: Record<string, unknown>) => Record<string, unknown>;
type Bend = {
  answer?: (path: string, incoming: IncomingMessage) => { status: number; body: string } | undefined;
  change?: Change;
  /** Closes the relay's port. */
  down?: boolean;
};

export type Deployment = Pick<StandIns, 'twilio' | 'fly' | 'cloudflare'> & {
  vars: Vars;
  url: string;
  bend: Bend;
  /** The machine in the ledger. */
  machine: string;
  /** Another machine of this deployment, whose conversation is not in the ledger. */
  makeMachine(changes?: Vars): Promise<string>;
  setWebhook(webhook: Record<string, string>): Promise<void>;
  setNumber(form: Record<string, string>): void;
  /** The text of .prod.vars. */
  file(changes?: Vars): string;
  stop(): Promise<void>;
};

export async function startDeployment(): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-deployment-'));
  const bend: Bend = {};
  let target = '';
  const front = createServer((incoming, outgoing) => void pass(target, bend, incoming, outgoing));
  const url = await listenOn(front);
  const drawn = Object.fromEntries(localVars().map(({ name, value }) => [name, value]));
  const standIns = await startStandIns({ folder, senders: [OURS, SANDBOX, SMS], sandboxes: [SANDBOX], publicUrl: url });
  const { twilio, cloudflare, fly } = standIns;
  target = cloudflare.workerUrl;

  const vars: Record<string, string> = {
    ...KEYS,
    ...standIns.addresses,
    PUBLIC_URL: url,
    TWILIO_ACCOUNT_SID: ACCOUNT,
    TWILIO_SENDERS: OURS,
    ALLOWED_SENDERS: ADMIN,
    ADMIN_SENDERS: ADMIN,
    MACHINE_PROVIDER: 'fly',
    MACHINE_SIGNING_KEY: drawn.MACHINE_SIGNING_KEY ?? '',
    FLY_ORG: ORG,
    FLY_IMAGE: IMAGE,
    OPERATOR_TOKEN,
    SECRETS_KEY: 'A'.repeat(43),
    CLOUDFLARE_ACCOUNT_ID: CLOUDFLARE_ACCOUNT,
    WORKER_NAME: 'roost',
  };
  vars.TWILIO_NUDGE_CONTENT_SID = await approvedTemplate(twilio, vars);

  const uploaded = await upload(vars, { tag: 'test', message: 'of a test', mark: 'test' });
  if (!uploaded.ok) throw new Error(uploaded.reason);

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
    machine,
    makeMachine,
    setWebhook,
    setNumber(form) {
      const { phoneNumbers } = twilio.carrier.desk;
      phoneNumbers.update(phoneNumbers.of(SMS)?.sid ?? '', new URLSearchParams(form));
    },
    file: (changes = {}) => withChanges('', { ...vars, CLOUDFLARE_API_BASE_URL: '', ...changes }),
    async stop() {
      front.closeAllConnections();
      const closed = new Promise((resolve) => front.close(resolve));
      await Promise.all([standIns.stop(), closed]);
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

/** Creates a machine as the relay does, and puts it to sleep. */
async function machineOf(vars: Vars): Promise<string> {
  const provider = createFlyProvider({
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
    ledger: { claim: async () => 'taken', release: async () => undefined, record: async () => {} },
  });
  let row: MachineRow = newMachine(newName('roost'), Date.now());
  for (let tries = 0; row.step !== 'ready'; tries++) {
    if (tries > 200) throw new Error(`the machine got no further than ${row.step}`);
    const outcome = await provider.ensure(row, Date.now());
    if (outcome.kind === 'permanent') throw new Error(outcome.reason);
    row = { ...row, ...outcome.next, stepSince: Date.now() };
    if (outcome.kind === 'retryable') await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await provider.stop(row);
  return row.name;
}
