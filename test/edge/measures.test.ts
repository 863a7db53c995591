import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Point } from '../../src/objects/measures.ts';
import { answerTo, Person } from './person.ts';
import { post, stubOf, useOutside, vars } from './relay.ts';

// One trace id leads from the webhook to the reply, and Analytics Engine gets cost, waits and outcome where it is bound:
// no words and no number.

const world = useOutside();
const points: Point[] = [];
let lines: string[] = [];

beforeEach(() => {
  points.length = 0;
  lines = [];
  for (const method of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, method).mockImplementation((line) => void lines.push(String(line)));
  Object.assign(env, { METRICS: { writeDataPoint: (point: Point) => void points.push(point) } });
});
afterEach(() => void Reflect.deleteProperty(env, 'METRICS'));

test('a turn has the trace of its text: at the machine, in the log and in what is measured', async () => {
  const person = new Person(world);
  const trace = '0123456789ab';
  await person.says('what does the secret plan say?', { MessageSid: `SM${trace}${'f'.repeat(20)}` });
  const { attempt, body } = await world.outside.until(() => world.outside.starts[0]);
  expect(body.trace).toBe(trace);
  const [uuid = ''] = body.messages.map((m) => m.uuid);
  const request = { id: 'r', attempt, model: 'claude-opus-5' };
  await stubOf(person.address).beginModelRequest({ ...request, bytes: 1, counts: true });
  const usage = { input: 0, write5m: 0, write1h: 0, read: 0, output: 10_000, searches: 0 };
  await stubOf(person.address).endModelRequest({ ...request, usage, isFree: false, bytes: 1 });
  world.outside.emit(attempt, { type: 'started' }, ...answerTo([uuid], 'Nothing.'));
  const sent = await world.outside.until(() => world.outside.sent[0]);
  await world.outside.until(() => world.outside.acknowledged[0]);
  const { pathname, search } = new URL(sent.statusCallback);
  const report = { MessageSid: sent.sid, MessageStatus: 'delivered', To: person.address };
  await post(`${pathname}${search}`, { ...report, AccountSid: vars.TWILIO_ACCOUNT_SID as string });

  const [turn = '', reply = ''] = points.map(({ blobs }) => blobs.join(' '));
  expect([turn, reply]).toEqual([`turn done whatsapp ${trace}`, 'reply delivered whatsapp answer']);
  const [cost, begun = -1, started = -1, words = -1, over = -1, attempts, texts] = points[0]?.doubles ?? [];
  expect([cost, attempts, texts]).toEqual([0.25, 1, 1]);
  expect([begun, started, words, over].every((ms, n, all) => ms >= (all[n - 1] ?? 0))).toBe(true);
  const followed = () => lines.map((line) => JSON.parse(line)).filter((line) => line.trace === trace);
  await vi.waitFor(() => expect(followed()).toHaveLength(3));
  const [id] = attempt.split('.');
  expect(followed().find(({ event }) => event === 'reply-sent')?.reply).toBe((await person.replies())[0]?.id);
  expect(
    followed()
      .map(({ event, turn: of }) => `${event} ${of}`)
      .sort(),
  ).toEqual(['text-taken', 'reply-sent', 'turn-done'].map((event) => `${event} ${id}`).sort());
  const said = JSON.stringify([points, lines]);
  expect(said).not.toContain(person.address.slice(-7));
  expect(said).not.toMatch(/secret plan|Nothing\./);
});
