import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { freePort, portIsFree } from '../../scripts/local/ports.ts';
import { findProcess } from '../../scripts/local/process-families.ts';
import { mayRestart } from '../../scripts/local/supervisor.ts';
import { ask, fakePart, listener } from './launcher.ts';

const kill = (part: { process: { pid: number } | undefined }): void => {
  process.kill(part.process?.pid ?? 0, 'SIGKILL');
};

test('a part that dies is started again, with one line', async () => {
  const events = listener();
  const part = fakePart(events, { port: await freePort() });
  const before = await ask(await part.ready(), '/pid');
  kill(part);
  expect(await events.said(/died/)).toBe('The fake died (SIGKILL); restarting it.');
  expect(await ask(await part.ready(), '/pid')).not.toBe(before);
  expect(events.lines).toHaveLength(1);
});

test('five times, then everything stops', async () => {
  const events = listener();
  const part = fakePart(events);
  await part.ready();
  for (let death = 1; death <= 5; death++) {
    kill(part);
    await events.said(/died/, death);
    await part.ready();
  }
  kill(part);
  expect(await events.said(/GAVE UP/)).toMatch(/five starts in a minute.*fake\.log/);
});

test('deaths spread over time are no reason to stop', () => {
  const restarts = [0, 10_000, 20_000, 30_000, 40_000];
  expect(mayRestart(restarts, 50_000)).toBe(false);
  expect(mayRestart(restarts, 61_000)).toBe(true);
});

/** A test's patience: three looks of a fifth of a second. */
const BRIEF = { lookEveryMs: 50, answerWithinMs: 200, idleMisses: 3, busyForMs: 60_000 };

/** The pids of a part so far. */
function launched(part: () => { process: { pid: number } | undefined }): { changed: () => void; pids: number[] } {
  const pids: number[] = [];
  const changed = (): void => {
    const { process: now } = part();
    if (now && !pids.includes(now.pid)) pids.push(now.pid);
  };
  return { changed, pids };
}

test('a part that is there but does not answer and does nothing is started again', async () => {
  const events = listener();
  const { changed, pids } = launched(() => part);
  const part = fakePart({ ...events, changed }, { watch: BRIEF });
  const port = await part.ready();
  const before = await ask(port, '/pid');
  await ask(port, '/hang');
  expect(await events.said(/answer/)).toMatch(/^The fake hasn't answered for \d+ s and is idle; restarting it\.$/);
  const after = await ask(await part.ready(), '/pid');
  expect(after).not.toBe(before);
  // The first part's death is no second reason to start one.
  expect(pids).toEqual([Number(before), Number(after)]);
  expect(events.lines).toHaveLength(1);
});

test('a part that is only slow is left to its work', async () => {
  const events = listener();
  const part = fakePart(events, { watch: BRIEF });
  const port = await part.ready();
  const before = await ask(port, '/pid');
  // Twice as long as an idle part may be silent: a supervisor that counts time alone would have killed it.
  await ask(port, '/busy?ms=1300');
  expect(await ask(port, '/pid')).toBe(before);
  expect(events.lines).toEqual([]);
});

test('a part that stays busy is restarted in the end', async () => {
  const events = listener();
  const part = fakePart(events, { watch: { ...BRIEF, busyForMs: 1_500 } });
  const before = await ask(await part.ready(), '/pid');
  void ask(await part.ready(), '/busy?ms=600000').catch(() => undefined);
  expect(await events.said(/answer/)).toMatch(
    /^The fake hasn't answered for \d+ s, although it's busy; restarting it\.$/,
  );
  expect(await ask(await part.ready(), '/pid')).not.toBe(before);
});

test('a part whose port is deserted is started again after a moment', async () => {
  const events = listener();
  const part = fakePart(events, { watch: { ...BRIEF, answerWithinMs: 60_000 } });
  const port = await part.ready();
  await ask(port, '/desert');
  expect(await events.said(/restarting/)).toBe('The fake is no longer reachable; restarting it.');
});

test('a start on a busy computer takes as long as it works', async () => {
  const part = fakePart(listener(), { readyWithinMs: 1_000 }, { BUSY_FIRST_MS: '1300' });
  await part.ready();
  const idle = fakePart(listener(), { readyWithinMs: 1_000 }, { IDLE_FIRST_MS: '60000' });
  await expect(idle.ready()).rejects.toThrow(/it wasn't ready within 1 s/);
});

test('a taken port is named with what to do about it', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const part = fakePart(listener(), { port });
  await expect(part.ready()).rejects.toThrow(
    `The fake can't start: port ${port} on 127.0.0.1 is already in use. Stop the program that uses it, or change FAKE_URL.`,
  );
  expect(part.process).toBeUndefined();
});

test('a part that ends while starting is named with its complaint', async () => {
  const part = fakePart(listener(), {}, { FAIL: 'the number is not a number' });
  await expect(part.ready()).rejects.toThrow(
    /^The fake can't start: it exited while starting \(exit code 3\): Error: the number is not a number/,
  );
});

test('stopping ends what it had started too, in groups of their own and deaf to SIGTERM', async () => {
  const part = fakePart(listener(), { port: await freePort() });
  const port = await part.ready();
  const child = Number(await ask(port, '/beget'));
  const own = part.process?.pid ?? 0;
  expect(findProcess(child)).toBeDefined();
  const began = Date.now();
  await part.stop();
  expect(Date.now() - began).toBeLessThan(5_500);
  expect([findProcess(own), findProcess(child)]).toEqual([undefined, undefined]);
  expect(await portIsFree(port)).toBe(true);
});

test('stopping while it starts leaves nothing', async () => {
  const spawned = Promise.withResolvers<void>();
  const part = fakePart({ ...listener(), changed: spawned.resolve });
  const starting = part.ready().catch((error: Error) => error.message);
  await spawned.promise;
  const pid = part.process?.pid ?? 0;
  expect(findProcess(pid)).toBeDefined();
  await part.stop();
  expect(await starting).toMatch(/fake/);
  expect(findProcess(pid)).toBeUndefined();
  await expect(part.ready()).rejects.toThrow(/is stopping/);
});

test('stopping before it has begun leaves nothing', async () => {
  const part = fakePart(listener());
  const starting = part.ready().catch((error: Error) => error.message);
  await part.stop();
  expect(await starting).toMatch(/is stopping/);
  expect(part.process).toBeUndefined();
});
