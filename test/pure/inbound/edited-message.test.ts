import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Event } from '../../../src/conversation/state/events.ts';
import type { InboundFile, Message } from '../../../src/conversation/state/rows.ts';
import { texts } from '../../../src/texts/index.ts';
import { PLACES } from '../channels.ts';
import { Talk, talkOn } from '../conversation.ts';

// The person changes a text: while it waits its words change, afterwards the new words quote it.

type Hints = Partial<Extract<Event, { type: 'message' }>> & { providerId?: string; receivedAt?: number };

const { edited, quotedOwn } = texts.inbound.agent;

let talk: Talk;
let running: Message;
beforeEach(() => {
  changes = 0;
  talk = new Talk(0, { queueMode: 'queue' });
  running = talk.text('paint the door');
  talk.taken();
});

let changes = 0;
/** The change that the person made at that moment; without one, after all before. */
const change = (old: Message, text: string, at = ++changes, more: Hints = {}): Message =>
  talk.text(text, 0, { edits: old.providerId, change: { at, number: at }, ...more });
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
  change(old, 'paint the roof', 1, { late: true, receivedAt: talk.now });
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
    change(asked, '/pin', 1, { secret: '483921' });
    expect(talk.bodies.length).toBeGreaterThan(said);
    const again = talk.bodies.length;
    change(asked, '/pin', 2, { secret: '483922' });
    expect(talk.bodies.length).toBeGreaterThan(again);
  });
});

describe('a text that is changed again', () => {
  const own = 'tg:1001:4815162342:7';
  const again = (text: string, edit: number): Message =>
    talk.text(text, 0, { providerId: `${own}:e${edit}`, edits: own, change: { at: edit, number: edit } });
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
    again('/status', 2);
    expect(waiting()).toEqual([]);
  });

  test('doesn’t change another text', () => {
    talk.text('then sweep', 0, { providerId: 'tg:1001:4815162342:77' });
    again('paint the roof', 2);
    expect(waiting()[1]).toBe('then sweep');
    expect(waiting()).toHaveLength(2);
  });
});

describe('changes that overtake each other', () => {
  test('of a text that waits leave it its newest words', () => {
    const old = talk.text('paint the wall');
    change(old, 'paint the floor', 2);
    change(old, 'paint the roof', 1);
    expect(waiting()).toEqual(['paint the floor']);
  });

  test('of a text that the agent has quote it once, by the newest words', () => {
    change(running, 'paint the floor', 2);
    change(running, 'paint the roof', 1);
    expect(waiting()).toEqual([`${quotedOwn}\n> paint the door\n\n${edited}\npaint the floor`]);
  });

  test('don’t run a command that the person took back', () => {
    const old = talk.text('paint the wall');
    change(old, 'paint the floor', 2);
    const said = talk.bodies.length;
    change(old, '/status', 1);
    expect(talk.bodies).toHaveLength(said);
    expect(waiting()).toEqual(['paint the floor']);
  });

  test('in one second are told apart by their numbers', () => {
    const old = talk.text('paint the wall');
    change(old, 'paint the floor', 1, { change: { at: 1000, number: 8 } });
    change(old, 'paint the roof', 1, { change: { at: 1000, number: 7 } });
    expect(waiting()).toEqual(['paint the floor']);
    change(old, 'paint the stairs', 1, { change: { at: 1000, number: 9 } });
    expect(waiting()).toEqual(['paint the stairs']);
  });

  test('and come late change a text that waits, or take it away', () => {
    const old = talk.text('paint the wall');
    const other = talk.text('sweep', 0, { receivedAt: talk.now + 1 });
    change(old, 'paint the roof', 1, { late: true });
    change(old, 'paint the floor', 2, { late: true, missed: true });
    expect(waiting()).toEqual(['paint the floor', 'sweep']);
    change(other, '/status', 3, { late: true, missed: true });
    expect(waiting()).toEqual(['paint the floor']);
  });

  test('leave the newest words in whatever order they come, and however often', () => {
    const words = ['paint the wall', 'paint the roof', 'paint the floor', 'paint the door red'];
    const own = 'tg:1001:4815162342:9';
    const order = fc.shuffledSubarray([0, 1, 2, 3, 0, 1, 2, 3], { minLength: 8 });
    fc.assert(
      fc.property(order, (all) => {
        const { address, senders } = PLACES.telegram;
        const each = talkOn(address, senders[0], { queueMode: 'queue' });
        each.text('sweep');
        each.taken();
        const known = new Set<string>();
        for (const n of all) {
          const change = { at: Math.ceil(n / 2) * 1000, number: n };
          const providerId = n === 0 ? own : `${own}:e${n}`;
          // The store drops a known id.
          if (known.has(providerId) || each.state.messages.some((m) => m.providerId === providerId)) continue;
          known.add(providerId);
          each.text(words[n] ?? '', 0, { providerId, ...(n === 0 ? {} : { edits: own, change }) });
        }
        expect(each.state.messages.filter((m) => m.state === 'waiting').map(({ text }) => text)).toEqual([words[3]]);
      }),
    );
  });
});

