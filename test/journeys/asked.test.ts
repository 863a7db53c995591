import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readConversation } from '../../simulator/model/conversation.ts';
import { personTexts, type ScriptedReply, say, use } from '../../simulator/model/script.ts';
import type { CarrierMessage } from '../../simulator/twilio/carrier-types.ts';
import { unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// The agent's question and its request for consent, each open on the phone while the relay, then the agent server is
// killed with SIGKILL. The person is asked once, and their later answer reaches the agent.

const OURS = 'whatsapp:+15555550100';
const SOON = { timeout: 60_000, interval: 100 };
type Kill = 'relay' | 'machine';
const at = (killed: Kill, n: number) => ({
  killed,
  asks: `whatsapp:+155555501${n}`,
  allows: `whatsapp:+155555501${n + 1}`,
  denies: `whatsapp:+155555501${n + 2}`,
});
const CASES = [at('relay', 61), at('machine', 64)];

let stack: Stack;
beforeAll(async () => {
  // Three turns wait for a person at once, and all of them restart at once.
  stack = await startStack({ machineEnv: { APPROVALS: 'ask', SANDBOX: 'off', MAX_CONCURRENT_TURNS: '3' } });
});
afterAll(() => stack?.stop());

/** The tool's final result; before that the agent uses the tool, again if its use was cut off. */
function script(text: string, tool: ScriptedReply, told: RegExp, otherwise: RegExp): void {
  stack.script(text, (request) => {
    const last = readConversation(request).findLast((entry) => entry.kind === 'result');
    const heard = last?.kind === 'result' ? last.text : '';
    if (told.test(heard)) return say(`Yes: ${told.exec(heard)?.[0]}`);
    return otherwise.test(heard) ? say(`No: ${otherwise.exec(heard)?.[0]}`) : tool;
  });
}

/** This person's only message with buttons. */
const question = (person: string): CarrierMessage | undefined =>
  stack.carrier.messages().findLast((message) => message.to === person && message.offer !== null);

/** Taps the item with this title in the person's question. */
function taps(person: string, title: string): void {
  const asked = question(person);
  const id = asked?.offer?.items.find((item) => item.title === title)?.id ?? '';
  stack.carrier.receive({ from: person, to: OURS, tap: { sid: asked?.sid ?? '', id } });
}

const settled = (...people: string[]): Promise<void> =>
  vi.waitFor(() => expect(people.flatMap((person) => unfinished(stack.relay.state, person))).toEqual([]), SOON);

/** The person's project on the machine, found by a file that only they have. */
const holds = (file: string): boolean => {
  const all = join(stack.machineFolder, 'conversations');
  return readdirSync(all).some((one) => existsSync(join(all, one, 'projects', 'main', file)));
};

describe.each(CASES)('the $killed is killed while the person is asked', ({ killed, asks, allows, denies }) => {
  const [paint, keep, drop] = [`paint it (${killed})`, `tidy up (${killed})`, `clean (${killed})`];
  const [kept, dropped] = [`${killed}-allowed`, `${killed}-denied`];
  let askedBefore: number[] = [];

  beforeAll(async () => {
    const colours = use('mcp__roost__ask_person', { question: 'Which colour?', options: ['Red', 'Blue'] });
    script(paint, colours, /Blue/, /Red|no answer/i);
    const touch = (file: string) => use('Bash', { command: `touch ${file} && echo made ${file}` });
    script(keep, touch(kept), new RegExp(`made ${kept}`), /not allow|denied|said no/i);
    script(drop, touch(dropped), new RegExp(`made ${dropped}`), /not allow|denied|said no/i);
    stack.text(asks, paint);
    stack.text(allows, keep);
    stack.text(denies, drop);
    for (const person of [asks, allows, denies]) await stack.until(() => question(person), 'a question');
    askedBefore = [asks, allows, denies].map((person) => stack.sentTo(person).length);
    if (killed === 'relay') {
      await stack.relay.kill();
      await stack.relay.start();
    } else {
      await stack.killMachine();
      await stack.startMachine();
    }
  });

  test('each was asked once before, and what waits for consent is not done', () => {
    expect(askedBefore).toEqual([1, 1, 1]);
    expect([holds(kept), holds(dropped)]).toEqual([false, false]);
  });

  test('a tap on the question reaches the agent', async () => {
    taps(asks, 'Blue');
    expect(await stack.until(() => stack.sentTo(asks)[1], 'the answer')).toBe('Yes: Blue');
    await settled(asks);
    expect(stack.sentTo(asks)).toEqual([expect.stringContaining('Which colour?'), 'Yes: Blue']);
  });

  test('consent by a tap: it is done', async () => {
    taps(allows, 'Approve');
    await settled(allows);
    expect(stack.sentTo(allows)).toEqual([expect.stringContaining('OK to run this in main?'), `Yes: made ${kept}`]);
    expect(holds(kept)).toBe(true);
  });

  test('no, in words: it is not done', async () => {
    stack.text(denies, 'no');
    await settled(denies);
    expect(stack.sentTo(denies)).toEqual([
      expect.stringContaining('OK to run this in main?'),
      expect.stringMatching(/^No: /),
    ]);
    expect(holds(dropped)).toBe(false);
  });

  test('the model was given each text once', () => {
    for (const text of [paint, keep, drop]) {
      const seen = stack.model.requests.map(({ request }) => personTexts(request)).filter(([first]) => first === text);
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.filter((texts) => texts.filter((one) => one === text).length !== 1)).toEqual([]);
    }
  });
});
