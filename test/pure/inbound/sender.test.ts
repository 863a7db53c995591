import { describe, expect, test } from 'vitest';
import { furtherAddressesOf } from '../../../src/conversation/access/addresses.ts';
import { entryOf, refusalOfChange } from '../../../src/conversation/access/change.ts';
import { readSender, type Sender } from '../../../src/conversation/inbound/sender.ts';
import { withAccess } from '../../../src/conversation/state/access.ts';
import type { Address } from '../../../src/conversation/state/address.ts';
import { answerAddressOf, newAddress, numberOfPerson } from '../../../src/conversation/state/person.ts';
import { isIn, isServed } from '../../../src/conversation/state/standing.ts';
import { texts } from '../../../src/texts/index.ts';
import { DAY } from '../../../src/units.ts';
import { ADDRESS, Talk } from '../conversation.ts';

// Who writes, by what arrived and what the home knows; and what follows for replies, numbers and locks.

const ID = 'whatsapp:US.1349';
const OTHER_ID = 'whatsapp:US.77';
const NUMBER = 'whatsapp:+15555550188';
const SMS = '+15555550123';

const row = (address: string, change: Partial<Address> = {}): Address => ({
  ...newAddress(address, 'text', 0),
  ...change,
});
const paired = [row(ADDRESS, { externalId: ID }), row(ID)];
const locked = [row(ADDRESS, { externalId: ID, lockedBy: OTHER_ID }), row(ID)];

function knowing(addresses: readonly Address[]): Talk {
  const talk = new Talk();
  talk.state = { ...talk.state, addresses };
  return talk;
}

test.each<[name: string, knows: readonly Address[], from: string, id: string | null, Sender]>([
  ['the number that began the conversation', [], ADDRESS, null, 'known'],
  ['the same number with an id for the first time', [], ADDRESS, ID, 'paired'],
  ['both, as bound', paired, ADDRESS, ID, 'known'],
  ['the number alone', paired, ADDRESS, null, 'known'],
  ['the id alone', paired, ID, ID, 'known'],
  ['the id with a new number', paired, NUMBER, ID, 'moved'],
  ['the number with another id', paired, ADDRESS, OTHER_ID, 'recycled'],
  ['a new number with a new id', paired, NUMBER, OTHER_ID, 'unknown'],
  ['a new number alone', paired, NUMBER, null, 'unknown'],
  ['the same number on another channel', paired, SMS, null, 'joins'],
  ['another number on another channel', paired, '+15555550188', null, 'unknown'],
  ['the same number on another channel, of a locked number', locked, SMS, null, 'doubtful'],
  [
    'on another channel a number that leads to somebody else',
    [row(NUMBER, { state: 'claimed' })],
    '+15555550188',
    null,
    'unknown',
  ],
  ['another channel that was bound', [...paired, row(SMS)], SMS, null, 'known'],
  ['a locked number with the other id', locked, ADDRESS, OTHER_ID, 'locked'],
  ['a locked number with a third id', locked, ADDRESS, 'whatsapp:US.3', 'locked'],
  ['a locked number alone', locked, ADDRESS, null, 'locked'],
  ['a locked number with its own id again', locked, ADDRESS, ID, 'back'],
  ['the id of a locked number', locked, ID, ID, 'known'],
  [
    'a number with an id of the person’s other number',
    [...paired, row(NUMBER, { externalId: OTHER_ID }), row(OTHER_ID)],
    ADDRESS,
    OTHER_ID,
    'paired',
  ],
])('%s', (_, addresses, from, externalId, sender) => {
  expect(readSender(knowing(addresses).state, { from, externalId }, 0)).toBe(sender);
});

test('a number is the same person’s in either spelling', () => {
  const talk = new Talk();
  talk.state = { ...talk.state, conversation: { ...talk.state.conversation, address: 'whatsapp:+5511987654321' } };
  expect(readSender(talk.state, { from: 'whatsapp:+551187654321', externalId: null }, 0)).toBe('known');
});

