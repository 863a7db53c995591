import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, portIsFree } from '../../scripts/local/ports.ts';
import { type Process, sameProcess } from '../../scripts/local/process-families.ts';
import { answer, LocalRun, ownPorts, text, wire } from './local-run.ts';

// `npm start -- --fly` from the outside, on a fast stand-in for Fly: the tests run in order on one start.

const ADA = '+15555550154';
const FLY = ['--fly'];
let run: LocalRun;

/** The machines' programs, which lead process groups of their own. */
const machines = (of: LocalRun): (Process & { command: string })[] =>
  of.processes().filter(({ command }) => command.includes('vm/src/main.ts'));
const log = (): string => readFileSync(join(run.state, 'logs/fake-Fly.log'), 'utf8');

beforeAll(async () => {
  const folder = await ownPorts();
  appendFileSync(join(folder, '.dev.vars'), `FLY_API_URL=http://127.0.0.1:${await freePort()}\nFLY_PACE=20\n`);
  run = new LocalRun('scripts/start.ts', folder, FLY);
  await run.said(/^Phone page: http/);
});
afterAll(() => run?.remove());

test('its first line says where machines are; none runs before somebody writes', () => {
  expect(run.output.find((line) => line.startsWith('Starting'))).toMatch(
    /a machine for each person on a local stand-in for Fly, 20 times as fast. Their disks are in .*\/fly\/volumes/,
  );
  expect(
    run.output
      .filter((line) => / is ready /.test(line))
      .map((line) => line.trim().split(' is ')[0])
      .sort(),
  ).toEqual(['GitHub stand-in', 'demo model', 'fake Fly', 'relay', 'simulator']);
  expect(machines(run)).toEqual([]);
});

test('the first text makes a machine, is answered, and the log tells each step with its time', async () => {
  expect(await text(run.vars, ADA, 'say good morning')).toBe(200);
  await answer(run.vars, ADA, /^good morning/, 90_000);
  expect(machines(run)).toHaveLength(1);
  const steps = [
    /app: there/,
    /shared_v4/,
    // A machine’s random name may have these letters.
    /\bv6\b/,
    /volume .*created/,
    /machine .*created/,
    /starting → started/,
    /GET \/healthz/,
  ];
  const found = steps.map((step) => log().search(new RegExp(`^[0-9:.]{12} .*${step.source}`, 'm')));
  expect(found.every((at) => at >= 0)).toBe(true);
  expect(found).toEqual([...found].sort((a, b) => a - b));
});

test('the agent is kept away from what is this person’s, as without --fly', () => {
  const [machine] = machines(run);
  const environment = readFileSync(`/proc/${machine?.pid}/environ`, 'utf8').split('\0');
  expect(environment).toContain('APPROVALS=ask');
  expect(environment.find((name) => name.startsWith('PRIVATE_PATHS='))).toMatch(
    new RegExp(`^PRIVATE_PATHS=${run.folder}:.*/.dev.vars:${run.state}$`),
  );
  expect(environment.filter((name) => /TWILIO|FLY_API_TOKEN|SIGNING|ANTHROPIC_API_KEY/.test(name))).toEqual([]);
});

test('after a kill -9 of launcher and stand-in the next start ends what was left, and the person goes on', async () => {
  const left = run.processes();
  const own = (name: string) => left.find(({ command }) => command.includes(name) && !command.includes('bootstrap'));
  process.kill(own('scripts/start.ts')?.pid ?? 0, 'SIGKILL');
  process.kill(own('simulator/fly/main.ts')?.pid ?? 0, 'SIGKILL');
  await run.exit;
  const orphans = left.filter(({ command }) => command.includes('vm/src/main.ts'));
  expect(orphans.filter(sameProcess)).toHaveLength(1);
  expect(left.filter(sameProcess).length).toBeGreaterThan(3);

  const next = new LocalRun('scripts/start.ts', run.folder, FLY);
  await next.said(/^Phone page/);
  expect(next.output).toContain('Stopping processes left over from an earlier run.');
  expect(left.filter(sameProcess)).toEqual([]);
  // The phone page still has the chats of the earlier run.
  expect(await wire(next.vars)).toContain('good morning');
  expect(await text(next.vars, ADA, 'what did I say before?')).toBe(200);
  await answer(next.vars, ADA, /^You said:.*good morning/s, 90_000);
  run = next;
});

test('a hang-up ends everything in seconds, machines too; reset forgets them', async () => {
  const seen = run.processes();
  expect(machines(run)).toHaveLength(1);
  const began = Date.now();
  process.kill(-run.pid, 'SIGHUP');
  expect(await run.exit).toBe(0);
  expect(Date.now() - began).toBeLessThan(8_000);
  expect(seen.filter(sameProcess)).toEqual([]);
  const port = Number(new URL(run.vars.FLY_API_URL ?? '').port);
  expect(await portIsFree(port)).toBe(true);
  const reset = new LocalRun('scripts/reset.ts', run.folder);
  expect(await reset.exit).toBe(0);
  expect(existsSync(join(run.state, 'fly'))).toBe(false);
});
