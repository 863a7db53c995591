import { afterAll, beforeAll, expect, test } from 'vitest';
import { TELL_UNREACHABLE_MS } from '../../src/conversation/policy/machine.ts';
import { texts } from '../../src/texts/index.ts';
import { unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// The agent server is down when a text arrives.

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ machine: false });
});
afterAll(() => stack?.stop());

test('the person is told after a while that the machine is not reachable, and answered once when it is', async () => {
  const person = 'whatsapp:+15555550130';
  const sent = stack.text(person, 'say I am back');
  const told = await stack.until(
    () => stack.carrier.messages().find(({ to }) => to === person),
    'word that the machine cannot be reached',
  );
  expect(told.body).toBe(texts.unreachable);
  expect(told.createdAt - sent.createdAt).toBeGreaterThanOrEqual(TELL_UNREACHABLE_MS);

  await stack.startMachine();
  await stack.until(() => stack.allSentTo(person).length > 1, 'the answer');
  await expect.poll(() => unfinished(stack.relay.state, person), { timeout: 20_000 }).toEqual([]);
  expect(stack.allSentTo(person)).toEqual([texts.unreachable, expect.stringMatching(/^I am back/)]);
  expect(stack.seenByModel('say I am back')).toEqual([['say I am back']]);
});