test('an address that was somebody else’s can be bound later', () => {
  const talk = knowing([row(ADDRESS, { externalId: ID }), row(ID, { state: 'claimed' })]);
  talk.on({ type: 'bind', address: ID, how: 'operator' });
  expect(talk.effects).toContainEqual({ do: 'lead', address: ID });
  talk.on({ type: 'led', address: ID, became: 'pointed' });
  expect(talk.state.addresses.find(({ address }) => address === ID)?.state).toBe('bound');
});

describe('replies', () => {
  test('go to the address of the newest text, on its channel', () => {
    const talk = knowing([...paired, row(SMS)]);
    const write = (from: string, externalId?: string): string => {
      const { state } = talk;
      const seq = talk.context().messageSeq();
      const { message } = { message: { ...talk.text('/queue'), seq, providerId: `SM-${seq}`, from } };
      talk.state = state;
      talk.on({ type: 'message', message, ...(externalId ? { externalId } : {}) });
      return talk.state.replies.at(-1)?.to ?? '';
    };
    expect(write(ID)).toBe(ID);
    expect(write(SMS)).toBe(SMS);
    expect(write(ADDRESS)).toBe(ADDRESS);
    expect(talk.state.conversation.answerTo).toBeNull();
  });

  test('to a number that leads to somebody else go to the id that came with it', () => {
    const talk = knowing([...paired, row(NUMBER, { externalId: ID, state: 'claimed' })]);
    const message = { ...talk.text('/queue'), providerId: 'SM-claimed', seq: 99, from: NUMBER };
    talk.on({ type: 'message', message, externalId: ID });
    expect(answerAddressOf(talk.state.conversation)).toBe(ID);
  });
});

test('country, role and access come from numbers that lead here, whatever the person writes from', () => {
  const of = (addresses: Address[], address = ADDRESS) => {
    const { state } = knowing(addresses);
    return { ...state, conversation: { ...state.conversation, address } };
  };
  const listed = { isAllowed: (number: string) => number === '+15555550188' };
  expect(numberOfPerson(of([row(NUMBER)], ID))).toBe('+15555550188');
  expect(numberOfPerson(of([], ID))).toBe(ID);
  expect(isIn(of([row(NUMBER)]), listed)).toBe(true);
  expect(isIn(of([row(NUMBER, { state: 'claimed' })]), listed)).toBe(false);
  expect(isIn(of([row(NUMBER, { state: 'leading' })]), listed)).toBe(false);
  expect(isIn(of([], ID), listed)).toBe(false);
});

