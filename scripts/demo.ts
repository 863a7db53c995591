import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LOCAL_ROUTES, ROUTES } from '../src/worker/routes.ts';
import { OWNER } from './demo/team.ts';
import { composeWeek } from './demo/week.ts';
import { SIMULATED_SENDER } from './local/generated-vars.ts';
import { PORTS_USED } from './local/port-base.ts';
import { freePorts } from './local/ports.ts';
import { currentRun } from './local/run-lock.ts';

// `npm run demo`: a local run with the past of a made-up team, to try and to photograph the operator's page. It has its
// own folder and ports, and begins anew each time.

const SEED = 20_261_123;
const READY_WITHIN_MS = 120_000;
const AT_ONCE = 4;

const root = resolve(import.meta.dirname, '..');
const folder = join('.roost', 'demo');
const devVars = join(folder, 'dev.vars');
const running = currentRun(join(root, folder));
if (running) {
  console.error(`The demo is already running at ${running.url}. Stop it there with Ctrl-C.`);
  process.exit(1);
}
const base = await freePorts(PORTS_USED);
rmSync(join(root, folder), { recursive: true, force: true });
mkdirSync(join(root, folder), { recursive: true, mode: 0o700 });
const settings = [
  `PORT_BASE=${base}`,
  `ADMIN_SENDERS=${OWNER}`,
  'DAILY_BUDGET_USD=60',
  'DEFAULT_TIMEZONE=Europe/Berlin',
];
writeFileSync(join(root, devVars), `${settings.join('\n')}\n`, { mode: 0o600 });
Object.assign(process.env, { ROOST_STATE: folder, ROOST_DEV_VARS: devVars });
process.argv.push('--fly');
await import('./start.ts');
const relay = `http://127.0.0.1:${base + 1}`;
await isUp();
const past = composeWeek(SEED, Date.now(), SIMULATED_SENDER);
for (let n = 0; n < past.length; n += AT_ONCE) await Promise.all(past.slice(n, n + AT_ONCE).map(replay));
console.log(`The demo has ${past.length} people with a week behind them.`);

async function isUp(): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS;
  while (Date.now() < until) {
    const answer = await fetch(relay + ROUTES.health.path).catch(() => null);
    if (answer?.ok) return;
    await pause(200);
  }
  throw new Error(`The relay isn’t ready after ${READY_WITHIN_MS / 1000} s.`);
}

async function replay(person: ReturnType<typeof composeWeek>[number]): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(relay + LOCAL_ROUTES.past.path, { method: 'POST', headers, body: JSON.stringify(person) });
  if (!answer.ok) throw new Error(`${person.name}: ${answer.status} ${await answer.text()}`);
}