describe('a change that comes before its text', () => {
  const own = 'tg:1001:4815162342:9';
  const first = (text: string, more: Hints = {}): Message =>
    talk.text(text, 0, { providerId: `${own}:e1`, edits: own, change: { at: 1, number: 1 }, ...more });

  test('is that text, which is known when it comes', () => {
    const text = first('paint the wall', { quoted: running.providerId });
    expect(waiting()).toEqual([`${quotedOwn}\n> paint the door\n\npaint the wall`]);
    expect(row(text)?.providerId).toBe(own);
  });

  test('brings the file of its text', () => {
    const photo = { n: 0, url: 'telegram:file/p', type: 'image/jpeg', name: null, state: 'wanted' };
    const files = [{ ...photo, message: running.seq + 1 }] as unknown as InboundFile[];
    const text = talk.text('look', 1, { edits: own, change: { at: 1, number: 1 }, files });
    expect(row(text)).toMatchObject({ attachments: 1, seq: files[0]?.message });
    const again = talk.text('look here', 1, { edits: own, change: { at: 2, number: 2 }, files });
    expect(talk.state.files).toEqual(files);
    expect(row(again)).toMatchObject({ attachments: 0, state: 'consumed' });
    expect(waiting()).toEqual(['look here']);
  });

  test('is changed by later changes alone', () => {
    first('paint the wall', { change: { at: 2, number: 2 } });
    first('paint the roof', { providerId: `${own}:e0`, change: { at: 1, number: 1 } });
    expect(waiting()).toEqual(['paint the wall']);
    first('paint the floor', { providerId: `${own}:e3`, change: { at: 3, number: 3 } });
    expect(waiting()).toEqual(['paint the floor']);
  });

  test('runs as the command that it is, once', () => {
    first('/status');
    const said = talk.bodies.length;
    expect(said).toBeGreaterThan(0);
    first('/status', { providerId: `${own}:e2`, change: { at: 1, number: 2 } });
    expect(talk.bodies).toHaveLength(said);
  });
});

describe('a text that was changed and is told of again, as after a reaction to it', () => {
  const told = (old: Message, text: string, at: number, number: number, more: Hints = {}): Message =>
    change(old, text, at, { change: { at, number }, ...more });

  test('isn’t run again, in words or as a command', () => {
    told(running, '/new paint the wall', 1000, 5);
    talk.answer('Done.', running);
    talk.taken();
    const [count, said] = [talk.state.turns.length, talk.bodies.length];
    told(running, '/new paint the wall', 1000, 9);
    expect(waiting()).toEqual([]);
    expect([talk.state.turns.length, talk.bodies.length]).toEqual([count, said]);
  });

  test('with a PIN doesn’t set it again', () => {
    told(running, '/pin', 1000, 5, { secret: '483920' });
    const said = talk.bodies.length;
    told(running, '/pin', 1000, 9, { secret: '483920' });
    expect(talk.bodies).toHaveLength(said);
  });

  test('long after its words were emptied isn’t run again', () => {
    told(running, 'paint the wall', 1000, 5);
    const emptied = (m: Message): Message => ({ ...m, text: '', changed: m.changed && { ...m.changed, words: null } });
    talk.state = { ...talk.state, messages: talk.state.messages.map(emptied) };
    const count = waiting().length;
    told(running, 'paint the wall', 1000, 9);
    expect(waiting()).toHaveLength(count);
  });
});