describe('a locked number', () => {
  const text = (providerId: string) => {
    const talk = new Talk();
    const message = talk.text(providerId);
    return { providerId, address: ADDRESS, message: { ...message, providerId }, files: [], heard: {} };
  };
  const lock = (talk: Talk, id: string): void =>
    void talk.on({
      type: 'locked',
      from: ADDRESS,
      to: 'whatsapp:+15555550100',
      externalId: OTHER_ID,
      text: text(id),
      secret: null,
    });

  test('is told once; ten texts wait for an hour, and then they are gone', () => {
    const talk = knowing(paired);
    for (let n = 0; n < 12; n++) lock(talk, `SM-${n % 11}`);
    expect(talk.state.keptTexts).toHaveLength(10);
    expect(talk.state.replies.map((r) => [r.kind, r.to])).toEqual([['notice', ADDRESS]]);
    expect(talk.state.timers.filter((t) => t.kind === 'alert').map((t) => t.ref)).toEqual(['number-recycled']);
    expect(isServed(talk.state, talk.context())).toBe(false);
    talk.fire('kept');
    expect(talk.state.keptTexts).toEqual([]);
    expect(talk.state.messages).toEqual([]);
  });

  test('is told to the person where they write now', () => {
    const talk = knowing(paired);
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, answerTo: ID } };
    lock(talk, 'SM-a');
    expect(talk.state.replies.map((r) => [r.to, r.body.includes('/unlock here')])).toEqual([
      [ID, true],
      [ADDRESS, false],
    ]);
    expect(isServed(talk.state, talk.context())).toBe(true);
  });

  test('confirmed, its texts are taken in their order, each once, and the new id is the person’s', () => {
    const talk = knowing(paired);
    for (const id of ['SM-a', 'SM-b', 'SM-c']) lock(talk, id);
    talk.on({ type: 'bind', address: ADDRESS, how: 'operator' });
    expect(furtherAddressesOf(talk.state)).toEqual([ID, OTHER_ID]);
    expect(talk.effects).toContainEqual({ do: 'lead', address: OTHER_ID });
    // The carrier repeats the second one meanwhile.
    const repeated = talk.state.keptTexts[1];
    if (repeated) talk.on({ type: 'message', message: { ...repeated.message, seq: 50 } });
    talk.fire('kept');
    talk.fire('kept');
    expect(talk.state.keptTexts).toEqual([]);
    expect(talk.state.timers.some((t) => t.kind === 'kept')).toBe(false);
    expect(talk.state.messages.map((m) => m.text).sort()).toEqual(['SM-a', 'SM-b', 'SM-c']);
    expect(isServed(talk.state, talk.context())).toBe(true);
  });

  test('is unlocked by the PIN, which is in no row', () => {
    const talk = knowing(paired);
    talk.text('/pin', 0, { secret: '4821' });
    const unlock = (secret: string): void => {
      const words = { ...text('SM-unlock'), message: { ...text('SM-unlock').message, text: '/unlock' } };
      talk.on({
        type: 'locked',
        from: ADDRESS,
        to: 'whatsapp:+15555550100',
        externalId: OTHER_ID,
        text: words,
        secret,
      });
    };
    lock(talk, 'SM-a');
    unlock('1111');
    expect(isServed(talk.state, talk.context())).toBe(false);
    expect(talk.state.addresses[0]?.told).toBe(talk.state.replies.at(-1)?.id);
    unlock('4821');
    expect(isServed(talk.state, talk.context())).toBe(true);
    const { messages, replies, keptTexts } = talk.state;
    expect(JSON.stringify([messages, replies, keptTexts])).not.toContain('4821');
    talk.fire('kept');
    expect(talk.state.messages.map((m) => m.text)).toContain('SM-a');
  });

  test('is unlocked by the person from another address, or by an admin', () => {
    const fromElsewhere = knowing(locked);
    const message = { ...fromElsewhere.text('hello'), providerId: 'SM-unlock', seq: 90, from: ID, text: '/unlock' };
    fromElsewhere.state = knowing(locked).state;
    fromElsewhere.on({ type: 'message', message });
    expect(fromElsewhere.state.addresses.every(({ lockedBy }) => lockedBy === null)).toBe(true);
    expect(fromElsewhere.state.replies.at(-1)?.to).toBe(ID);
    const byAdmin = knowing(locked);
    const admin = { id: 'A', role: 'admin', isSelf: false } as never;
    expect(entryOf(byAdmin.state, 'P', byAdmin.context()).standing).toBe('locked');
    expect(refusalOfChange(byAdmin.state, { to: 'unlock' }, admin, byAdmin.context())).toBeNull();
    byAdmin.on({ type: 'access', change: { to: 'unlock' } });
    expect(entryOf(byAdmin.state, 'P', byAdmin.context()).standing).toBe('in');
    expect(refusalOfChange(byAdmin.state, { to: 'unlock' }, admin, byAdmin.context())).toBe('not-locked');
  });

  test('is not unlocked by SMS, where somebody else could text in the person’s name, unless with the PIN', () => {
    const talk = knowing([...locked, row(SMS)]);
    const bySms = (id: string, text: string, secret: string): void => {
      const message = { ...talk.text('hello'), providerId: id, seq: talk.state.messages.length + 90 };
      talk.on({ type: 'message', message: { ...message, from: SMS, to: '+15555550100', text }, secret });
    };
    const unlock = (id: string, secret: string): void => bySms(id, '/unlock', secret);
    const isLockedNow = (): boolean => talk.state.addresses.some(({ lockedBy }) => lockedBy !== null);
    unlock('SM-forged', '');
    expect(isLockedNow()).toBe(true);
    expect(talk.bodies).toContain(texts.access.unlockElsewhere('SMS', false));
    // Nor is a PIN set there for the purpose.
    bySms('SM-pin-first', '/pin', '4821');
    expect(talk.bodies).not.toContain(texts.access.pinSet);
    talk.state = withAccess(talk.state, { pin: talk.context().sealPin('4821') });
    unlock('SM-guessed', '1111');
    expect(isLockedNow()).toBe(true);
    unlock('SM-pin', '4821');
    expect(isLockedNow()).toBe(false);
  });

  test('stops the work that runs, and due schedules are skipped', () => {
    const talk = knowing(paired);
    talk.text('go on for long');
    talk.taken();
    lock(talk, 'SM-x');
    talk.on({ type: 'heartbeat' });
    expect(talk.effects).toEqual([{ do: 'interrupt', attempt: talk.ref }]);
  });
});

