import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConversation } from '../../simulator/model/conversation.ts';
import type { ModelRequest } from '../../simulator/model/messages-api.ts';
import { type ScriptedReply, say, use } from '../../simulator/model/script.ts';
import { type FlyStack, startFlyStack } from './fly-stack.ts';

// The proxy, which puts machines without open requests to sleep, never costs a long turn. Accelerated 150 times: the
// proxy passes every 2 s instead of 5 min, a gap of the stream is 167 ms instead of 25 s, and a machine has 1.9 s
// instead of 280 s after SIGTERM. Unaccelerated parts make the test harder than reality: the relay takes 0.5 s to
// reopen a stream.

const SCALE = 150;
const PASS_MS = (5 * 60_000) / SCALE;
const GAP_MS = 25_000 / SCALE;
/** How often each stream is cut, each time at another phase, with passes in between; a turn has five attempts. */
const CUTS = 3;
const BETWEEN = 3;
const STEPS = 6;
const STEP_MS = 4000;
const PEOPLE = Array.from({ length: 2 }, (_, n) => `whatsapp:+1555555016${n}`);
const PHASE_MS = PASS_MS / (PEOPLE.length * CUTS);
const DONE = `All ${STEPS} steps are done.`;

let s: FlyStack;
beforeAll(async () => {
  s = await startFlyStack({ pace: { scale: SCALE } });
});
afterAll(() => s?.stop());

/** The next step that is not known to be done. Possibly finished steps are checked first. */
function work(request: ModelRequest): ScriptedReply {
  const results = readConversation(request).flatMap((entry) => (entry.kind === 'result' ? [entry.text] : []));
  const known = results.flatMap((text) => [...text.matchAll(/step-(\d+) done/g)].map((match) => Number(match[1])));
  const next = Math.max(0, ...known) + 1;
  if (next > STEPS) return say(DONE);
  const step = `node -e "setTimeout(() => {}, ${STEP_MS})" && echo step-${next} >> done.txt`;
  return use('Bash', { command: `grep -qx step-${next} done.txt 2>/dev/null || { ${step}; }; echo step-${next} done` });
}

function doneIn(app: string): string {
  const [volume] = s.fly.world.volumes('live').filter(({ app: of }) => of === app);
  const conversations = join(s.fly.world.volumeFolder(volume?.id ?? ''), 'conversations');
  const [conversation = ''] = existsSync(conversations) ? readdirSync(conversations) : [];
  return readFileSync(join(conversations, conversation, 'projects/main/done.txt'), 'utf8');
}

const isAnswered = (person: string): boolean => s.stack.sentTo(person).includes(DONE);
const isFollowed = (app: string): boolean =>
  s.fly.world.requests.some(({ app: of, path, endedAt }) => of === app && path.endsWith('/events') && endedAt === null);
const streams = (app: string): number =>
  s.fly.world.requests.filter(({ app: of, path }) => of === app && path.endsWith('/events')).length;

/** The proxy’s passes with the cuts at their phases, until everybody is answered. */
async function pass(apps: readonly string[]): Promise<void> {
  const until = Date.now() + 150_000;
  const cuts = apps.map(() => ({ made: 0, at: 0 }));
  for (let passes = 1; !PEOPLE.every(isAnswered); passes++) {
    if (Date.now() > until)
      throw new Error(`no answer for ${PEOPLE.filter((person) => !isAnswered(person)).join(', ')}`);
    s.fly.passNow();
    for (const [n, app] of apps.entries()) {
      const cut = cuts[n];
      if (!cut || cut.made === CUTS || passes - cut.at < BETWEEN || !isFollowed(app)) continue;
      cuts[n] = { made: cut.made + 1, at: passes };
      const phase = n + cut.made * apps.length;
      setTimeout(() => s.fly.faults.cutStreams(app, GAP_MS), phase * PHASE_MS).unref();
    }
    await new Promise((next) => setTimeout(next, PASS_MS));
  }
  expect(cuts.map(({ made }) => made)).toEqual(apps.map(() => CUTS));
}

test('long turns whose streams are cut at every phase of the pass are answered once, their work done once', async () => {
  for (const person of PEOPLE) s.stack.text(person, 'say ready');
  const isReady = (person: string): boolean => s.stack.sentTo(person).some((body) => body.startsWith('ready'));
  await s.stack.until(() => PEOPLE.every(isReady), 'everybody has a machine', 120_000);
  const apps = PEOPLE.map((person) => s.appOf(person));
  const before = apps.map((app) => ({ starts: s.starts(app), streams: streams(app) }));
  s.stack.script('work', work);
  for (const person of PEOPLE) s.stack.text(person, 'work');
  await pass(apps);
  await Promise.all(PEOPLE.map((person) => s.atRest(person)));

  const steps = Array.from({ length: STEPS }, (_, n) => `step-${n + 1}\n`).join('');
  for (const [n, person] of PEOPLE.entries()) {
    const app = apps[n] ?? '';
    expect({ person, done: doneIn(app) }).toEqual({ person, done: steps });
    expect(s.stack.sentTo(person).filter((body) => body === DONE)).toHaveLength(1);
    expect(streams(app) - (before[n]?.streams ?? 0)).toBeGreaterThan(CUTS);
  }
  // A gap at the time of a pass: a machine was put to sleep in the middle of its turn, and woken by the next stream.
  expect(apps.some((app, n) => s.starts(app) > (before[n]?.starts ?? 0))).toBe(true);
});
