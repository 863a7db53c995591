import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../scripts/local/ports.ts';
import { linkBundle } from '../scripts/local/relay-bundle.ts';
import { type Simulator, startSimulator } from '../simulator/server.ts';
import { Relay, relayVars } from '../test/relay/relay.ts';
import { type Part, percentile } from './figures.ts';

// Measures many reminders that are due at the same second in one relay: how late each reaches the carrier. The relay of
// local runs in its own workerd, and the simulator; no agent, no machine. Each person's reminder is in an object with
// its own alarm.

const root = resolve(import.meta.dirname, '..');
const SENDER = 'whatsapp:+15555550100';
const PEOPLE = 200;
const MINUTE = 60_000;
/** Time for everybody to create the reminder before it is due. */
const ASKING_MS = 40_000;
const LATEST_MS = 2 * MINUTE;

const MEDIAN = `${PEOPLE} reminders due in one second: late by, p50`;
const LATEST = `${PEOPLE} reminders due in one second: late by, p99`;

export const parts: readonly Part[] = [
  {
    name: 'reminders',
    rows: [
      { row: MEDIAN, unit: 'ms' },
      { row: LATEST, unit: 'ms', target: 2000 },
    ],
    runs: 3,
    async measure() {
      const late = await measureReminders();
      if (late.length < PEOPLE) throw new Error(`${PEOPLE - late.length} reminders never came`);
      return { [MEDIAN]: percentile(late, 0.5), [LATEST]: percentile(late, 0.99) };
    },
  },
];

/** Milliseconds after the due moment, one for each; fewer when some never arrived. */
async function measureReminders(): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-bench-'));
  const port = await freePort();
  const drawn = relayVars({
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    // Never called.
    MACHINE_URL: 'http://127.0.0.1:9',
    ANTHROPIC_API_URL: 'http://127.0.0.1:9',
    TWILIO_SENDERS: SENDER,
    DEFAULT_TIMEZONE: 'UTC',
  });
  const { TWILIO_ACCOUNT_SID: accountSid = '', TWILIO_AUTH_TOKEN: authToken = '', PUBLIC_URL: publicUrl = '' } = drawn;
  const simulator = await startSimulator({ port: 0, accountSid, authToken, senders: [SENDER], publicUrl });
  const { url } = simulator;
  let relay: Relay | undefined;
  try {
    await linkBundle(root, folder);
    const vars = { ...drawn, TWILIO_API_URL: url, TWILIO_MESSAGING_URL: url, TWILIO_CONTENT_URL: url };
    relay = new Relay(root, folder, port, vars);
    await relay.start();
    return await lateness(simulator);
  } finally {
    await relay?.kill();
    await simulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function lateness({ carrier }: Simulator): Promise<number[]> {
  const due = Math.ceil((Date.now() + ASKING_MS) / MINUTE) * MINUTE;
  const when = new Date(due).toISOString().slice(0, 16).replace('T', ' ');
  const sent = () => carrier.messages().filter((m) => m.direction === 'outbound-api');
  for (let n = 0; n < PEOPLE; n++) {
    const from = `whatsapp:+447700900${String(n).padStart(3, '0')}`;
    carrier.receive({ from, to: SENDER, body: `/remind ${when}: stretch` });
  }
  const all = async (count: number, until: number): Promise<boolean> => {
    while (sent().length < count && Date.now() < until) await new Promise((done) => setTimeout(done, 100));
    return sent().length >= count;
  };
  if (!(await all(PEOPLE, due - 1000))) throw new Error('asking took too long');
  await all(2 * PEOPLE, due + LATEST_MS);
  return sent().flatMap(({ body, createdAt }) => (body.startsWith('stretch') ? [createdAt - due] : []));
}
