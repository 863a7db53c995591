import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readConversation } from '../../simulator/model/conversation.ts';
import { longAnswer } from '../../simulator/model/demo-texts.ts';
import { personTexts, say, use } from '../../simulator/model/script.ts';
import { toParts } from '../../src/channels/markup/text.ts';
import { TELL_UNREACHABLE_MS } from '../../src/conversation/policy/machine.ts';
import { texts } from '../../src/texts/index.ts';
import { gone } from '../relay/gone.ts';
import { messagesOf, unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// Conversations from the phone to the real Claude Code and back. The tests run in order on one stack with the same three
// people, because every further conversation starts Claude Code once more.

const SOON = { timeout: 60_000, interval: 50 };
const ROBIN = 'whatsapp:+15555550110';
const ADA = 'whatsapp:+15555550111';
const BEN = 'whatsapp:+15555550112';
const { deep } = texts;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ machine: false, vars: { MAX_PARTS: '4' } });
});
afterAll(() => stack?.stop());

const settled = (person: string): Promise<void> =>
  vi.waitFor(() => expect(unfinished(stack.relay.objects, person)).toEqual([]), SOON);

/** From now on: what the person was sent, and the messages the relay took from them. */
function since(person: string) {
  const sent = stack.sentTo(person).length;
  const taken = messagesOf(stack.relay.objects, person).length;
  return {
    sent: () => stack.sentTo(person).slice(sent),
    taken: () => messagesOf(stack.relay.objects, person).slice(taken),
  };
}

/** A text whose tool reports that it began, and runs until `end` is called. */
function work(text: string, answer: string): { began: () => boolean; isEnded: () => boolean; end: () => void } {
  const name = text.replace(/\W/g, '-');
  const [began, mayEnd] = [join(stack.folder, `${name}-began`), join(stack.folder, `${name}-may-end`)];
  const command = `touch ${began}; until [ -e ${mayEnd} ]; do sleep 0.1; done`;
  stack.script(text, (request) =>
    readConversation(request).at(-1)?.kind === 'result' ? say(answer) : use('Bash', { command }),
  );
  return { began: () => existsSync(began), isEnded: () => existsSync(mayEnd), end: () => writeFileSync(mayEnd, '') };
}

describe('texts that go well', () => {
  test('the machine is down: the person is told after a while, and answered once when it is there', async () => {
    const sent = stack.text(ROBIN, 'say I am back');
    const told = await stack.until(
      () => stack.carrier.messages().find(({ to }) => to === ROBIN),
      'word that the machine cannot be reached',
    );
    expect(told.body).toBe(texts.unreachable);
    expect(told.createdAt - sent.createdAt).toBeGreaterThanOrEqual(TELL_UNREACHABLE_MS);

    await stack.startMachine();
    await stack.until(() => stack.allSentTo(ROBIN).length > 1, 'the answer');
    await settled(ROBIN);
    expect(stack.allSentTo(ROBIN)).toEqual([texts.unreachable, expect.stringMatching(/^I am back[\s\S]*demo model/)]);
    expect(stack.seenByModel('say I am back')).toEqual([['say I am back']]);
  });

  test('the second answer shows that the first text is remembered', async () => {
    expect(await stack.ask(ROBIN, 'my name is Robin')).toMatch(/Nice to meet you, Robin/);
    expect(await stack.ask(ROBIN, 'what is my name?')).toBe('Your name is Robin.');
  });

  test('the logs of relay and agent server lead from the webhook to the reply by the trace of a text', async () => {
    const { sid } = stack.text(ROBIN, 'say followed');
    const lines = await stack.until(() => {
      const found = stack.logged(sid.slice(2, 14));
      return found.length >= 5 && found;
    }, 'the lines of one text');
    const events = ['attempt ended', 'reply-sent', 'text-joined', 'text-taken', 'turn-done'];
    expect(lines.map(({ event, msg }) => event ?? msg).sort()).toEqual(events);
    const turns = lines.flatMap(({ turn, attempt }) => turn ?? attempt?.split('.')[0] ?? []);
    expect(turns).toEqual(Array(4).fill(turns[0]));
    await settled(ROBIN);
  });

  test('the agent server is killed and started again, and the conversation is still remembered', async () => {
    // Otherwise the next text would wait behind it, with a message about that.
    await settled(ROBIN);
    const killed = await stack.killMachine();
    expect(killed.length).toBeGreaterThan(1);
    await stack.startMachine();
    await gone(killed);
    expect(await stack.ask(ROBIN, 'what is my name?')).toBe('Your name is Robin.');
  });

  test('a long answer arrives in parts, in order, each short enough for the carrier', async () => {
    const { sent } = since(ROBIN);
    const wanted = toParts(longAnswer);
    expect(wanted.length).toBeGreaterThan(2);
    stack.text(ROBIN, 'say a long answer');
    await stack.until(() => sent().length >= wanted.length, 'all parts of the long answer');
    expect(sent()).toEqual(wanted);
    expect(Math.max(...sent().map((part) => part.length))).toBeLessThanOrEqual(1600);
  });

  test('two people who text at once get each their own answer', async () => {
    const answers = await Promise.all([stack.ask(ADA, 'say apples for Ada'), stack.ask(BEN, 'say pears for Ben')]);
    expect(answers).toEqual([expect.stringMatching(/^apples for Ada/), expect.stringMatching(/^pears for Ben/)]);
    const again = await Promise.all([
      stack.ask(ADA, 'what did I say before?'),
      stack.ask(BEN, 'what did I say before?'),
    ]);
    expect(again).toEqual(['You said:\n\n- “say apples for Ada”', 'You said:\n\n- “say pears for Ben”']);
    const mixed = stack.model.requests
      .map(({ request }) => personTexts(request).join('\n'))
      .filter((seen) => seen.includes('apples') && seen.includes('pears'));
    expect(mixed).toEqual([]);
  });

  test('twenty-five texts in one go reach the agent oldest first, each once, and are answered', async () => {
    await settled(BEN);
    const { sent, taken } = since(BEN);
    const burst = Array.from({ length: 25 }, (_, n) => `say word-${String(n + 1).padStart(2, '0')}`);
    for (const text of burst) stack.text(BEN, text);
    const words = (all: string[]): string[] => all.join('\n').match(/word-\d\d/g) ?? [];
    await stack.until(() => new Set(words(sent())).size === 25, 'an answer to all 25 texts');
    // The carrier delivers in parallel: the relay's rows show whose webhook came first.
    const accepted = taken().map(({ text }) => text);
    expect([...accepted].sort()).toEqual(burst);
    expect(words(sent())).toEqual(words(accepted));
    expect(stack.seenByModel('say pears for Ben').at(-1)?.slice(2)).toEqual(accepted);
  });
});

