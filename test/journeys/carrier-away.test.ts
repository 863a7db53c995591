import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { startCron } from '../../scripts/local/cron.ts';
import { messagesOf, unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// The carrier refuses everything for its rate, and the relay is killed meanwhile: nobody’s replies are lost or out of
// order. And a text sent while the relay was down: Twilio's tries all fail, and the next comparison with its list finds
// the text.

const PEOPLE = [1, 2, 3].map((n) => `whatsapp:+1555555017${n}`);
const SAID = ['/queue collect', '/verbose on', '/queue steer'];
/** As long again as the carrier asks for, three times. */
const STILL_AWAY_MS = 3_000;
const ADA = 'whatsapp:+15555550150';
const MINUTE = 60_000;

// Before the carrier is created: it reads the time through the function it finds then.
const clock = vi.spyOn(Date, 'now');
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ machine: false });
});
afterAll(async () => {
  clock.mockRestore();
  await stack?.stop();
});

test('a carrier that refuses for its rate: three tries each, then one for all, and in the end everything in order', async () => {
  const { carrier } = stack;
  const tries = (): number =>
    carrier.traffic().filter(({ method, url }) => method === 'POST' && url.endsWith('/Messages.json')).length;
  carrier.faults.set({ refuse: { times: 100_000, code: 20429, retryAfterSeconds: 1 } });
  for (const person of PEOPLE) for (const text of SAID) stack.text(person, text);
  // A relay killed before it noted a refusal would first look for the reply in the carrier's list, for a minute.
  const noted = (): number => stack.relay.output.filter((line) => /"send-put-off".*"attempt":3/.test(line)).length;
  await expect.poll(noted, { timeout: 60_000 }).toBe(PEOPLE.length);
  await stack.relay.kill();
  await stack.relay.start();
  await new Promise((resolve) => setTimeout(resolve, STILL_AWAY_MS));
  expect(tries()).toBeLessThanOrEqual(PEOPLE.length * 3 + 4);
  carrier.faults.clear();
  for (const person of PEOPLE) {
    await stack.until(() => stack.sentTo(person).length >= SAID.length, `what ${person} is owed`);
  }
  for (const person of PEOPLE) {
    await expect.poll(() => unfinished(stack.relay.objects, person), { timeout: 20_000 }).toEqual([]);
    const [first, second, third] = stack.sentTo(person);
    expect([first, second, third]).toEqual([
      expect.stringContaining('/queue collect'),
      expect.stringContaining('Verbose on'),
      expect.stringContaining('/queue steer'),
    ]);
    expect(stack.sentTo(person)).toHaveLength(SAID.length);
  }
});

test('a text whose webhook was lost is found in the carrier’s list and answered once', async () => {
  await stack.startMachine();
  expect(await stack.ask(ADA, 'hello')).toMatch(/demo model/i);
  await stack.relay.kill();
  // Three minutes ago by the carrier's clock, so that the test need not wait until the text is old enough.
  clock.mockReturnValue(Date.now() - 3 * MINUTE);
  const lost = stack.text(ADA, 'note: water the plants');
  clock.mockReset();
  const tries = () => stack.carrier.traffic().filter(({ requestBody }) => requestBody.includes(lost.sid));
  await stack.until(() => tries().length === 3, 'three tries of the webhook');
  await stack.carrier.settled();
  await stack.relay.start();
  const before = stack.sentTo(ADA).length;
  onTestFinished(startCron(() => Promise.resolve(Number(new URL(stack.relay.url).port)), 500));
  await stack.until(() => stack.sentTo(ADA)[before + 1], 'an answer to the lost text, and that it was late');
  const lists = () => stack.carrier.traffic().filter(({ url }) => url.includes('DateSent'));
  const seen = lists().length;
  await stack.until(() => lists().length >= seen + 3, 'three more comparisons');
  const [hello, found, ...more] = messagesOf(stack.relay.objects, ADA).map(({ text }) => text);
  expect([hello, more]).toEqual(['hello', []]);
  expect(found).toMatch(/^\[The person wrote this 3 minutes before it reached you.*\]\n\nnote: water the plants$/);
  expect(
    stack
      .seenByModel('hello')
      .flat()
      .filter((text) => text.endsWith('note: water the plants')),
  ).not.toEqual([]);
  expect(stack.sentTo(ADA).slice(before)).toEqual([
    'This reached me 3 minutes late: “note: water the plants”',
    expect.stringMatching(/plants|noted/i),
  ]);
});
