import { env, exports } from 'cloudflare:workers';
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { choiceIdOf } from '../../src/conversation/state/choices.ts';
import { mediaUrl } from '../../src/links/media-link.ts';
import { pageUrl } from '../../src/links/page-link.ts';
import { mediaKeyOf } from '../../src/objects/media-bucket.ts';
import type { EventBody, Request } from '../../src/protocol/index.ts';
import { Person, quiet } from './person.ts';
import { stubOf, useOutside, vars } from './relay.ts';

// Two people of one deployment: messages of one with names of the other's things (a button, a message, a number, parts
// of a link) never reach the other's agent, rows or files.

quiet();
const world = useOutside();
const KEY = JSON.parse(vars.MACHINE_SIGNING_KEY as string) as { d: string };
const CONSENT: Request = { kind: 'approve', tool: 'Bash', summary: 'rm notes.md', rule: 'Bash(rm:*)' };
const COLOURS: Request = { kind: 'ask', question: 'Which colour?', options: ['Red', 'Blue'] };
const asks = (request_id: string, request: Request): EventBody => ({ type: 'request', request_id, request });
const questions = (person: Person) =>
  person.rows<{ id: string; state: string; answer: string | null }>(
    'SELECT id, state, answer FROM questions ORDER BY id',
  );

/** Ada, whose agent asks her something, and Bob, who has just got an answer. */
async function adaAndBob(...requests: Request[]) {
  const [ada, bob] = [new Person(world), new Person(world)];
  await bob.says('hello');
  await bob.answered(0, 'Hello Bob.');
  await bob.gets(0);
  await ada.says('please');
  const { attempt } = await ada.started(1);
  ada.tells(attempt, ...requests.map((request, n) => asks(`r${n}`, request)));
  await world.outside.until(async () => (await questions(ada)).length === requests.length);
  // The carrier's sid of the question.
  const asked = requests.length > 0 ? (await ada.gets(0)).sid : '';
  return { ada, bob, attempt, asked };
}

/** Ada's data, which must stay the same. */
const rowsOf = async (ada: Person): Promise<unknown> => ({
  questions: await questions(ada),
  replies: (await ada.replies()).map(({ id, kind, body }) => [id, kind, body]),
  messages: await ada.messageStates(),
  grants: await ada.rows('SELECT * FROM grants'),
});

test('a tap on the other’s buttons, a quote of the other’s question: nothing of it answers', async () => {
  const { ada, bob, asked } = await adaAndBob(COLOURS);
  const before = await rowsOf(ada);
  const [question] = await questions(ada);
  const payload = choiceIdOf(question?.id ?? '', 1);
  await bob.says('Blue', { MessageType: 'interactive', ButtonText: 'Blue', ButtonPayload: payload });
  await bob.says('Red', { OriginalRepliedMessageSid: asked, OriginalRepliedMessageSender: bob.ours });
  const told = await world.outside.until(() => {
    const texts = world.outside.starts.slice(2).flatMap(({ body }) => body.messages.map(({ text }) => text));
    return texts.length > 0 && texts.join('\n');
  });
  // Bob's own agent gets his words, and nothing about Ada's question.
  expect(told).not.toContain('colour');
  expect(world.outside.answers).toEqual([]);
  expect(await rowsOf(ada)).toEqual(before);
  expect(bob.bodies().join('\n')).not.toContain('colour');
});

test('/approve, /deny and Always of somebody else decide nothing', async () => {
  const { ada, bob, attempt } = await adaAndBob(CONSENT);
  const before = await rowsOf(ada);
  const [question] = await questions(ada);
  let said = bob.got().length;
  for (const words of ['/approve', '/approve 1', '/deny 1', `/approve ${question?.id}`, '/approvals']) {
    await bob.says(words);
    const answer = await bob.gets(said++);
    expect(answer.body).not.toContain('notes.md');
  }
  await bob.says('Always', {
    MessageType: 'interactive',
    ButtonText: 'Always',
    ButtonPayload: choiceIdOf(question?.id ?? '', 2),
  });
  await world.outside.until(async () => (await bob.rows('SELECT 1 FROM messages')).length === 7);
  expect(world.outside.answers).toEqual([]);
  expect(await rowsOf(ada)).toEqual(before);
  expect(await bob.rows('SELECT * FROM grants')).toEqual([]);
  // Ada's own word answers it.
  await ada.says('/approve');
  const [given] = await world.outside.until(() => world.outside.answers.length > 0 && world.outside.answers);
  expect(given).toMatchObject({ attempt, request: 'r0', answer: { kind: 'decision', decision: 'allow' } });
});

test('a callback for the other’s message changes nothing of the one it is not for', async () => {
  const { ada, bob, asked } = await adaAndBob(COLOURS);
  const mine = await bob.gets(0);
  const before = await ada.replies();
  // Names Bob's reply with Ada's sid.
  await bob.callback(mine, 'failed', 63016, asked);
  expect(await ada.replies()).toEqual(before);
});

test('a link is of its conversation: its parts in another one lead nowhere', async () => {
  const { ada, bob } = await adaAndBob();
  const idOf = (person: Person): string => stubOf(person.address).id.toString();
  const file = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
  await env.MEDIA.put(mediaKeyOf(idOf(ada), file), 'of Ada', { httpMetadata: { contentType: 'text/plain' } });
  const expiresAt = Date.now() + 3_600_000;
  const get = (url: string): Promise<Response> => exports.default.fetch(url);
  const to = (person: Person): string =>
    mediaUrl(vars.PUBLIC_URL as string, KEY, { conversation: idOf(person), file, expiresAt });
  const page = (person: Person): string =>
    pageUrl(vars.PUBLIC_URL as string, KEY, { conversation: idOf(person), page: file, expiresAt });
  const own = await get(to(ada));
  expect([own.status, await own.text()]).toEqual([200, 'of Ada']);
  const [hers, his] = [to(ada), to(bob)].map((url) => url.split('/').at(-1) ?? '') as [string, string];
  // Every beginning of one token with the rest of the other.
  const spliced = Array.from(hers, (_, n) => [hers.slice(0, n) + his.slice(n), his.slice(0, n) + hers.slice(n)]).flat();
  const forged = spliced.filter((token) => token !== hers && token !== his);
  expect(forged.length).toBeGreaterThan(50);
  for (const token of forged) {
    const answer = await get(`${vars.PUBLIC_URL}/media/${token}`);
    expect([answer.status, (await answer.text()).includes('of Ada')]).toEqual([404, false]);
  }
  expect((await get(to(bob))).status).toBe(404);
  // A page's link opens no file, and a file's link no page.
  expect((await get(page(ada).replace('/read/', '/media/'))).status).toBe(404);
  expect((await get(to(ada).replace('/media/', '/read/'))).status).toBe(404);
});

test('the tokens that leave name the conversation they are for, and not the other', async () => {
  const { ada, bob } = await adaAndBob();
  const subjects = world.outside.starts.map(({ body }) => decodeJwt(body.model_token.token).sub);
  expect(subjects).toEqual([bob, ada].map(({ address }) => stubOf(address).id.toString()));
});
