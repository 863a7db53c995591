import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Process, sameProcess } from '../../scripts/local/process-families.ts';
import { readConversation } from '../../simulator/model/conversation.ts';
import { gate, say, stall, use } from '../../simulator/model/script.ts';
import { stepsOf, unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// workerd is killed once, with SIGKILL, while five conversations are each at another point; then the relay restarts on
// the same files, and nobody texts any more. One test per conversation.

const PEOPLE = {
  tool: 'whatsapp:+15555550120',
  streaming: 'whatsapp:+15555550121',
  sending: 'whatsapp:+15555550122',
  gathering: 'whatsapp:+15555550123',
  done: 'whatsapp:+15555550124',
};
const SOON = { timeout: 30_000, interval: 50 };
/** Past the last look-up in the carrier's list for a reply with an unknown outcome, a minute after it was sent. */
const SETTLED_WITHIN_MS = 90_000;

let stack: Stack;
let killed: Process | undefined;
let reloaded: Process | undefined;
/** Facts about each conversation just before the kill. */
const before: Record<string, string[]> = {};

beforeAll(async () => {
  stack = await startStack();
  const [began, mayEnd] = ['began', 'may-end'].map((name) => join(stack.folder, name)) as [string, string];
  const wait = `touch ${began}; until [ -e ${mayEnd} ]; do sleep 0.2; done`;
  stack.script('build it', (request) =>
    readConversation(request).at(-1)?.kind === 'result' ? say('It is built.') : use('Bash', { command: wait }),
  );
  const streaming = gate();
  stack.script('tell me a story', (_, asked) =>
    asked === 1 ? stall('Once upon a time there was a hen.', streaming.opened) : say('The hen lived happily.'),
  );

  expect(await stack.ask(PEOPLE.done, 'say all is well')).toMatch(/^all is well/);
  stack.text(PEOPLE.tool, 'build it');
  stack.text(PEOPLE.streaming, 'tell me a story');
  await vi.waitUntil(() => existsSync(began) && stack.seenByModel('tell me a story').length === 1, SOON);
  await vi.waitUntil(() => unfinished(stack.relay.objects, PEOPLE.done).length === 0, SOON);
  stack.carrier.faults.set({ holdAnswer: { on: 'create' } });
  // Its callbacks are lost as well: only the carrier's list shows that it was accepted.
  stack.carrier.faults.set({ dropCallback: { times: 2 } });
  await stack.ask(PEOPLE.sending, 'say this is sent once');
  await accepted(PEOPLE.gathering, 'say just heard');
  for (const person of Object.values(PEOPLE)) before[person] = unfinished(stack.relay.objects, person);

  killed = stack.relay.process();
  await stack.relay.kill();
  await stack.relay.start();
  reloaded = stack.relay.process();
  writeFileSync(mayEnd, '');
  // Settled: no row is left from which anything could still be sent.
  const left = (): string[] => Object.values(PEOPLE).flatMap((person) => unfinished(stack.relay.objects, person));
  await vi.waitFor(() => expect(left()).toEqual([]), { timeout: SETTLED_WITHIN_MS, interval: 200 });
  streaming.open();
});
afterAll(() => stack?.stop());

/** Texts, and resolves when the relay has answered the webhook. */
async function accepted(person: string, body: string): Promise<void> {
  const { sid } = stack.text(person, body);
  await stack.until(
    () => stack.carrier.traffic().some((call) => call.status === 200 && call.requestBody.includes(`MessageSid=${sid}`)),
    'the webhook to be answered',
  );
}

test('the relay’s process is gone after the kill, and another one serves', () => {
  expect(killed && sameProcess(killed)).toBe(false);
  expect(reloaded?.pid).not.toBe(killed?.pid);
  expect(reloaded && sameProcess(reloaded)).toBe(true);
});

describe('the answer arrives exactly once, and the model saw the text once, when the relay was killed', () => {
  const answeredOnce = (person: string, text: string, answer: RegExp): void => {
    expect(stack.sentTo(person)).toEqual([expect.stringMatching(answer)]);
    expect([...new Set(stack.seenByModel(text).map((texts) => texts.join('|')))]).toEqual([text]);
  };

  test('while a tool of the agent ran', () => {
    expect(before[PEOPLE.tool]).toEqual(['turn', 'attempt', 'message'].map((what) => expect.stringContaining(what)));
    answeredOnce(PEOPLE.tool, 'build it', /^It is built\.$/);
    expect(stepsOf(stack.relay.objects, PEOPLE.tool)).toMatchObject([[{ name: 'Bash', outcome: 'ok' }]]);
  });

  test('while the model was streaming its answer', () => {
    expect(before[PEOPLE.streaming]).toEqual(
      ['turn', 'attempt', 'message'].map((what) => expect.stringContaining(what)),
    );
    answeredOnce(PEOPLE.streaming, 'tell me a story', /^The hen lived happily\.$/);
  });

  test('while the carrier had taken the answer and not yet said so', () => {
    expect(before[PEOPLE.sending]).toContain('reply sending');
    answeredOnce(PEOPLE.sending, 'say this is sent once', /^this is sent once/);
  });

  test('while a text was accepted and the agent not yet told', () => {
    expect(before[PEOPLE.gathering]).toEqual(['message waiting', 'timer gather']);
    answeredOnce(PEOPLE.gathering, 'say just heard', /^just heard/);
  });

  test('after everything was done', () => {
    expect(before[PEOPLE.done]).toEqual([]);
    answeredOnce(PEOPLE.done, 'say all is well', /^all is well/);
  });
});
