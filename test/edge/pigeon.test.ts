import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Request as AgentRequest } from '../../src/protocol/index.ts';
import { texts } from '../../src/texts/index.ts';
import { PIGEON } from '../fixtures/pigeon/capabilities.ts';
import { secretOf } from '../fixtures/pigeon/post.ts';
import { PigeonPost } from '../fixtures/pigeon/stand-in.ts';
import relay from '../fixtures/pigeon/worker.ts';
import { answerTo } from './person.ts';
import { isUnset, rows, useOutside, vars } from './relay.ts';

// A channel that the product doesn't know: its folder is test/fixtures/pigeon, made as docs/add-a-channel.md says.

const world = useOutside();
let post = new PigeonPost();
const before = { ...vars };
const PEOPLE = ['ann', 'bea', 'cem', 'dee', 'eve', 'fay'].map((name) => `pigeon:${name}`);
const POST = 'pigeon.example.com';
let person = '';
let letters = 0;

beforeEach(() => {
  vars.ALLOWED_SENDERS = `${before.ALLOWED_SENDERS},${PEOPLE.join(',')}`;
  post = new PigeonPost();
  world.outside.onElsewhere = async (request) => (new URL(request.url).host === POST ? post.fetch(request) : null);
  person = PEOPLE[letters % PEOPLE.length] as string;
});
afterEach(() => {
  vars.ALLOWED_SENDERS = before.ALLOWED_SENDERS ?? '';
});

const secret = () => secretOf({ MACHINE_SIGNING_KEY: JSON.parse(vars.MACHINE_SIGNING_KEY ?? '') as never });

function bring(letter: object, key = secret()): Promise<Response> {
  const request = new Request('https://relay.example.com/webhooks/pigeon', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify(letter),
  });
  return Promise.resolve(relay.fetch(request as never, env as never, createExecutionContext()));
}

async function writes(text: string, id = `letter-${letters++}`): Promise<string> {
  expect((await bring({ id, from: person, to: 'pigeon:loft', text })).status).toBe(200);
  return id;
}

async function started(): Promise<{ attempt: string; uuids: string[]; words: string[] }> {
  const start = await world.outside.until(() => world.outside.starts[0]);
  await world.outside.until(() => world.outside.attaches.some((a) => a.attempt === start.attempt));
  const { messages } = start.body;
  return { attempt: start.attempt, uuids: messages.map((m) => m.uuid), words: messages.map((m) => m.text) };
}

const replies = () => rows<{ state: string }>(person, 'SELECT state FROM replies ORDER BY seq');
const settled = (state: string) =>
  world.outside.until(async () => {
    const all = await replies();
    return all.length > 0 && all.every((reply) => reply.state === state);
  });

describe('a channel of letters', () => {
  test('brings a text once, and a long answer in letters that fit, in order', async () => {
    const id = await writes('list the files');
    await writes('list the files', id);
    const { attempt, uuids, words } = await started();
    expect(words).toEqual(['list the files']);
    const answer = `**Many** ${Array.from({ length: 40 }, (_, n) => `file-${n}`).join(' ')}`;
    world.outside.emit(attempt, ...answerTo(uuids, answer));
    await settled('accepted');
    expect(post.letters.length).toBeGreaterThan(1);
    for (const { text } of post.letters) expect(text.length).toBeLessThanOrEqual(PIGEON.limits.text);
    expect(post.letters.map(({ text }) => text).join(' ')).toBe(answer.replaceAll('*', ''));
    expect(new Set(post.letters.map(({ to }) => to))).toEqual(new Set([person]));
  });

  test('has no buttons: a question is answered by a number', async () => {
    await writes('which colour?');
    const { attempt } = await started();
    const request: AgentRequest = { kind: 'ask', question: 'Which colour?', options: ['Red', 'Blue'] };
    world.outside.emit(attempt, { type: 'request', request_id: 'r1', request });
    const asked = await world.outside.until(() => post.letters[0]);
    expect(asked.text).toContain('2. Blue');
    await writes('2');
    const given = await world.outside.until(() => world.outside.answers[0]);
    expect(JSON.stringify(given.answer)).toContain('Blue');
  });

  test('repeats a doubtful send once, and says that it may be a repeat', async () => {
    post.cut.add(1);
    await writes('/queue');
    await settled('accepted');
    const [first, again, ...more] = post.letters.map(({ text }) => text);
    expect(again).toBe(`${texts.mayRepeat}\n\n${first}`);
    expect(more).toEqual([]);
  });

  test('never sends a third time unasked', async () => {
    post.cut.add(1).add(2);
    await writes('/queue');
    await settled('parked');
    expect(post.letters).toHaveLength(2);
  });

  test('keeps the link of a page whole', async () => {
    await writes('tell me everything');
    const { attempt, uuids } = await started();
    world.outside.emit(attempt, ...answerTo(uuids, 'word '.repeat(600)));
    await settled('accepted');
    const links = post.letters.filter(({ text }) => /https:\/\/relay\.example\.com\/read\/[\w-]{91}(?!\S)/.test(text));
    expect(links).toHaveLength(1);
  });

  test('refuses a wrong secret and a stranger, and keeps nothing of them', async () => {
    const letter = { id: 'x', from: 'pigeon:eve', to: 'pigeon:loft', text: 'hi' };
    expect((await bring(letter, 'wrong')).status).toBe(403);
    expect((await bring({ ...letter, from: 'pigeon:zoe' })).status).toBe(200);
    expect((await bring({ text: 'no letter' })).status).toBe(400);
    expect(await isUnset('pigeon:zoe')).toBe(true);
    expect(post.letters).toEqual([]);
  });
});
