import { expect, test } from 'vitest';
import { toParts } from '../../../src/channels/markup/text.ts';
import { sendWordButtons } from '../../../src/conversation/outbox/replies.ts';
import { PIGEON } from '../../fixtures/pigeon/capabilities.ts';
import { talkOn } from '../conversation.ts';

// A channel whose messages are short: everything said there is cut to fit.

const pigeonTalk = () => talkOn('pigeon:ann', 'pigeon:post');
const LONG = `*One* ${'word '.repeat(60)}end`;

test('an answer leaves in parts that fit, and the words are all there', () => {
  const talk = pigeonTalk();
  const message = talk.text('hello');
  talk.taken();
  talk.answer(LONG, message);
  expect(talk.bodies.length).toBeGreaterThan(1);
  for (const body of talk.bodies) expect(body.length).toBeLessThanOrEqual(PIGEON.limits.text);
  expect(talk.bodies.join(' ')).toBe(LONG);
});

test('so does every notice of Roost', () => {
  const talk = pigeonTalk();
  for (const command of ['/help', '/me', '/status', '/projects', '/schedules']) talk.text(command);
  for (const body of talk.bodies) expect(body.length).toBeLessThanOrEqual(PIGEON.limits.text);
});

test('a file is with the first words, and choices are below the last', () => {
  const talk = pigeonTalk();
  const buttons = [{ title: 'Yes', says: 'yes' }];
  talk.state = sendWordButtons(talk.state, { text: 'Now?', plain: LONG, buttons }, talk.context(), { media: 'F1' });
  const rows = talk.state.replies.map(({ media, choices }) => [media, choices?.text ?? null]);
  expect(rows[0]).toEqual(['F1', null]);
  expect(rows.at(-1)).toEqual([null, 'Now?']);
  expect(new Set(talk.state.replies.map(({ id }) => id)).size).toBe(rows.length);
});

test('held words leave in messages that fit the channel by which they leave', () => {
  const talk = pigeonTalk();
  const message = talk.text('hello');
  talk.taken();
  talk.answer(LONG, message);
  talk.state = {
    ...talk.state,
    replies: talk.state.replies.map((r) => ({ ...r, state: 'held' as const, body: LONG })),
  };
  talk.text('here I am');
  const waiting = talk.state.replies.filter(({ state }) => state === 'ready');
  expect(waiting.length).toBeGreaterThan(1);
  for (const { body } of waiting) expect(body.length).toBeLessThanOrEqual(PIGEON.limits.text);
});

test('a long answer is an opening with a link, both short', () => {
  const talk = pigeonTalk();
  const context = talk.context();
  talk.context = () => ({ ...context, parts: toParts });
  const message = talk.text('hello');
  talk.taken();
  talk.answer(`${LONG}\n\n`.repeat(20), message);
  expect(talk.state.pages).toHaveLength(1);
  for (const body of talk.bodies) expect(body.length).toBeLessThanOrEqual(PIGEON.limits.text);
  expect(talk.bodies.join(' ')).toContain('https://relay.example.com/read/');
});

test('a link that no message can hold is left out, and /more brings the words', () => {
  const talk = pigeonTalk();
  const context = talk.context();
  const pageUrl = (page: string) => `https://${'relay-'.repeat(40)}example.com/read/${page}`;
  talk.context = () => ({ ...context, parts: toParts, pageUrl });
  const message = talk.text('hello');
  talk.taken();
  talk.answer(`${LONG}\n\n`.repeat(20), message);
  expect(talk.bodies.join(' ')).not.toContain('http');
  expect(talk.bodies.at(-1)).toMatch(/\d+ more: text \/more\.$/);
  const said = talk.bodies.length;
  talk.text('/more');
  expect(talk.bodies.length).toBeGreaterThan(said);
});

test('the link of a summary is left out as well', () => {
  const talk = pigeonTalk();
  const context = talk.context();
  talk.context = () => ({ ...context, pageUrl: () => `https://${'x'.repeat(200)}` });
  const message = talk.text('hello');
  talk.taken();
  const result = { type: 'result', text: 'All of it.', summary: 'Short.', is_error: false, cost_usd: 0 } as const;
  talk.machine({ ...result, user_message_uuids: [message.uuid] });
  expect(talk.bodies).toEqual(['Short.\n\n1 more: text /more.']);
});
