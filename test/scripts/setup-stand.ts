import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDevVars, type Vars } from '../../scripts/local/dev-vars.ts';
import { freePort } from '../../scripts/local/ports.ts';
import { CLOUDFLARE_ACCOUNT, KEYS, type StandIns, startStandIns } from './stand-ins.ts';
import { Terminal } from './terminal.ts';

// Setup and teardown in a separate folder, with stand-ins for all services; the deployed Worker really runs.

export const PERSON = '+15555550123';
export const SENDER = 'whatsapp:+15555550100';

export type SetupStand = Pick<StandIns, 'twilio' | 'cloudflare' | 'fly'> & {
  folder: string;
  /** The terminal's environment: the services' addresses, and no secrets. */
  env: Record<string, string>;
  vars(): Vars;
  created(): { kind: string; id: string }[];
  /** The things that exist in the end, by name. */
  made(): Promise<{ workers: string[]; buckets: string[]; templates: number; webhook: string | null }>;
  run(args?: string[], env?: Record<string, string>): Terminal;
  teardown(args?: string[], env?: Record<string, string>): Terminal;
  stop(): Promise<void>;
};

export async function startSetupStand(image?: string): Promise<SetupStand> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-setup-'));
  const standIns = await startStandIns({
    folder,
    senders: [SENDER],
    // The agent server gets the relay's address before the relay exists.
    workerPort: await freePort(),
    ...(image === undefined ? {} : { image }),
  });
  const { twilio, cloudflare, fly, addresses } = standIns;
  for (const name of ['home', 'tmp']) mkdirSync(join(folder, name));
  const prodVars = join(folder, '.prod.vars');
  const env = {
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
    ROOST_PROD_VARS: prodVars,
    ...addresses,
    TZ: 'Europe/Berlin',
  };
  const listed = async (path: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${KEYS.CLOUDFLARE_API_TOKEN}` };
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
    fly,
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
        // Only setup's templates; the relay creates others for buttons.
        templates: [...contents.values()].filter((one) => one.friendly_name?.startsWith('roost_nudge_')).length,
        webhook: channelSenders.of(SENDER)?.webhook.callback_url ?? null,
      };
    },
    run: (args = [], more = {}) => open('scripts/setup.ts', args, more),
    teardown: (args = [], more = {}) => open('scripts/teardown.ts', args, more),
    async stop() {
      for (const terminal of terminals) await terminal.end();
      await standIns.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
