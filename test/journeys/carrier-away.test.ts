import { afterAll, beforeAll, expect, test } from 'vitest';
import { unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// The carrier refuses everything for its rate, and the relay is killed meanwhile: nobody’s replies are lost or out of
// order.

const PEOPLE = [1, 2, 3].map((n) => `whatsapp:+1555555017${n}`);
const SAID = ['/queue collect', '/verbose on', '/queue steer'];
/** Longer than twenty tries at the carrier's pace of one a second. */
const AWAY_MS = 22_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ machine: false });
});
afterAll(() => stack?.stop());

test('a carrier that refuses for its rate: three tries each, then one for all, and in the end everything in order', async () => {
  const { carrier } = stack;
  const tries = (): number =>
    carrier.traffic().filter(({ method, url }) => method === 'POST' && url.endsWith('/Messages.json')).length;
  carrier.faults.set({ refuse: { times: 100_000, code: 20429, retryAfterSeconds: 1 } });
  const begun = Date.now();
  for (const person of PEOPLE) for (const text of SAID) stack.text(person, text);
  await expect.poll(tries, { timeout: 60_000 }).toBeGreaterThanOrEqual(PEOPLE.length * 3);
  await stack.relay.kill();
  await stack.relay.start();
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, begun + AWAY_MS - Date.now())));
  expect(tries()).toBeLessThanOrEqual(PEOPLE.length * 3 + 4);
  carrier.faults.clear();
  for (const person of PEOPLE) {
    await stack.until(() => stack.sentTo(person).length >= SAID.length, `what ${person} is owed`);
  }
  for (const person of PEOPLE) {
    await expect.poll(() => unfinished(stack.relay.state, person), { timeout: 20_000 }).toEqual([]);
    const [first, second, third] = stack.sentTo(person);
    expect([first, second, third]).toEqual([
      expect.stringContaining('/queue collect'),
      expect.stringContaining('Verbose on'),
      expect.stringContaining('/queue steer'),
    ]);
    expect(stack.sentTo(person)).toHaveLength(SAID.length);
  }
});
