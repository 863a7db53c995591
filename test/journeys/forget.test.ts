import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import { texts } from '../../src/texts/index.ts';
import { FORGET_WORD, FORGET_WORDS } from '../../src/texts/privacy.ts';
import { rowsLeft } from './rows.ts';
import { BACKED_UP, type Stack, startStack } from './stack.ts';

// A person is forgotten, with the real parts: the machine is away when they ask, the relay is killed twice meanwhile,
// and in the end their words are on no disk of the machine, in no bucket, and in no list of the carrier; another
// person keeps everything, and a new text begins anew.

const OLIVE = 'whatsapp:+15555550171';
const PAUL = 'whatsapp:+15555550172';
const SOON = { timeout: 90_000, interval: 200 };
const said = texts.privacy;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ vars: BACKED_UP });
});
afterAll(() => stack?.stop());

/** Files of the machine with the words, its database and that one's log included. */
const filesWith = (words: string): string[] =>
  spawnSync('grep', ['-rlaF', words, stack.machineFolder], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
const heard = (person: string, words: string): Promise<unknown> =>
  stack.until(() => stack.allSentTo(person).includes(words), words);
const atCarrier = (words: string): number => stack.carrier.messages().filter(({ body }) => body.includes(words)).length;

test('everything of one person is gone at each place, over kills, and nothing of another’s', async () => {
  for (const [person, word] of [
    [OLIVE, 'chartreuse'],
    [PAUL, 'heliotrope'],
  ] as const) {
    const text = `my word is ${word}`;
    stack.script(text, (_, asked) =>
      asked === 1 ? use('Write', { file_path: `${word}.txt`, content: `${word} plans` }) : `Noted: ${word}`,
    );
    expect(await stack.ask(person, text)).toContain(word);
  }
  await vi.waitFor(() => expect(stack.kept.filter((key) => key.startsWith('sessions/')).length).toBe(2), SOON);
  expect([filesWith('chartreuse').length > 0, atCarrier('chartreuse') > 0]).toEqual([true, true]);

  await stack.killMachine();
  stack.text(OLIVE, `/forget ${FORGET_WORDS.carrier}`);
  await heard(OLIVE, said.forgetSure(true));
  stack.text(OLIVE, FORGET_WORD);
  await heard(OLIVE, said.forgetBegun(true));
  await stack.relay.kill();
  await stack.relay.start();
  await stack.startMachine();
  await vi.waitFor(() => expect(filesWith('chartreuse')).toEqual([]), SOON);
  await stack.relay.kill();
  await stack.relay.start();
  await stack.until(
    () => stack.allSentTo(OLIVE).some((body) => body.startsWith('Everything of yours')),
    'the last word',
  );
  await vi.waitFor(() => expect(rowsLeft(stack.relay.objects, OLIVE)).toBe(0), SOON);

  expect(atCarrier('chartreuse')).toBe(0);
  expect(stack.kept.filter((key) => key.startsWith('sessions/'))).toHaveLength(1);
  expect([filesWith('heliotrope').length > 0, atCarrier('heliotrope') > 0]).toEqual([true, true]);
  const again = 'what is my word?';
  stack.script(again, (request) =>
    JSON.stringify(request).includes('chartreuse') ? 'chartreuse' : 'I don’t know it.',
  );
  expect(await stack.ask(OLIVE, again)).toBe('I don’t know it.');
});
