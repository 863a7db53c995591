import { expect, test } from 'vitest';
import { KEY_TOLD_MS, MERGED_CHARS } from '../../../src/conversation/policy/outbox.ts';
import { texts } from '../../../src/texts/index.ts';
import { PIGEON } from '../../fixtures/pigeon/capabilities.ts';
import { Talk, talkOn } from '../conversation.ts';

// The line that tells a person that a key was removed: below the next reply, or alone after a while.

const LINE = texts.inbound.keysRemoved(['GitHub']);
const keys = ['GitHub'];
const key = (talk: Talk): unknown => talk.state.timers.find(({ kind }) => kind === 'key');

test('a quick answer carries the line, so that no message is sent for it', () => {
  const talk = new Talk();
  const message = talk.text('use [key removed]', 0, { keys });
  expect(talk.bodies).toEqual([]);
  talk.taken();
  talk.answer('Done.\n\nAnything else?', message);
  expect(talk.bodies).toEqual(['Done.', `Anything else?\n\n${LINE}`]);
  expect(key(talk)).toBeUndefined();
});

test('the acknowledgement of a command carries it', () => {
  const talk = new Talk();
  talk.text('/assistant name [key removed]', 0, { keys });
  expect(talk.bodies).toHaveLength(1);
  expect(talk.bodies[0]).toMatch(new RegExp(`.\n\n${LINE.slice(0, 20)}`));
});

test('no reply in time: it is a message of its own, once for all texts', () => {
  const talk = new Talk();
  const message = talk.text('use [key removed]', 0, { keys });
  talk.taken();
  talk.now += KEY_TOLD_MS / 2;
  talk.text('and [key removed]', 0, { keys: ['AWS', 'GitHub'] });
  const before = talk.now;
  talk.fire('key');
  expect(talk.now - before).toBe(KEY_TOLD_MS / 2);
  expect(talk.bodies).toEqual([texts.inbound.keysRemoved(['GitHub', 'AWS'])]);
  talk.answer('Done.', message);
  expect(talk.bodies.slice(1)).toEqual(['Done.']);
});

test('a reply without room for it, or with buttons, stays as it is', () => {
  const talk = new Talk();
  talk.text('/help', 0, { keys });
  const message = talk.text('go', 0);
  const long = 'x'.repeat(MERGED_CHARS - LINE.length - 1);
  talk.taken();
  talk.answer(long, message);
  talk.fire('key');
  expect(talk.bodies.slice(1)).toEqual([long, LINE]);
  expect(talk.reply(0).choices).not.toBeNull();
});

test('a channel with short messages has room for less', () => {
  const talk = talkOn('pigeon:ann', 'pigeon:post');
  const message = talk.text('use [key removed]', 0, { keys });
  talk.taken();
  talk.answer('Done.', message);
  expect(talk.bodies).toEqual(['Done.']);
  talk.fire('key');
  expect(talk.bodies.slice(1).join(' ')).toBe(LINE);
  for (const body of talk.bodies) expect(body.length).toBeLessThanOrEqual(PIGEON.limits.text);
});

test('texts found hours late are listed together, and the line stays apart from the list', () => {
  const talk = new Talk();
  for (const text of ['use [key removed]', 'and this']) talk.text(text, 0, { keys, missed: true, late: true });
  expect(talk.bodies.join('\n').match(/ago\)/g)).toHaveLength(2);
  expect(talk.bodies).toHaveLength(1);
  talk.fire('key');
  expect(talk.bodies[1]).toBe(LINE);
});

test('a voice note is shown, and given to the agent, without the key that was spelled in it', () => {
  const talk = new Talk();
  const spelled = `gh${'p'}_${'aB3'.repeat(12)}`;
  const file = {
    ...{ message: 1, n: 0, url: 'https://example.com/1', type: 'audio/ogg', name: null, size: null, id: null },
    ...{ state: 'wanted' as const, attempts: 0, forgotten: 0, note: null, transcript: null },
  };
  talk.text('', 1, { files: [file] });
  const stored = { id: 'f', name: 'voice.ogg', type: 'audio/ogg', size: 1 };
  const transcript = `my token is ${spelled}`;
  talk.on({ type: 'file-kept', file: { message: 1, n: 0 }, kept: stored, transcript, transcribes: true } as never);
  expect(JSON.stringify(talk.state)).not.toContain(spelled);
  expect(talk.bodies).toEqual([`${texts.inbound.heard('my token is [key removed]')}\n\n${LINE}`]);
});

test('whoever holds a locked phone reads nothing of it; it is told after the unlock', () => {
  const talk = new Talk();
  talk.text('use [key removed]', 0, { keys });
  talk.on({ type: 'access', change: { to: 'lock' } });
  expect(talk.bodies.at(-1)).toBe(texts.access.locked('asked', false));
  expect(key(talk)).toBeDefined();
  talk.on({ type: 'access', change: { to: 'unlock' } });
  expect(talk.bodies.at(-1)).toBe(`${texts.access.unlocked}\n\n${LINE}`);
});