describe('texts during the work', () => {
  test('/stop ends the work at once and says what it dropped; /retry brings both texts back', async () => {
    await settled(ADA);
    const { sent, taken } = since(ADA);
    const build = work('build the tower', 'The tower is built.');
    stack.text(ADA, 'build the tower');
    await vi.waitUntil(build.began, SOON);
    stack.text(ADA, 'say hello afterwards');
    await vi.waitUntil(() => taken().length === 2, SOON);
    expect(await stack.ask(ADA, '/stop')).toBe(texts.stopped(['build the tower', 'say hello afterwards']));
    await vi.waitFor(() => expect(taken().map(({ state }) => state)).toEqual(['failed', 'failed', 'consumed']), SOON);
    // Nothing continues: the tool is gone with its process.
    expect(sent()).toHaveLength(1);
    build.end();
    const seen = stack.model.requests.length;
    stack.script('say hello afterwards', () => say('Built, and hello.'));
    expect(await stack.ask(ADA, '/retry')).toBe(texts.retrying(2));
    await vi.waitUntil(() => sent().length >= 3, SOON);
    await settled(ADA);
    expect(sent().slice(2)).toEqual(['Built, and hello.']);
    // The stopped text is asked again, not only remembered.
    const asked = stack.model.requests.slice(seen).map(({ request }) => personTexts(request).join('\n'));
    expect(asked.at(-1)?.split('build the tower')).toHaveLength(3);
    expect(taken().map(({ state }) => state)).toEqual(Array(4).fill('consumed'));
  });

  test('a text steered into the work is part of its answer', async () => {
    await settled(BEN);
    const { sent, taken } = since(BEN);
    const build = work('build the bridge', 'The bridge is built, painted red.');
    await stack.ask(BEN, '/queue steer');
    stack.text(BEN, 'build the bridge');
    await vi.waitUntil(build.began, SOON);
    stack.text(BEN, 'and paint it red');
    stack.script('and paint it red', () => say('The bridge is built, painted red.'));
    await vi.waitFor(() => {
      expect(taken().at(-1)).toEqual({ text: 'and paint it red', state: 'active' });
      expect(unfinished(stack.relay.objects, BEN)).not.toContain('timer steer');
    }, SOON);
    build.end();
    await settled(BEN);
    expect(sent().slice(1)).toEqual(['The bridge is built, painted red.']);
  });
});

