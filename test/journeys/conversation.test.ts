import { afterAll, beforeAll, expect, test } from 'vitest';
import { longAnswer } from '../../simulator/model/demo-texts.ts';
import { personTexts } from '../../simulator/model/script.ts';
import { toParts } from '../../src/channels/twilio/text.ts';
import { gone } from './relay-process.ts';
import { messagesOf, unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// Texts that go well, from the phone to the real Claude Code and back. One person per test.

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());

test('a first text is answered, and the second answer shows that the first is remembered', async () => {
  const robin = 'whatsapp:+15555550110';
  expect(await stack.ask(robin, 'my name is Robin')).toMatch(/Nice to meet you, Robin[\s\S]*demo model/);
  expect(await stack.ask(robin, 'what is my name?')).toBe('Your name is Robin.');
});

test('the agent server is killed and started again, and the conversation is still remembered', async () => {
  const kim = 'whatsapp:+15555550111';
  expect(await stack.ask(kim, 'my name is Kim')).toMatch(/Nice to meet you, Kim/);
  // Otherwise the next text would wait behind it, with a message about that.
  await expect.poll(() => unfinished(stack.relay.state, kim)).toEqual([]);
  const killed = await stack.killMachine();
  expect(killed.length).toBeGreaterThan(1);
  await stack.startMachine();
  await gone(killed);
  expect(await stack.ask(kim, 'what is my name?')).toBe('Your name is Kim.');
});

test('a long answer arrives in parts, in order, each short enough for the carrier', async () => {
  const person = 'whatsapp:+15555550112';
  await stack.ask(person, 'hello');
  const wanted = toParts(longAnswer);
  expect(wanted.length).toBeGreaterThan(2);
  stack.text(person, 'say a long answer');
  const parts = await stack.until(() => {
    const sent = stack.sentTo(person).slice(1);
    return sent.length >= wanted.length && sent;
  }, 'all parts of the long answer');
  expect(parts).toEqual(wanted);
  expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(1600);
});

test('two people who text at once get each their own answer', async () => {
  const [ada, ben] = ['whatsapp:+15555550113', 'whatsapp:+15555550114'];
  const answers = await Promise.all([stack.ask(ada, 'say apples for Ada'), stack.ask(ben, 'say pears for Ben')]);
  expect(answers).toEqual([expect.stringMatching(/^apples for Ada/), expect.stringMatching(/^pears for Ben/)]);
  const again = await Promise.all([stack.ask(ada, 'what did I say before?'), stack.ask(ben, 'what did I say before?')]);
  expect(again).toEqual(['You said:\n\n- “say apples for Ada”', 'You said:\n\n- “say pears for Ben”']);
  const mixed = stack.model.requests
    .map(({ request }) => personTexts(request).join('\n'))
    .filter((texts) => texts.includes('apples') && texts.includes('pears'));
  expect(mixed).toEqual([]);
});

test('twenty-five texts in one go reach the agent oldest first, each once, and are answered', async () => {
  const person = 'whatsapp:+15555550115';
  const texts = Array.from({ length: 25 }, (_, n) => `say word-${String(n + 1).padStart(2, '0')}`);
  for (const text of texts) stack.text(person, text);
  const words = (sent: string[]): string[] => sent.join('\n').match(/word-\d\d/g) ?? [];
  await stack.until(() => new Set(words(stack.sentTo(person))).size === 25, 'an answer to all 25 texts');
  // The carrier delivers in parallel: the relay's rows show whose webhook came first.
  const accepted = messagesOf(stack.relay.state, person).map(({ text }) => text);
  expect([...accepted].sort()).toEqual(texts);
  expect(words(stack.sentTo(person))).toEqual(words(accepted));
  const [first = ''] = accepted;
  expect(stack.seenByModel(first).at(-1)).toEqual(accepted);
});
