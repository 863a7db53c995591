import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConversation } from '../../simulator/model/conversation.ts';
import { personTexts, say, use } from '../../simulator/model/script.ts';
import { texts } from '../../src/texts/index.ts';
import { messagesOf, unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// A person's messages during the work: to stop it, to retry it, and to add something, with the real Claude Code at a
// tool that runs until the test ends it.

const SOON = { timeout: 30_000, interval: 50 };
const STOPPER = 'whatsapp:+15555550130';
const STEERER = 'whatsapp:+15555550131';
const READER = 'whatsapp:+15555550132';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());

/** A text whose tool reports that it began, and runs until `end` is called. */
function work(text: string, answer: string): { began: () => boolean; end: () => void } {
  const name = text.replace(/\W/g, '-');
  const [began, mayEnd] = [join(stack.folder, `${name}-began`), join(stack.folder, `${name}-may-end`)];
  const command = `touch ${began}; until [ -e ${mayEnd} ]; do sleep 0.1; done`;
  stack.script(text, (request) =>
    readConversation(request).at(-1)?.kind === 'result' ? say(answer) : use('Bash', { command }),
  );
  return { began: () => existsSync(began), end: () => writeFileSync(mayEnd, '') };
}

const settled = (person: string): Promise<void> =>
  vi.waitFor(() => expect(unfinished(stack.relay.state, person)).toEqual([]), SOON);

test('/stop ends the work at once and says what it dropped; /retry brings both texts back', async () => {
  const build = work('build the tower', 'The tower is built.');
  stack.text(STOPPER, 'build the tower');
  await vi.waitUntil(build.began, SOON);
  stack.text(STOPPER, 'say hello afterwards');
  await vi.waitUntil(() => messagesOf(stack.relay.state, STOPPER).length === 2, SOON);
  expect(await stack.ask(STOPPER, '/stop')).toBe(texts.stopped(['build the tower', 'say hello afterwards']));
  await vi.waitFor(() => {
    const states = messagesOf(stack.relay.state, STOPPER).map(({ state }) => state);
    expect(states).toEqual(['failed', 'failed', 'consumed']);
  }, SOON);
  // Nothing continues: the tool is gone with its process.
  expect(stack.sentTo(STOPPER)).toHaveLength(1);
  build.end();
  const seen = stack.model.requests.length;
  stack.script('say hello afterwards', () => say('Built, and hello.'));
  expect(await stack.ask(STOPPER, '/retry')).toBe(texts.retrying(2));
  await vi.waitUntil(() => stack.sentTo(STOPPER).length >= 3, SOON);
  await settled(STOPPER);
  expect(stack.sentTo(STOPPER).slice(2)).toEqual(['Built, and hello.']);
  // The stopped text is asked again, not only remembered.
  const asked = stack.model.requests.slice(seen).map(({ request }) => personTexts(request).join('\n'));
  expect(asked.at(-1)?.split('build the tower')).toHaveLength(3);
  expect(messagesOf(stack.relay.state, STOPPER).map(({ state }) => state)).toEqual(Array(4).fill('consumed'));
});

test('a text steered into the work is part of its answer', async () => {
  const build = work('build the bridge', 'The bridge is built, painted red.');
  await stack.ask(STEERER, '/queue steer');
  stack.text(STEERER, 'build the bridge');
  await vi.waitUntil(build.began, SOON);
  stack.text(STEERER, 'and paint it red');
  stack.script('and paint it red', () => say('The bridge is built, painted red.'));
  await vi.waitFor(() => {
    expect(messagesOf(stack.relay.state, STEERER).at(-1)).toEqual({ text: 'and paint it red', state: 'active' });
    expect(unfinished(stack.relay.state, STEERER)).not.toContain('timer steer');
  }, SOON);
  build.end();
  await settled(STEERER);
  expect(stack.sentTo(STEERER).slice(1)).toEqual(['The bridge is built, painted red.']);
});

test('an answer longer than a chat bears is an opening and a page; /more sends the rest here', async () => {
  const long = Array.from({ length: 120 }, (_, n) => `Paragraph ${n + 1}. ${'All is well. '.repeat(8)}`).join('\n\n');
  stack.script('tell me everything', () => say(`# Everything\n\n${long}\n\n\`\`\`ts\nconst done = true;\n\`\`\``));
  const opening = await stack.ask(READER, 'tell me everything');
  const url = /https?:\/\/\S+/.exec(opening)?.[0] ?? '';
  expect(opening.length).toBeLessThanOrEqual(1600);
  expect(opening).toContain('Paragraph 1.');
  await settled(READER);
  expect(stack.sentTo(READER)).toHaveLength(1);
  const page = await fetch(url);
  expect(page.status).toBe(200);
  const html = await page.text();
  expect(html).toContain('Paragraph 120.');
  expect(html).toContain('<h1');
  expect((await fetch(`${url.slice(0, -2)}AA`)).status).toBe(404);
  for (let before = 1; ; before = stack.sentTo(READER).length) {
    await stack.ask(READER, '/more');
    await settled(READER);
    const sent = stack.sentTo(READER);
    expect(sent.length - before).toBeLessThanOrEqual(4);
    expect(sent.every((body) => body.length <= 1600)).toBe(true);
    if (sent.at(-1) === texts.nothingMore) break;
  }
  const numbers = [
    ...stack
      .sentTo(READER)
      .join('\n')
      .matchAll(/Paragraph (\d+)\./g),
  ].map(([, n]) => Number(n));
  expect(numbers).toEqual(Array.from({ length: 120 }, (_, n) => n + 1));
});