test('an answer longer than a chat bears is an opening and a page; /more sends the rest here', async () => {
  await settled(BEN);
  const { sent } = since(BEN);
  const long = Array.from({ length: 120 }, (_, n) => `Paragraph ${n + 1}. ${'All is well. '.repeat(8)}`).join('\n\n');
  stack.script('tell me everything', () => say(`# Everything\n\n${long}\n\n\`\`\`ts\nconst done = true;\n\`\`\``));
  const opening = await stack.ask(BEN, 'tell me everything');
  const url = /https?:\/\/\S+/.exec(opening)?.[0] ?? '';
  expect(opening.length).toBeLessThanOrEqual(1600);
  expect(opening).toContain('Paragraph 1.');
  await settled(BEN);
  expect(sent()).toHaveLength(1);
  const page = await fetch(url);
  expect(page.status).toBe(200);
  const html = await page.text();
  expect(html).toContain('Paragraph 120.');
  expect(html).toContain('<h1');
  expect((await fetch(`${url.slice(0, -2)}AA`)).status).toBe(404);
  for (let before = 1; ; before = sent().length) {
    await stack.ask(BEN, '/more');
    await settled(BEN);
    expect(sent().length - before).toBeLessThanOrEqual(4);
    expect(sent().every((body) => body.length <= 1600)).toBe(true);
    if (sent().at(-1) === texts.nothingMore) break;
  }
  const numbers = [
    ...sent()
      .join('\n')
      .matchAll(/Paragraph (\d+)\./g),
  ].map(([, n]) => Number(n));
  expect(numbers).toEqual(Array.from({ length: 120 }, (_, n) => n + 1));
});

test('deep work: three texts reach it at once, a side question is answered beside it, and /end sums it up', async () => {
  await settled(ROBIN);
  const { sent, taken } = since(ROBIN);
  const tower = work('Build me a tower of brick', 'not asked again');
  const built = 'The tower stands: brick, twelve metres, with a red door and a bell.';
  const seen: string[][] = [];
  stack.script('How high will it be?', (request) => {
    seen.push(personTexts(request).slice(-2));
    return say('Twelve metres, as far as I can tell now.');
  });
  stack.script('And hang a bell in it', (request) => {
    seen.push(personTexts(request).slice(-4));
    return say(built);
  });
  const summary = 'Done: a brick tower of twelve metres with a red door and a bell. Open: who rings it?';
  const notes = 'printf "## Tower\\n- built, red door, bell\\n- open: who rings it?\\n" >> NOTES.md';
  stack.script(deep.wrapUp, (request) =>
    readConversation(request).at(-1)?.kind === 'result' ? say(summary) : use('Bash', { command: notes }),
  );

  expect(await stack.ask(ROBIN, '/deep')).toBe(deep.begun('main', false));
  stack.text(ROBIN, 'Build me a tower of brick');
  await vi.waitUntil(tower.began, SOON);
  for (const text of ['Twelve metres high', 'With a red door', 'And hang a bell in it']) {
    stack.text(ROBIN, text);
    await vi.waitFor(() => {
      expect(taken().at(-1)).toEqual({ text, state: 'active' });
      expect(unfinished(stack.relay.objects, ROBIN)).not.toContain('timer steer');
    }, SOON);
  }
  stack.text(ROBIN, '/btw How high will it be?');
  await stack.until(() => sent().length === 2, 'the answer on the side');
  // The work continues: its tool has not ended.
  expect(tower.isEnded()).toBe(false);
  expect(sent()[1]).toBe(deep.aside('How high will it be?', 'Twelve metres, as far as I can tell now.'));
  tower.end();
  await stack.until(() => sent().length === 3, 'the answer of the work');
  stack.text(ROBIN, 'done');
  await stack.until(() => sent().length === 5, 'the summary');
  await settled(ROBIN);

  expect(sent().slice(2)).toEqual([built, deep.ended(true), summary]);
  // One turn read all three; the side question saw the work and is not part of it.
  expect(seen).toEqual([
    ['Build me a tower of brick', 'How high will it be?'],
    ['Build me a tower of brick', 'Twelve metres high', 'With a red door', 'And hang a bell in it'],
  ]);
  const [file] = globSync(join(stack.folder, 'machine/conversations/*/projects/main/NOTES.md'));
  expect(readFileSync(file ?? '', 'utf8')).toContain('who rings it?');
  expect(taken().map(({ state }) => state)).toEqual(Array(8).fill('consumed'));
});
