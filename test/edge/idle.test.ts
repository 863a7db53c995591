import { createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { SLEEPS_AFTER_MS } from '../../src/conversation/policy/machine.ts';
import { Conversation } from '../../src/objects/conversation.ts';
import { LOOK_MS } from '../../src/objects/lanes/backup-lane.ts';
import worker from '../../src/worker/index.ts';
import { useClock } from './clock.ts';
import { useFly } from './fly.ts';
import { Person, quiet } from './person.ts';
import { evict, OURS, useOutside } from './relay.ts';

// A conversation in which nothing happens costs nothing: once its housekeeping is done it has no alarm, nobody calls
// its object, and nobody uses its machine, while the cron goes on for everybody.

quiet();
const clock = useClock();
const world = useOutside();
const at = useFly(world);
const network = globalThis.fetch;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const BACKED_UP_AFTER_MS = MINUTE;
/** Heartbeats keep the object awake for its backup. */
const BACKED_UP_WITHIN_MS = 5 * MINUTE;
const RINGS_MAX = 60;
Object.assign(env, { ARCHIVE_AFTER_MS: `${BACKED_UP_AFTER_MS}` });
// Time is moved, and the lane would see it a second later.
const wait = globalThis.setTimeout;
globalThis.setTimeout = ((work: () => void, ms?: number) =>
  wait(work, ms === LOOK_MS ? 20 : ms)) as typeof globalThis.setTimeout;
afterAll(() => {
  globalThis.setTimeout = wait;
});
/** The text, as the carrier lists it. */
let listed: object[] = [];

beforeEach(() => {
  clock.freeze();
  world.outside.onRest = (request, url) => answerBackups(request, url);
  globalThis.fetch = async (input, init) => {
    const request = new Request(input as RequestInfo, init);
    const { searchParams } = new URL(request.url);
    return searchParams.has('DateSent>') ? Response.json({ messages: listed }) : network(request);
  };
});

/** A machine with one folder to back up. */
function answerBackups(request: Request, { pathname }: URL): Response {
  if (pathname === '/hold')
    return new Response(new ReadableStream({ start: (open) => open.enqueue(new Uint8Array(1)) }));
  const isFolder = request.method === 'GET' && pathname.startsWith('/projects/');
  if (!isFolder) return Response.json({ error: { code: 'unknown_project', message: '' } }, { status: 404 });
  const headers = { etag: '"1"', 'content-length': '10', 'roost-left-out': encodeURIComponent('[]') };
  return new Response('the folder', { headers });
}

/** Each alarm fires at its time, until there is none. Returns the times. */
async function ringToTheEnd(person: Person): Promise<number[]> {
  const rang: number[] = [];
  for (;;) {
    const next = await findNextAlarm(person);
    if (next === null || rang.length > RINGS_MAX) return rang;
    clock.move(Math.max(0, next - Date.now()));
    await person.ring();
    rang.push(Date.now());
  }
}

/** The alarm when the lanes, which work by the real clock, are done. */
async function findNextAlarm(person: Person): Promise<number | null> {
  let known = await person.alarm();
  for (let same = 0; same < 10; same++) {
    await new Promise((done) => setTimeout(done, 5));
    const now = await person.alarm();
    if (now !== known) same = 0;
    known = now;
  }
  return known;
}

const cron = (): Promise<void> => worker.scheduled(createScheduledController(), env);

test('after a text: backups, one look whether the machine sleeps, one comparison; then nothing for a month', async () => {
  const person = new Person(world);
  const { MessageSid: sid, Body: body } = await person.says('Hello there.');
  await person.runs(clock, () => world.outside.starts.length > 0);
  await person.answered(0, 'hi');
  await person.callback(await person.gets(0), 'delivered');
  const over = Date.now();

  const rang = await ringToTheEnd(person);
  const last = (rang.at(-1) ?? 0) - over;
  expect(last).toBeLessThanOrEqual(BACKED_UP_WITHIN_MS + SLEEPS_AFTER_MS);
  expect(rang.filter((ringing) => ringing - over > BACKED_UP_WITHIN_MS)).toHaveLength(1);
  expect(await person.timers()).toBe('');
  expect(at.fly.machines[0]?.state).toBe('stopped');
  await evict(person.address);

  const own = ['constructor', 'isHome'];
  const methods = Object.getOwnPropertyNames(Conversation.prototype).filter((name) => !own.includes(name));
  const calls = methods.flatMap((name) => {
    const { value } = Object.getOwnPropertyDescriptor(Conversation.prototype, name) ?? {};
    return typeof value === 'function' ? [vi.spyOn(Conversation.prototype, name as keyof Conversation)] : [];
  });
  const called = (): string[] => calls.flatMap((spy) => spy.mock.calls.map(() => spy.getMockName()));
  const sent = new Date(over).toUTCString();
  const text = { sid, body, direction: 'inbound', num_media: '0', from: person.address, to: OURS };
  listed = [{ ...text, date_sent: sent, date_created: sent }];
  await cron();
  expect(called()).toEqual(['accept']);

  for (const spy of calls) spy.mockClear();
  const used = [at.fly.calls.length, at.fly.proxied.length];
  // The cron runs every five minutes; after an hour only the date is another.
  for (const wait of [...Array<number>(12).fill(5 * MINUTE), ...Array<number>(30).fill(DAY)]) {
    clock.move(wait);
    await cron();
  }
  expect(called()).toEqual([]);
  expect([at.fly.calls.length, at.fly.proxied.length]).toEqual(used);
  expect(await person.alarm()).toBeNull();
});
