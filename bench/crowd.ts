import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../scripts/local/ports.ts';
import { signatureFor } from '../simulator/twilio/signature.ts';
import { linkBundle } from '../test/relay/bundle.ts';
import { Relay, relayVars } from '../test/relay/relay.ts';
import type { Part } from './figures.ts';
import type { InstantReport, Order } from './instant.ts';

// Measures many people who text at once: the deployed bundle in a workerd of its own, an instant agent and an instant
// carrier in another process, and this process as the carrier's webhooks over 64 connections.

const root = resolve(import.meta.dirname, '..');
const SENDER = 'whatsapp:+15555550100';
const CONNECTIONS = 64;
const LATEST_MS = 180_000;
/** Clock ticks of /proc per second. */
const TICKS = 100;

/** Milliseconds; `cpu` is workerd's, per turn, until every callback was answered. */
type Crowd = { started: number; answered: number; slowest: number; cpu: number };

export const parts: readonly Part[] = [
  {
    name: 'crowd',
    rows: ['first texts', 'later texts'].flatMap((which) => [
      { row: `200 people at once, ${which}: last turn started`, unit: 's' },
      { row: `200 people at once, ${which}: CPU of the relay per turn`, unit: 'ms', target: 10 },
    ]),
    runs: 3,
    async measure() {
      const rounds = await measureCrowd(200, 2);
      return Object.fromEntries(
        ['first texts', 'later texts'].flatMap((which, n) => [
          [`200 people at once, ${which}: last turn started`, (rounds[n]?.started ?? Number.NaN) / 1000],
          [`200 people at once, ${which}: CPU of the relay per turn`, rounds[n]?.cpu ?? Number.NaN],
        ]),
      );
    },
  },
];

async function measureCrowd(people: number, rounds: number): Promise<Crowd[]> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-bench-'));
  const instant = fork(join(root, 'bench/instant.ts'), { env: { PATH: process.env.PATH } });
  const ended = once(instant, 'exit').then(([code]) => Promise.reject(new Error(`the stand-ins ended with ${code}`)));
  ended.catch(() => {});
  const hear = async <T>(): Promise<T> => (await Promise.race([once(instant, 'message'), ended]))[0] as T;
  const [machine, carrier] = await hear<[string, string]>();
  const port = await freePort();
  const vars = relayVars({
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    TWILIO_API_URL: carrier,
    TWILIO_MESSAGING_URL: carrier,
    TWILIO_CONTENT_URL: carrier,
    TWILIO_SENDERS: SENDER,
    MACHINE_URL: machine,
    DEMO_MODEL_URL: 'http://127.0.0.1:9',
    GATHER_MS: '0',
  });
  const { TWILIO_AUTH_TOKEN: authToken = '', TWILIO_ACCOUNT_SID: accountSid = '' } = vars;
  instant.send({ type: 'callbacks', authToken, accountSid } satisfies Order);
  const connections = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let relay: Relay | undefined;
  try {
    await linkBundle(root, folder);
    relay = new Relay(root, folder, port, vars);
    await relay.start();
    const pid = relay.process()?.pid ?? 0;
    const measured: Crowd[] = [];
    for (let round = 0; round < rounds; round++) {
      const cpuBefore = cpuOf(pid);
      const began = performance.timeOrigin + performance.now();
      const took = await Promise.all(
        Array.from({ length: people }, (_, n) => {
          const url = `http://127.0.0.1:${port}/webhooks/twilio`;
          const form = {
            AccountSid: accountSid,
            From: `whatsapp:+1555${2_000_000 + n}`,
            To: SENDER,
            Body: 'What is left to do today?',
            NumMedia: '0',
            MessageSid: `SM${randomBytes(16).toString('hex')}`,
          };
          return post(connections, url, form, signatureFor(authToken, url, form));
        }),
      );
      const report: InstantReport = { started: [], sent: [], called: 0 };
      for (const until = Date.now() + LATEST_MS; report.called < 2 * people; ) {
        if (Date.now() > until)
          throw new Error(`${report.started.length} started, ${report.sent.length} sent, ${report.called} called`);
        await pause(100);
        instant.send({ type: 'report' } satisfies Order);
        const { started, sent, called } = await hear<InstantReport>();
        report.started.push(...started);
        report.sent.push(...sent);
        report.called += called;
      }
      measured.push({
        started: Math.max(...report.started) - began,
        answered: Math.max(...report.sent) - began,
        slowest: Math.max(...took),
        cpu: (cpuOf(pid) - cpuBefore) / people,
      });
    }
    return measured;
  } finally {
    connections.destroy();
    await relay?.kill();
    instant.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}

function post(agent: Agent, url: string, form: Record<string, string>, signature: string): Promise<number> {
  const body = new URLSearchParams(form).toString();
  const headers = {
    'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
    'content-length': Buffer.byteLength(body),
    'x-twilio-signature': signature,
  };
  return new Promise((done, failed) => {
    let began = performance.now();
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 200) done(performance.now() - began);
        else failed(new Error(`a webhook got ${response.statusCode}`));
      });
    });
    call.once('socket', () => {
      began = performance.now();
    });
    call.once('error', failed);
    call.end(body);
  });
}

/** Milliseconds of processor time so far. */
function cpuOf(pid: number): number {
  const [, after = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system] = after.split(' ').slice(11, 13).map(Number);
  return (((user ?? 0) + (system ?? 0)) / TICKS) * 1000;
}
