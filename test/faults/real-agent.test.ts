import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sameProcess } from '../../scripts/local/process-families.ts';
import { readConversation } from '../../simulator/model/conversation.ts';
import type { ModelRequest } from '../../simulator/model/messages-api.ts';
import { personTexts, type ScriptedReply, say, use } from '../../simulator/model/script.ts';
import { messagesOf, unfinished } from '../journeys/rows.ts';
import { type Stack, startStack } from '../journeys/stack.ts';
import { GUARANTEES } from './guarantees.ts';
import { judge, type Verdict } from './verdict.ts';

// Thirty texts to the real Claude Code under the real `wrangler dev`: the agent server is killed while tools run, later
// the relay. The judge is that of the long runs with the scripted agent.

const PEOPLE = Array.from({ length: 5 }, (_, n) => `whatsapp:+1555555013${n}`);
const ROUNDS = 6;
/** Who uses a tool in which round; a kill cuts those rounds while their tools run. */
const KILLED: Partial<Record<number, 'machine' | 'relay'>> = { 2: 'machine', 4: 'relay' };
const usesTool = (person: number, round: number): boolean => KILLED[round] !== undefined && person < 3;
const SOON = { timeout: 60_000, interval: 100 };
/** The machine's words after the texts of a turn whose tools were cut. */
const TOLD = 'may already have taken effect';

let stack: Stack;
let verdict: Verdict;
let running = 0;

beforeAll(async () => {
  stack = await startStack();
  const counter = join(stack.folder, 'counter');
  const lines = (): string[] => (existsSync(counter) ? readFileSync(counter, 'utf8').trimEnd().split('\n') : []);
  for (let round = 1; round <= ROUNDS; round++) {
    const mayEnd = join(stack.folder, `may-end-${round}`);
    const begun = (): number => lines().filter((line) => line.startsWith('did ')).length;
    const before = begun();
    PEOPLE.forEach((person, n) => {
      const text = textOf(n, round);
      if (usesTool(n, round)) stack.script(text, (request) => work(request, idOf(n, round), counter, mayEnd));
      else stack.script(text, () => say(`${idOf(n, round)} done.`));
      stack.text(person, text);
    });
    const killed = KILLED[round];
    if (killed) {
      await vi.waitUntil(() => begun() === before + 3, SOON);
      if (killed === 'relay') await killRelay();
      else await killMachine();
      writeFileSync(mayEnd, '');
    }
    const answered = (): boolean => PEOPLE.every((person) => idsSentTo(person).length >= round);
    await stack.until(answered, `the answers of round ${round}`);
  }
  const left = (): string[] => PEOPLE.flatMap((person) => unfinished(stack.relay.objects, person));
  await vi.waitFor(() => expect(left()).toEqual([]), SOON);
  verdict = judge({
    guarantees: GUARANTEES.whatsapp,
    // Each round begins after the previous one has been answered, so the rounds give the order.
    written: PEOPLE.flatMap((phone) =>
      messagesOf(stack.relay.objects, phone).map(({ text }, index) => ({
        id: text.split(' ')[0] ?? '',
        phone,
        what: 'words' as const,
        handed: index,
        taken: index,
      })),
    ),
    shown: PEOPLE.flatMap((phone) =>
      stack.sentTo(phone).map((body) => ({ phone, at: Date.now(), body, buttons: [], files: [] })),
    ),
    away: [{ from: 0, to: Date.now(), isHeld: true }],
    diskLost: [],
    ownMachines: false,
    wentOn: new Map(),
    youngestMs: 0,
    askedEarly: [],
    sights: sights(stack.model.requests.map(({ request }) => request)),
    counter: lines(),
    unfinished: left(),
  });
});
afterAll(() => stack?.stop());

const idOf = (person: number, round: number): string => `m${String(round * 100 + person).padStart(4, '0')}`;
const textOf = (person: number, round: number): string => `${idOf(person, round)} please.`;
const idsSentTo = (person: string): string[] => stack.sentTo(person).flatMap((body) => body.match(/\bm\d{4}\b/g) ?? []);

/** Uses the tool until it has a result, and notes when the agent comes back knowing of a cut one. */
function work(request: ModelRequest, id: string, counter: string, mayEnd: string): ScriptedReply {
  const last = readConversation(request).at(-1);
  if (last?.kind === 'result' && !last.failed) return say(`${id} done.`);
  // The agent adds its own notes about tools behind it.
  const newest = request.messages.findLast(({ role }) => role === 'user');
  if (JSON.stringify(newest).includes(TOLD)) appendFileSync(counter, `told count-${id}\n`);
  return use('Bash', { command: `echo did count-${id} >> ${counter}; until [ -e ${mayEnd} ]; do sleep 0.1; done` });
}

async function killMachine(): Promise<void> {
  running = stack.machineProcesses().length;
  const [server] = await stack.killMachine();
  expect(server && sameProcess(server)).toBe(false);
  await stack.startMachine();
}

async function killRelay(): Promise<void> {
  const killed = stack.relay.process();
  await stack.relay.kill();
  expect(killed && sameProcess(killed)).toBe(false);
  await stack.relay.start();
}

/**
 * How often a text is in the model's view of one session, summed over sessions; a session is identified by its first
 * text.
 */
function sights(requests: readonly ModelRequest[]): Map<string, number> {
  const most = new Map<string, number>();
  for (const request of requests) {
    const texts = personTexts(request).flatMap((text) => text.split('\n'));
    for (const text of new Set(texts)) {
      const key = `${texts[0]}\n${text.split(' ')[0]}`;
      most.set(key, Math.max(most.get(key) ?? 0, texts.filter((other) => other === text).length));
    }
  }
  const sums = new Map<string, number>();
  for (const [key, count] of most) {
    const id = key.split('\n')[1] ?? '';
    sums.set(id, (sums.get(id) ?? 0) + count);
  }
  return sums;
}

test('thirty texts are answered once, in order, and seen once by the model', () => {
  expect(verdict.findings.map(({ fault, id, what }) => `${fault} ${id ?? ''}: ${what}`)).toEqual([]);
  expect([verdict.accepted, verdict.answered]).toEqual([30, 30]);
});

test('the tools that were cut ran again, and the agent knew', () => {
  expect(running).toBeGreaterThan(3);
  expect(verdict.repeatedEffects).toBe(3);
});
