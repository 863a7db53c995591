import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { runLive } from '../../scripts/live/run.ts';
import { startTelegram } from '../../simulator/telegram/server.ts';
import { ACCOUNT, IMAGE, KEYS, ORG, type Run, runScript, type StandIns, startStandIns } from './stand-ins.ts';

// `npm run live` with stand-ins for the real services: one whole round; differences are reported; whatever happens,
// nothing is left on Fly.

const folder = mkdtempSync(join(tmpdir(), 'roost-live-'));
let standIns: StandIns;
let fly: StandIns['fly'];
beforeAll(async () => {
  standIns = await startStandIns({ folder, senders: ['whatsapp:+15555550100'] });
  fly = standIns.fly;
});
afterEach(() => fly.faults.clear());
afterAll(async () => {
  await standIns?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const environment = (changes: Record<string, string> = {}): Record<string, string> => ({
  HOME: folder,
  ROOST_PROD_VARS: join(folder, 'none.vars'),
  ...KEYS,
  ...standIns.addresses,
  TWILIO_ACCOUNT_SID: ACCOUNT,
  FLY_ORG: ORG,
  FLY_IMAGE: IMAGE,
  FLY_REGION: 'fra,ams',
  ...changes,
});
const start = (args: string[]) => runScript('scripts/live.ts', args, environment({ ROOST_LIVE_EVERY_MS: '30' }));

/** In this process. */
async function round(args: string[], changes: Record<string, string> = {}): Promise<Run> {
  for (const [name, value] of Object.entries(environment(changes))) vi.stubEnv(name, value);
  let output = '';
  const print = (text: string): void => {
    output += `${text}\n`;
  };
  const code = await runLive(args, { out: print, error: print }, { everyMs: 30 });
  vi.unstubAllEnvs();
  return { code, output };
}
/** Fly takes a moment to remove an app with its content. */
const nothingIsLeft = (): Promise<void> =>
  fly.world.until(
    () => [fly.world.apps(), fly.world.machines('live'), fly.world.volumes('live')].every((left) => left.length === 0),
    60_000,
    'nothing left on Fly',
  );
const holdsNothingSecret = ({ output }: Run): void => {
  for (const secret of Object.values(KEYS)) expect(output).not.toContain(secret);
};

test.each([
  ['without consent', [], {}, /npm run live -- --yes-spend-money/],
  ['with another option', ['--yes'], {}, /--yes-spend-money/],
  [
    'without an image',
    ['--yes-spend-money'],
    { FLY_IMAGE: '', ANTHROPIC_API_KEY: '' },
    /ANTHROPIC_API_KEY, FLY_IMAGE are not set/,
  ],
])('%s nothing is begun', async (_, args, changes, words) => {
  const calls = fly.world.calls.length;
  const run = await round(args, changes);
  expect(run).toMatchObject({ code: 2, output: expect.stringMatching(words) });
  expect(fly.world.calls).toHaveLength(calls);
});

test('a whole round: every step as documented, told as a table, and nothing is left', async () => {
  const run = await start(['--yes-spend-money']).ended;
  expect(run.output).toMatch(/all as documented\./);
  expect(run.output).toMatch(/\| {2}\| create the app \(POST \/apps\) \| 201 \| 201 \| \d+ \|/);
  expect(run.output).toMatch(/until it is stopped \| started → stopping → stopped \| [a-z →]*stopped \|/);
  expect(run.output).toMatch(/woken by a request \| 200 \| 200 \|/);
  expect(run.output).toMatch(/the app is gone \| 404 \| 404 \|/);
  expect(run.code).toBe(0);
  const states = fly.world.changes.filter(({ kind }) => kind === 'machine').map(({ to }) => to);
  expect(
    states.filter((state) => state === 'started'),
    'made, and woken',
  ).toHaveLength(2);
  await nothingIsLeft();
  holdsNothingSecret(run);
}, 240_000);

test('differences are reported', async () => {
  fly.faults.next({ kind: 'answer after', status: 202 }, { method: 'POST', path: /stop$/ });
  const run = await round(['--yes-spend-money'], { ANTHROPIC_API_KEY: 'another-key' });
  expect(run.output).toMatch(/\| ≠ \| list the models \(GET \/v1\/models\) \| 200 \| 401 \|/);
  expect(run.output).toMatch(/\| ≠ \| stop it \(POST \/apps\/\{app\}\/machines\/\{id\}\/stop\) \| 200 \| 202 \|/);
  expect(run.output).toMatch(/2 of \d+ differ\./);
  expect(run.code).toBe(1);
  await nothingIsLeft();
  holdsNothingSecret(run);
}, 240_000);

test.each([
  [
    'the volume is refused',
    () => fly.faults.next({ kind: 'answer', status: 403 }, { method: 'POST', path: /volumes$/ }),
  ],
  [
    'the machine’s answer is lost',
    () => fly.faults.next({ kind: 'lose answer' }, { method: 'POST', path: /machines$/ }),
  ],
  ['the app’s answer is lost', () => fly.faults.next({ kind: 'lose answer' }, { method: 'POST', path: /\/apps$/ })],
  [
    'the machine’s and the first removals are lost',
    () => {
      fly.faults.next({ kind: 'lose answer' }, { method: 'POST', path: /machines$/ });
      fly.faults.next({ kind: 'cut' }, { method: 'DELETE', times: 3 });
    },
  ],
])(
  '%s: it ends early, and nothing is left',
  async (_, breaks) => {
    breaks();
    const run = await round(['--yes-spend-money']);
    expect(run.output).toMatch(/The round ended early: /);
    expect(run.output).toMatch(/the app is gone \| 404 \| 404/);
    expect(run.code).toBe(1);
    await nothingIsLeft();
    holdsNothingSecret(run);
  },
  240_000,
);

test('with a bot and no account at Twilio, Telegram is asked in its place', async () => {
  const token = '700100200:of-the-live-round';
  const telegram = await startTelegram({ token });
  try {
    const bot = { TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_URL: telegram.url };
    const without = { TWILIO_ACCOUNT_SID: '', TWILIO_AUTH_TOKEN: '' };
    fly.faults.next({ kind: 'answer', status: 403 }, { method: 'POST', path: /volumes$/ });
    const { output } = await round(['--yes-spend-money'], { ...without, ...bot });
    expect(output).toMatch(/Telegram knows the bot \(getMe\) \| yes \| yes/);
    expect(output).not.toContain('Twilio');
    expect(output).not.toContain(token);
  } finally {
    await telegram.stop();
  }
  await nothingIsLeft();
}, 240_000);

test('interrupted in the middle, it removes what it made', async () => {
  fly.faults.next({ kind: 'delay', ms: 1000 }, { method: 'GET', path: /machines\/\w+$/ });
  const running = start(['--yes-spend-money']);
  await running.says(/its state in the answer/);
  running.interrupt();
  const run = await running.ended;
  expect(run.output).toMatch(/The round ended early: It was interrupted/);
  expect(run.code).toBe(1);
  await nothingIsLeft();
}, 240_000);