test('an address whose object does not answer is asked again, and one that is somebody else’s is noted', () => {
  const talk = new Talk();
  talk.text('/queue', 0, { externalId: ID });
  expect(talk.effects).toContainEqual({ do: 'lead', address: ID });
  const [first] = talk.state.timers.filter((t) => t.kind === 'lead');
  talk.fire('lead');
  expect(talk.effects).toContainEqual({ do: 'lead', address: ID });
  expect(talk.state.timers.find((t) => t.kind === 'lead')?.dueAt).toBeGreaterThan(first?.dueAt ?? 0);
  talk.on({ type: 'led', address: ID, became: 'other' });
  expect(talk.state.addresses.find(({ address }) => address === ID)?.state).toBe('claimed');
  expect(talk.state.timers.map((t) => `${t.kind} ${t.ref}`)).toContain('alert address-claimed');
  expect(talk.state.timers.some((t) => t.kind === 'lead')).toBe(false);
});

describe('an address that was silent for 90 days, of somebody with a PIN who wrote from another', () => {
  function quiet(): Talk {
    const talk = knowing([row(SMS, { boundAt: 0 })]);
    talk.text('/pin', 0, { secret: '4821' });
    for (let n = 0; n < 10; n++) {
      talk.now += 10 * DAY;
      talk.text('/status');
    }
    return talk;
  }
  const bySms = { from: SMS, externalId: null };

  test('is locked with its next text, and nothing else is', () => {
    const talk = quiet();
    expect(readSender(talk.state, bySms, talk.now - 11 * DAY)).toBe('known');
    expect(readSender(talk.state, bySms, talk.now)).toBe('doubtful');
    expect(readSender(talk.state, { from: ADDRESS, externalId: null }, talk.now)).toBe('known');
    talk.on({
      type: 'locked',
      from: SMS,
      to: talk.state.conversation.sender,
      externalId: null,
      text: null,
      secret: null,
    });
    expect(readSender(talk.state, bySms, talk.now)).toBe('locked');
    expect(talk.bodies.at(-1)).toBe(texts.persons.lockedOnOther('SMS', 'here'));
    expect(isServed(talk.state, { isAllowed: () => true })).toBe(true);
    talk.text('/unlock');
    expect(readSender(talk.state, bySms, talk.now)).toBe('known');
    expect(readSender(talk.state, bySms, talk.now + 89 * DAY)).toBe('known');
  });

  test('without a PIN stays as it was', () => {
    const talk = quiet();
    talk.text('/pin', 0, { secret: 'off 4821' });
    expect(readSender(talk.state, bySms, talk.now)).toBe('known');
  });
});
