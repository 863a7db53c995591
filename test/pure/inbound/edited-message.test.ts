import { beforeEach, describe, expect, test } from 'vitest';
import type { Message } from '../../../src/conversation/state/rows.ts';
import { texts } from '../../../src/texts/index.ts';
import { PLACES } from '../channels.ts';
import { Talk, talkOn } from '../conversation.ts';

// The person changes a text: while it waits its words change, afterwards the new words quote it.

const { edited, quotedOwn } = texts.inbound.agent;

let talk: Talk;
let running: Message;
beforeEach(() => {
  talk = new Talk(0, { queueMode: 'queue' });
  running = talk.text('paint the door');
  talk.taken();
});

const change = (old: Message, text: string): Message =>
  talk.text(text, 0, { edits: old.providerId, ...(text.startsWith('/') ? {} : { quoted: old.providerId }) });
const row = ({ seq }: Message): Message | undefined => talk.state.messages.find((m) => m.seq === seq);
const waiting = (): string[] => talk.state.messages.filter((m) => m.state === 'waiting').map((m) => m.text);

test('a text that waits gets its new words, each time, and keeps its place', () => {
  const old = talk.text('paint the wall');
  talk.text('then sweep');
  const first = change(old, 'paint the roof');
  change(old, 'paint the floor');
  expect(waiting()).toEqual(['paint the floor', 'then sweep']);
  expect(row(first)).toMatchObject({ state: 'consumed', turn: null });
  expect(row(old)).toMatchObject({ uuid: old.uuid, seq: old.seq });
});

test('the quotation above its words stays', () => {
  const old = talk.text('why this?', 0, { quoted: running.providerId });
  change(old, 'why that?');
  expect(waiting()).toEqual([`${quotedOwn}\n> paint the door\n\nwhy that?`]);
});

test('a text that the agent may have is quoted by its new words', () => {
  change(running, 'paint the window');
  expect(row(running)?.text).toBe('paint the door');
  expect(waiting()).toEqual([`${quotedOwn}\n> paint the door\n\n${edited}\npaint the window`]);
});

test('a text that waits and becomes a command isn’t work any more', () => {
  const old = talk.text('paint the wall');
  change(old, '/status');
  expect(waiting()).toEqual([]);
  expect(row(old)).toMatchObject({ state: 'consumed', turn: null });
});

test('a command for the machine that waits and becomes words isn’t carried out', () => {
  const old = talk.text('/compact');
  expect(row(old)?.action).toBe('command');
  change(old, 'paint the wall');
  expect(row(old)).toMatchObject({ state: 'consumed' });
  expect(waiting()).toHaveLength(1);
});

test('nobody changes a text that came from another address', () => {
  const old = talk.text('paint the wall');
  talk.state = {
    ...talk.state,
    messages: talk.state.messages.map((m) => (m.seq === old.seq ? { ...m, from: 'telegram:1' } : m)),
  };
  change(old, 'paint it black');
  expect(waiting()[0]).toBe('paint the wall');
});

test('a text that is tried again is quoted, because the agent may have had it', () => {
  const old = talk.text('paint the wall');
  talk.state = {
    ...talk.state,
    messages: talk.state.messages.map((m) => (m.seq === old.seq ? { ...m, tried: true } : m)),
  };
  change(old, 'paint the roof');
  expect(waiting()).toHaveLength(2);
});

test('a changed text that comes late, after newer ones, still quotes the old', () => {
  const old = talk.text('paint the wall');
  talk.state = {
    ...talk.state,
    messages: talk.state.messages.map((m) => (m.seq === old.seq ? { ...m, tried: true } : m)),
  };
  talk.text('then sweep', 0, { receivedAt: talk.now + 1 });
  talk.text('paint the roof', 0, { edits: old.providerId, quoted: old.providerId, late: true, receivedAt: talk.now });
  expect(waiting().at(-1)).toMatch(
    /^\[The person replies[\s\S]*> paint the wall\n\n\[The person wrote this[\s\S]*\n\n\[The person changed[\s\S]*\npaint the roof$/,
  );
});

describe('words that are the same', () => {
  test('of a text that the agent has change nothing', () => {
    change(running, 'paint the door');
    expect(waiting()).toEqual([]);
    expect(talk.bodies).toEqual([]);
  });

  test('of a command don’t run it again', () => {
    const asked = talk.text('/status');
    const said = talk.bodies.length;
    change(asked, '/status');
    expect(talk.bodies).toHaveLength(said);
  });

  test('may hide another PIN', () => {
    const asked = talk.text('/pin', 0, { secret: '483920' });
    const said = talk.bodies.length;
    talk.text('/pin', 0, { secret: '483921', edits: asked.providerId });
    expect(talk.bodies.length).toBeGreaterThan(said);
  });
});

describe('a text that is changed again', () => {
  const own = 'tg:1001:4815162342:7';
  const again = (text: string, edit: number): Message =>
    talk.text(text, 0, { providerId: `${own}:e${edit}`, edits: own, quoted: own });
  beforeEach(() => {
    const { address, senders } = PLACES.telegram;
    talk = talkOn(address, senders[0], { queueMode: 'queue' });
    talk.text('paint the door', 0, { providerId: own });
    talk.taken();
    again('paint the wall', 1);
  });

  test('has its newest words alone while the change waits', () => {
    again('paint the roof ', 2);
    again('paint the floor', 3);
    expect(waiting()).toEqual([`${quotedOwn}\n> paint the door\n\n${edited}\npaint the floor`]);
  });

  test('says nothing new with the words of its last change', () => {
    again('paint the wall', 2);
    expect(waiting()).toEqual([`${quotedOwn}\n> paint the door\n\n${edited}\npaint the wall`]);
  });

  test('and becomes a command isn’t work any more', () => {
    talk.text('/status', 0, { providerId: `${own}:e2`, edits: own });
    expect(waiting()).toEqual([]);
  });

  test('doesn’t change another text', () => {
    talk.text('then sweep', 0, { providerId: 'tg:1001:4815162342:77' });
    again('paint the roof', 2);
    expect(waiting()[1]).toBe('then sweep');
    expect(waiting()).toHaveLength(2);
  });
});
