import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { personTexts } from '../../src/texts/persons.ts';
import { messagesOf, unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// One person from three addresses, with the real relay, carrier and agent: a number, WhatsApp's id alone, a new number.
// Then the first number comes with somebody else's id. The relay is killed in between.

const OURS = 'whatsapp:+15555550100';
const NUMBER = 'whatsapp:+15555550151';
const NEW_NUMBER = 'whatsapp:+15555550152';
const ID = 'whatsapp:US.13491208655302741918';
const OTHER_ID = 'whatsapp:US.77491208655302741918';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ vars: { ALLOWED_SENDERS: '+15555550151' } });
});
afterAll(() => stack?.stop());

/** Texts from an address, with WhatsApp's id, and resolves with the next message to it. */
async function ask(from: string, body: string, externalId = ID): Promise<string> {
  const before = stack.sentTo(from).length;
  stack.carrier.receive({ from, to: OURS, body, ...(from === externalId ? {} : { externalId }) });
  return stack.until(() => stack.sentTo(from)[before], `an answer to “${body}”`);
}
const settled = (): Promise<void> =>
  vi.waitFor(() => expect(unfinished(stack.relay.objects, NUMBER)).toEqual([]), { timeout: 60_000, interval: 50 });

test('is one conversation, whatever the person writes from, and nobody else’s', async () => {
  expect(await ask(NUMBER, 'my name is Robin')).toMatch(/Nice to meet you, Robin/);
  await settled();
  await stack.relay.kill();
  await stack.relay.start();
  expect(await ask(ID, 'what is my name?')).toBe('Your name is Robin.');
  await settled();
  expect(await ask(NEW_NUMBER, 'what is my name?')).toBe('Your name is Robin.');
  await settled();
  // The first number has a new owner, who asks the same.
  expect(await ask(NUMBER, 'what is my name?', OTHER_ID)).toBe(personTexts.locked);
  // The person hears of it where they write now, and goes on there.
  expect(await stack.until(() => stack.sentTo(NEW_NUMBER)[1], 'word of the lock')).toBe(
    personTexts.lockedElsewhere('here'),
  );
  expect(await ask(ID, '/me')).toContain('+15555550151 (locked: nothing is sent there)');
  expect(stack.sentTo(NUMBER).filter((body) => body.includes('Your name is Robin'))).toEqual([]);
  expect(messagesOf(stack.relay.objects, NUMBER).map(({ text }) => text)).toEqual([
    'my name is Robin',
    'what is my name?',
    'what is my name?',
    '/me',
  ]);
});
