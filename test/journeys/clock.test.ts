import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEEP_IDLE_MS } from '../../src/conversation/policy/turn.ts';
import { texts } from '../../src/texts/index.ts';
import { type Stack, startStack } from './stack.ts';

// The clock of one conversation in a running relay, moved over the route of local runs and kept over SIGKILL.

const ADA = 'whatsapp:+15555550160';
const { deep } = texts;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ machine: false });
});
afterAll(() => stack?.stop());

test('what is due after half an hour is said when the clock is moved by it, the relay killed in between', async () => {
  expect(await stack.ask(ADA, '/deep')).toBe(deep.begun('main', false));
  const { offset } = await stack.moveClock(ADA, DEEP_IDLE_MS / 2);
  await stack.relay.kill();
  await stack.relay.start();
  expect(offset).toBe(DEEP_IDLE_MS / 2);
  expect((await stack.clock(ADA)).offset).toBe(offset);
  expect(stack.sentTo(ADA)).toHaveLength(1);
  await stack.moveClock(ADA, DEEP_IDLE_MS / 2);
  const last = await stack.until(() => stack.sentTo(ADA)[1], 'the end of the deep work');
  expect(last).toBe(deep.idle(DEEP_IDLE_MS, false));
});
