import { appendFileSync, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { portIsFree } from '../../scripts/local/ports.ts';
import { type Process, sameProcess } from '../../scripts/local/process-families.ts';
import { answer, LocalRun, ownPorts, text, wire } from './local-run.ts';

// `npm start` from the outside: the tests run in order on one start, as a person would continue with it.

const ADA = '+15555550123';
let run: LocalRun;
let seen: Process[] = [];

const ports = (): number[] =>
  [run.vars.PUBLIC_URL, run.vars.TWILIO_API_URL, run.vars.MACHINE_URL, run.vars.DEMO_MODEL_URL].map((url) =>
    Number(new URL(url ?? '').port),
  );

beforeAll(async () => {
  run = new LocalRun('scripts/start.ts', await ownPorts());
  await run.said(/^Phone page: http/);
});
afterAll(() => run?.remove());

test('it says what it starts, then its addresses', async () => {
  expect(run.output.filter((line) => / is ready /.test(line))).toHaveLength(5);
  const github = run.vars.GIT_HOSTS_URL?.replace('{host}', 'github.com');
  expect(await run.said(/^GitHub stand-in: http/)).toBe(`GitHub stand-in: ${github}`);
  const addresses = run.output.filter((line) => line.includes('http://'));
  expect(addresses[0]).toBe(`Phone page: ${run.vars.TWILIO_API_URL}/`);
});

test('a signed text is answered, by the demo model', async () => {
  expect(await text(run.vars, ADA, 'hello')).toBe(200);
  expect(await answer(run.vars, ADA, /demo model/i, 60_000)).toMatch(/ANTHROPIC_API_KEY/);
});

test('the development server’s own pages are not reachable at the relay’s address', async () => {
  const paths = ['/cdn-cgi/explorer/', '/cdn-cgi/explorer/api/', '/cdn-cgi/local/scheduled', '/cdn-cgi/local/email'];
  const answers = await Promise.all(paths.map((path) => fetch(`${run.vars.PUBLIC_URL}${path}`)));
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  // A person who finds the port behind the proxy finds no explorer there either.
  const relay = run.processes().find(({ command }) => command.includes('relay-main.ts'));
  const inside = /--port (\d+)/.exec(relay?.command ?? '')?.[1];
  expect((await fetch(`http://127.0.0.1:${inside}/cdn-cgi/explorer/api/`)).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${inside}/healthz`)).status).toBe(200);
});

test('the carrier’s list is compared with what arrived, as the cron does in production', async () => {
  await expect.poll(() => wire(run.vars), { timeout: 30_000 }).toMatch(/Messages\.json\?[^"]*DateSent/);
});

test('a second start says where the first runs, and leaves it alone', async () => {
  const second = new LocalRun('scripts/start.ts', run.folder);
  expect(await second.exit).not.toBe(0);
  expect(second.output).toEqual([
    expect.stringMatching(/^Roost is already running: process \d+.*http:\/\/127\.0\.0\.1/),
  ]);
  const reset = new LocalRun('scripts/reset.ts', run.folder);
  expect(await reset.exit).toBe(1);
  expect(reset.output.join()).toMatch(/Stop it first/);
  expect(existsSync(run.state)).toBe(true);
});

test('the agent server killed is started again, and the next text answered', async () => {
  const agent = run.processes().find(({ command }) => command.includes('vm/src/main.ts'));
  process.kill(agent?.pid ?? 0, 'SIGKILL');
  expect(await run.said(/agent server died/)).toBe('The agent server died (SIGKILL); restarting it.');
  expect(await text(run.vars, ADA, 'note: water the plants')).toBe(200);
  await answer(run.vars, ADA, /plants|noted/i, 60_000);
});

test('workerd killed is noticed within seconds, and a text answered afterwards', async () => {
  const workerd = run.processes().filter(({ command }) => /workerd.* serve /.test(command));
  expect(workerd.length).toBeGreaterThan(0);
  for (const { pid } of workerd) process.kill(pid, 'SIGKILL');
  await expect.poll(() => workerd.filter(sameProcess)).toEqual([]);
  // Until the relay is up again a text is refused, and Twilio would retry.
  const again = () => text(run.vars, ADA, 'say up again').catch(() => 0);
  await expect.poll(again, { timeout: 90_000, interval: 200 }).toBe(200);
  await answer(run.vars, ADA, /^up again/, 60_000);
});

test('Ctrl-C stops everything in seconds', async () => {
  seen = run.processes();
  expect(seen.length).toBeGreaterThan(5);
  const began = Date.now();
  process.kill(run.pid, 'SIGINT');
  expect(await run.exit).toBe(0);
  expect(Date.now() - began).toBeLessThan(8_000);
  expect(seen.filter(sameProcess)).toEqual([]);
  expect(await Promise.all(ports().map(portIsFree))).toEqual([true, true, true, true]);
});

test('a taken port ends a start with one line, and nothing is left', async () => {
  const [, simulator] = ports();
  const other = createServer();
  await new Promise<void>((done) => other.listen(simulator, '127.0.0.1', done));
  const blocked = new LocalRun('scripts/start.ts', run.folder);
  expect(await blocked.exit).toBe(1);
  const [last] = blocked.output.slice(-1);
  expect(last).toBe(
    `The simulator can't start: port ${simulator} on 127.0.0.1 is already in use. Stop the program that uses it, or change TWILIO_API_URL and TWILIO_MESSAGING_URL in .dev.vars.`,
  );
  await new Promise((done) => other.close(done));
  expect(blocked.processes()).toEqual([]);
  expect(await Promise.all(ports().map(portIsFree))).toEqual([true, true, true, true]);
});

test('a real model is not let loose where nothing can confine it', async () => {
  const folder = await ownPorts();
  appendFileSync(join(folder, '.dev.vars'), 'ANTHROPIC_API_KEY=sk-never-used\n');
  const bare = new LocalRun('scripts/start.ts', folder, ['--real'], join(folder, 'no-programs'));
  expect(await bare.exit).toBe(1);
  expect(bare.output.join('\n')).toMatch(
    /Can't start: .*sandbox.* none works here \(.+\)\.\n(.*\n)*Or start without one: npm start -- --real --unconfined\n/,
  );
  expect(bare.processes()).toEqual([]);
  await bare.remove();
});

test('a second copy takes other ports than the first, and says which', async () => {
  const [first, other] = [createServer(), createServer()];
  // Another process may have them already; they only have to be taken. 5002 is one of the preferred ports.
  for (const [server, port] of [
    [first, 4020],
    [other, 5002],
  ] as const) {
    await new Promise<void>((done) => server.once('error', () => done()).listen(port, '127.0.0.1', done));
  }
  const second = new LocalRun('scripts/start.ts');
  const line = await second.said(/^The default ports are in use/);
  const base = Number(second.vars.PORT_BASE);
  expect(line).toBe(`The default ports are in use, so this copy uses ${base} to ${base + 7} (PORT_BASE in .dev.vars).`);
  expect(base).toBeGreaterThan(5002);
  await second.remove();
  for (const server of [first, other]) server.close();
});

test('reset forgets the state and keeps the keys', async () => {
  const keys = run.vars;
  const reset = new LocalRun('scripts/reset.ts', run.folder);
  expect(await reset.exit).toBe(0);
  expect(existsSync(run.state)).toBe(false);
  expect(run.vars).toEqual(keys);
});
