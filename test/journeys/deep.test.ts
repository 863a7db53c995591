import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConversation } from '../../simulator/model/conversation.ts';
import { personTexts, say, use } from '../../simulator/model/script.ts';
import { texts } from '../../src/texts/index.ts';
import { messagesOf, unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// Deep work from the phone to the real Claude Code: three texts and a side question during the work, and its end.

const SOON = { timeout: 60_000, interval: 50 };
const ROBIN = 'whatsapp:+15555550140';
const { deep } = texts;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());

/** The conversation as the phone shows it. */
const transcript = (): string =>
  stack.carrier
    .messages()
    .filter(({ from, to }) => from === ROBIN || to === ROBIN)

    .map(({ from, body }) => `${from === ROBIN ? 'Robin' : 'Roost'}: ${body.replaceAll('\n', '\n       ')}`)
    .join('\n');

test('three texts reach the work at once, a side question is answered beside it, and /end sums it up', async () => {
  const [began, mayEnd] = [join(stack.folder, 'began'), join(stack.folder, 'may-end')];
  const command = `touch ${began}; until [ -e ${mayEnd} ]; do sleep 0.1; done; echo built`;
  const built = 'The tower stands: brick, twelve metres, with a red door and a bell.';
  const seen: string[][] = [];
  stack.script('Build me a tower of brick', () => use('Bash', { command }));
  stack.script('How high will it be?', (request) => {
    seen.push(personTexts(request));
    return say('Twelve metres, as far as I can tell now.');
  });
  stack.script('And hang a bell in it', (request) => {
    seen.push(personTexts(request));
    return say(built);
  });
  stack.script(deep.wrapUp, (request) => {
    if (readConversation(request).at(-1)?.kind === 'result') {
      return say('Done: a brick tower of twelve metres with a red door and a bell. Open: who rings it?');
    }
    return use('Bash', {
      command: 'printf "## Tower\\n- built, red door, bell\\n- open: who rings it?\\n" >> NOTES.md',
    });
  });

  expect(await stack.ask(ROBIN, '/deep')).toBe(deep.begun('main', false));
  stack.text(ROBIN, 'Build me a tower of brick');
  await vi.waitUntil(() => existsSync(began), SOON);
  for (const text of ['Twelve metres high', 'With a red door', 'And hang a bell in it']) {
    stack.text(ROBIN, text);
    await vi.waitFor(() => {
      expect(messagesOf(stack.relay.state, ROBIN).at(-1)).toEqual({ text, state: 'active' });
      expect(unfinished(stack.relay.state, ROBIN)).not.toContain('timer steer');
    }, SOON);
  }
  stack.text(ROBIN, '/btw How high will it be?');
  await stack.until(() => stack.sentTo(ROBIN).length === 2, 'the answer on the side');
  // The work continues: its tool has not ended.
  expect(existsSync(mayEnd)).toBe(false);
  expect(stack.sentTo(ROBIN)[1]).toBe(deep.aside('How high will it be?', 'Twelve metres, as far as I can tell now.'));
  writeFileSync(mayEnd, '');
  await stack.until(() => stack.sentTo(ROBIN).length === 3, 'the answer of the work');
  stack.text(ROBIN, 'done');
  await stack.until(() => stack.sentTo(ROBIN).length === 5, 'the summary');
  await vi.waitFor(() => expect(unfinished(stack.relay.state, ROBIN)).toEqual([]), SOON);

  expect(stack.sentTo(ROBIN).slice(2)).toEqual([
    built,
    deep.ended(true),
    'Done: a brick tower of twelve metres with a red door and a bell. Open: who rings it?',
  ]);
  // One turn read all three; the side question saw the work and is not part of it.
  expect(seen).toEqual([
    ['Build me a tower of brick', 'How high will it be?'],
    ['Build me a tower of brick', 'Twelve metres high', 'With a red door', 'And hang a bell in it'],
  ]);
  const [notes] = globSync(join(stack.folder, 'machine/conversations/*/projects/main/NOTES.md'));
  expect(readFileSync(notes ?? '', 'utf8')).toContain('who rings it?');
  expect(messagesOf(stack.relay.state, ROBIN).map(({ state }) => state)).toEqual(Array(8).fill('consumed'));
  console.log(transcript());
});
