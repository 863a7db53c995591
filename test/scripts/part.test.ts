import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { mayRestart } from '../../scripts/part.ts';
import { freePort, portIsFree } from '../../scripts/ports.ts';
import { findProcess } from '../../scripts/processes.ts';
import { ask, fakePart, listener } from './launcher.ts';

const kill = (part: { process: { pid: number } | undefined }): void => {
  process.kill(part.process?.pid ?? 0, 'SIGKILL');
};

test('a part that dies is started again, with one line', async () => {
  const events = listener();
  const part = fakePart(events, { port: await freePort() });
  const before = await ask(await part.ready(), '/pid');
  kill(part);
  expect(await events.said(/died/)).toBe('The fake died (SIGKILL); starting it again.');
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
  expect(await events.said(/GAVE UP/)).toMatch(/five starts within a minute.*fake\.log/);
});

test('deaths spread over time are no reason to stop', () => {
  const restarts = [0, 10_000, 20_000, 30_000, 40_000];
  expect(mayRestart(restarts, 50_000)).toBe(false);
  expect(mayRestart(restarts, 61_000)).toBe(true);
});

test('a part that is there but does not answer is started again', async () => {
  const events = listener();
  const launched: number[] = [];
  const part = fakePart(
    {
      ...events,
      changed: () => launched.push(...(part.process && !launched.includes(part.process.pid) ? [part.process.pid] : [])),
    },
    { watchEveryMs: 50 },
  );
  const port = await part.ready();
  const before = await ask(port, '/pid');
  await ask(port, '/hang');
  expect(await events.said(/answer/)).toBe('The fake did not answer within 2 s; starting it again.');
  const after = await ask(await part.ready(), '/pid');
  expect(after).not.toBe(before);
  // That the first one died of it is no second reason to start one.
  expect(launched).toEqual([Number(before), Number(after)]);
  expect(events.lines).toHaveLength(1);
});

test('a taken port is named with what to do about it', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const part = fakePart(listener(), { port });
  await expect(part.ready()).rejects.toThrow(
    `The fake cannot start: port ${port} on 127.0.0.1 is taken. Stop what uses it, or change FAKE_URL.`,
  );
  expect(part.process).toBeUndefined();
});

test('a part that ends while starting is named with its complaint', async () => {
  const part = fakePart(listener(), {}, { FAIL: 'the number is not a number' });
  await expect(part.ready()).rejects.toThrow(
    /^The fake cannot start: it ended while starting \(exit code 3\): Error: the number is not a number/,
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
  await expect(part.ready()).rejects.toThrow(/being stopped/);
});

test('stopping before it has begun leaves nothing', async () => {
  const part = fakePart(listener());
  const starting = part.ready().catch((error: Error) => error.message);
  await part.stop();
  expect(await starting).toMatch(/being stopped/);
  expect(part.process).toBeUndefined();
});
