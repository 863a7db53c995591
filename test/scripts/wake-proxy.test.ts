import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/local/ports.ts';
import { openWakeProxy } from '../../scripts/local/wake-proxy.ts';
import { ask, fakePart, listener } from './launcher.ts';

test('the first connection starts the part; after it fell asleep the next one does', async () => {
  const events = listener();
  const part = fakePart(events, { sleeps: true });
  const door = await openWakeProxy(0, () => part.ready());
  onTestFinished(() => door.close());
  expect(part.process).toBeUndefined();
  const first = await ask(door.port, '/pid');
  expect(Number(first)).toBe(part.process?.pid);
  expect(await ask(door.port, '/pid')).toBe(first);
  await ask(door.port, '/sleep');
  await events.said(/went to sleep/);
  expect(part.process).toBeUndefined();
  expect(Number(await ask(door.port, '/pid'))).not.toBe(Number(first));
  expect(events.lines).toHaveLength(1);
});

test('who knocks just as the part falls asleep is let in by waking it again', async () => {
  const part = fakePart(listener(), { sleeps: true });
  const gone = await freePort();
  let woken = 0;
  const door = await openWakeProxy(0, () => (woken++ === 0 ? Promise.resolve(gone) : part.ready()));
  onTestFinished(() => door.close());
  expect(Number(await ask(door.port, '/pid'))).toBe(part.process?.pid);
  expect(woken).toBe(2);
});

test('a part that cannot start ends the connection instead of keeping it', async () => {
  const part = fakePart(listener(), { sleeps: true }, { FAIL: 'no' });
  const door = await openWakeProxy(0, () => part.ready());
  onTestFinished(() => door.close());
  await expect(ask(door.port, '/pid')).rejects.toThrow();
});
