import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readConversation } from '../../simulator/model/conversation.ts';
import { personTexts, type ScriptedReply, say, use } from '../../simulator/model/script.ts';
import type { CarrierMessage } from '../../simulator/twilio/carrier-types.ts';
import { unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// The agent's question and its request for consent, each open on the phone while the relay, then the agent server is
// killed with SIGKILL. The person is asked once, and their later answer reaches the agent. The same three people go on
// from one kill to the next.

const OURS = 'whatsapp:+15555550100';
const SOON = { timeout: 60_000, interval: 100 };
type Kill = 'relay' | 'machine';
const [ASKED, ALLOWS, DENIES] = [1, 2, 3].map((n) => `whatsapp:+1555555016${n}`) as [string, string, string];
const PEOPLE = [ASKED, ALLOWS, DENIES];

let stack: Stack;
beforeAll(async () => {
  // Three turns wait for a person at once, and all of them restart at once.
  stack = await startStack({ machineEnv: { APPROVALS: 'ask', SANDBOX: 'off', MAX_CONCURRENT_TURNS: '3' } });
});
afterAll(() => stack?.stop());

/** The tool's final result; before that the agent uses the tool, again if its use was cut off. */
function script(text: string, tool: ScriptedReply, told: RegExp, otherwise: RegExp): void {
  stack.script(text, (request) => {
    const entries = readConversation(request);
    const begun = entries.findLastIndex((entry) => entry.kind === 'person' && entry.text === text);
    const last = entries.slice(begun).findLast((entry) => entry.kind === 'result');
    const heard = last?.kind === 'result' ? last.text : '';
    if (told.test(heard)) return say(`Yes: ${told.exec(heard)?.[0]}`);
    return otherwise.test(heard) ? say(`No: ${otherwise.exec(heard)?.[0]}`) : tool;
  });
}

/** This person's newest message with buttons. */
const question = (person: string): CarrierMessage | undefined =>
  stack.carrier.messages().findLast((message) => message.to === person && message.offer !== null);

/** Taps the item with this title in the person's question. */
function taps(person: string, title: string): void {
  const asked = question(person);
  const id = asked?.offer?.items.find((item) => item.title === title)?.id ?? '';
  stack.carrier.receive({ from: person, to: OURS, tap: { sid: asked?.sid ?? '', id } });
}

const settled = (person: string): Promise<void> =>
  vi.waitFor(() => expect(unfinished(stack.relay.objects, person)).toEqual([]), SOON);

/** The person's project on the machine, found by a file that only they have. */
const holds = (file: string): boolean => {
  const all = join(stack.machineFolder, 'conversations');
  return readdirSync(all).some((one) => existsSync(join(all, one, 'projects', 'main', file)));
};

describe.each<Kill>(['relay', 'machine'])('the %s is killed while the person is asked', (killed) => {
  const [paint, keep, drop] = [`paint it (${killed})`, `tidy up (${killed})`, `clean (${killed})`];
  const [kept, dropped] = [`${killed}-allowed`, `${killed}-denied`];
  const earlier = new Map<string, number>();
  let askedBefore: number[] = [];
  const sent = (person: string): string[] => stack.sentTo(person).slice(earlier.get(person));

  beforeAll(async () => {
    const colours = use('mcp__roost__ask_person', { question: 'Which colour?', options: ['Red', 'Blue'] });
    script(paint, colours, /Blue/, /Red|no answer/i);
    const touch = (file: string) => use('Bash', { command: `touch ${file} && echo made ${file}` });
    script(keep, touch(kept), new RegExp(`made ${kept}`), /not allow|denied|said no/i);
    script(drop, touch(dropped), new RegExp(`made ${dropped}`), /not allow|denied|said no/i);
    for (const person of PEOPLE) earlier.set(person, stack.sentTo(person).length);
    const last = PEOPLE.map(question);
    stack.text(ASKED, paint);
    stack.text(ALLOWS, keep);
    stack.text(DENIES, drop);
    for (const [n, person] of PEOPLE.entries()) await stack.until(() => question(person) !== last[n], 'a question');
    askedBefore = PEOPLE.map((person) => sent(person).length);
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
    taps(ASKED, 'Blue');
    expect(await stack.until(() => sent(ASKED)[1], 'the answer')).toBe('Yes: Blue');
    await settled(ASKED);
    expect(sent(ASKED)).toEqual([expect.stringContaining('Which colour?'), 'Yes: Blue']);
  });

  test('consent by a tap: it is done', async () => {
    taps(ALLOWS, 'Approve');
    await settled(ALLOWS);
    expect(sent(ALLOWS)).toEqual([expect.stringContaining('OK to run this in main?'), `Yes: made ${kept}`]);
    expect(holds(kept)).toBe(true);
  });

  test('no, in words: it is not done', async () => {
    stack.text(DENIES, 'no');
    await settled(DENIES);
    expect(sent(DENIES)).toEqual([expect.stringContaining('OK to run this in main?'), expect.stringMatching(/^No: /)]);
    expect(holds(dropped)).toBe(false);
  });

  test('the model was given each text once', () => {
    for (const text of [paint, keep, drop]) {
      const seen = stack.model.requests.map(({ request }) => personTexts(request)).filter((all) => all.includes(text));
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.filter((all) => all.filter((one) => one === text).length !== 1)).toEqual([]);
    }
  });
});
