import { describe, expect, test } from 'vitest';
import { refusalOfChange } from '../../../src/conversation/access/change.ts';
import { headOf } from '../../../src/conversation/outbox/replies.ts';
import { accessOf } from '../../../src/conversation/state/access.ts';
import { NEW_MESSAGE } from '../../../src/conversation/state/messages.ts';
import { newAddress } from '../../../src/conversation/state/person.ts';
import type { AccessChange } from '../../../src/input/access-command.ts';
import { arrivalEventOf } from '../../../src/objects/received-calls.ts';
import { texts } from '../../../src/texts/index.ts';
import { DAY, HOUR, MINUTE } from '../../../src/units.ts';
import { ADDRESS, Talk, talkOn } from '../conversation.ts';

// /lock, /unlock and /pin, and what a locked conversation does with texts and replies.

const said = texts.access;

class LockTalk extends Talk {
  /** A text with the words that no row has. */
  secretly(command: 'pin' | 'unlock', secret: string): void {
    this.text(`/${command}`, 0, { secret });
  }

  get last(): string {
    return this.bodies.at(-1) ?? '';
  }

  /** The words that leave next, one after the other. */
  leaving(): string[] {
    const left: string[] = [];
    for (let reply = headOf(this.state); reply; reply = headOf(this.state)) {
      const { id, body } = reply;
      left.push(body);
      this.state = {
        ...this.state,
        replies: this.state.replies.map((r) => (r.id === id ? { ...r, state: 'sent' } : r)),
      };
    }
    return left;
  }

  static withPin(): LockTalk {
    const talk = new LockTalk();
    talk.secretly('pin', '4821');
    talk.leaving();
    return talk;
  }
}

describe('/lock', () => {
  test('stops the turn and what waits, and nothing leaves but that it is locked', () => {
    const talk = LockTalk.withPin();
    talk.text('please');
    talk.taken();
    talk.text('and this');
    talk.leaving();
    talk.machine({ type: 'result', text: 'half', is_error: false, user_message_uuids: [], cost_usd: 0 });
    talk.text('/lock');
    expect(talk.effects).toContainEqual({ do: 'interrupt', attempt: talk.ref });
    expect(talk.leaving()).toEqual([said.locked('asked', true)]);
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'stopped' });
    expect(talk.state.messages.filter((m) => m.state === 'active' || m.state === 'waiting')).toEqual([]);
    talk.on({ type: 'notify', id: '01J000000000000000000000N1', kind: 'alert', text: 'an alert' });
    expect(talk.leaving()).toEqual([]);
    talk.secretly('unlock', '4821');
    expect(talk.leaving()).toEqual(expect.arrayContaining(['an alert', said.unlocked]));
    talk.text('/retry');
    expect(talk.last).toBe(texts.retrying(2));
  });

  test('ended while its sentence is under way: what waited before leaves after it', () => {
    const talk = LockTalk.withPin();
    talk.text('please');
    talk.taken();
    talk.machine({ type: 'result', text: 'half', is_error: false, user_message_uuids: [], cost_usd: 0 });
    talk.text('/lock');
    talk.on({ type: 'send-begin' });
    const locked = headOf(talk.state);
    expect(locked).toMatchObject({ state: 'sending', body: said.locked('asked', true) });
    talk.secretly('unlock', '4821');
    expect(headOf(talk.state)?.id).toBe(locked?.id);
    expect(talk.leaving()).toEqual([locked?.body, 'half', said.unlocked]);
  });

  test('ended from another address sends what waited there, and to the lost phone only that it is locked', () => {
    const talk = LockTalk.withPin();
    const sms = '+15555550177';
    talk.state = { ...talk.state, addresses: [newAddress(sms, 'operator', 0)] };
    const write = (from: string, text: string, secret?: string): void => {
      const message = { ...NEW_MESSAGE, seq: talk.now, providerId: `SM${talk.now}`, uuid: '', from, text };
      const at = { to: from.startsWith('whatsapp:') ? 'whatsapp:+15555550100' : '+15555550100', receivedAt: talk.now };
      talk.on({ type: 'message', message: { ...message, ...at, attachments: 0 }, ...(secret ? { secret } : {}) });
      talk.now += HOUR;
    };
    talk.on({ type: 'notify', id: '01J000000000000000000000N1', kind: 'alert', text: 'in private' });
    write(sms, '/lock');
    write(ADDRESS, 'who are you?');
    write(sms, '/unlock', '4821');
    const ends = talk.state.replies.filter((r) => r.state === 'ready').map((r) => [r.body, r.from, r.to]);
    expect(ends).toEqual(
      expect.arrayContaining([
        ['in private', '+15555550100', sms],
        [said.unlocked, '+15555550100', sms],
      ]),
    );
    expect(talk.state.replies.filter((r) => r.to === ADDRESS && r.seq > 2).map((r) => r.body)).not.toContain(
      'in private',
    );
  });

  test('is told so once an hour, and no words are kept', () => {
    const talk = LockTalk.withPin();
    talk.text('/lock');
    talk.leaving();
    talk.text('who are you?');
    talk.now += HOUR;
    talk.text('hello?');
    expect(talk.leaving()).toEqual([said.locked('asked', true)]);
    expect(talk.state.turns).toEqual([]);
    expect(talk.state.messages.slice(-2).map(({ text, state }) => [text, state])).toEqual([
      ['', 'consumed'],
      ['', 'consumed'],
    ]);
  });

  test('without a PIN only an admin can unlock', () => {
    const talk = new LockTalk();
    talk.text('/lock');
    expect(talk.last).toBe(said.locked('asked', false));
    talk.secretly('unlock', '0000');
    expect(talk.last).toBe(said.onlyAdmin);
    expect(accessOf(talk.state).state).toBe('locked');
  });

  test('STOP of the carrier is heard, so that nothing is sent after it', () => {
    const talk = LockTalk.withPin();
    talk.text('/lock');
    talk.text('STOP', 0, { optOut: 'stop' });
    expect(talk.state.conversation.optedOutAt).toBe(talk.now);
  });

  test.each([{ optOut: 'start' }, { optOut: 'help', late: true }] as const)(
    'a word that the carrier reads as %o starts nothing',
    (heard) => {
      const talk = LockTalk.withPin();
      talk.text('first');
      talk.text('/lock');
      talk.text('YES', 0, heard);
      expect(talk.state.messages.at(-1)).toMatchObject({ text: '', state: 'consumed' });
      expect(talk.state.turns.filter((turn) => turn.state === 'open' && turn.stopping === null)).toEqual([]);
    },
  );
});

describe('the owner of the configuration', () => {
  test.each(['whatsapp:+15555550123', 'telegram:4815162342'])('stays one, at %s', (address) => {
    const talk = talkOn(address, address.replace(/:.*/, ':1001'));
    talk.isOwner = true;
    const refusal = (change: AccessChange, isSelf: boolean) =>
      refusalOfChange(talk.state, change, { id: 'an owner', role: 'owner', isSelf }, talk.context());
    expect(refusal({ to: 'role', role: 'guest' }, true)).toBe('owner-fixed');
    expect(refusal({ to: 'block' }, false)).toBe('owner-fixed');
    talk.text('/forget');
    expect(talk.bodies.join()).toContain('delete everything of yours');
    expect(talk.bodies.join()).not.toContain('make somebody owner first');
  });
});

describe('an admin', () => {
  const asks = (talk: LockTalk, to: 'unlock' | 'unblock', role: 'admin' | 'owner' = 'admin') =>
    refusalOfChange(talk.state, { to }, { id: 'admin', role, isSelf: false }, talk.context());

  test('who confirms a recycled number of a blocked person unblocks nobody', () => {
    const talk = new LockTalk();
    talk.state = { ...talk.state, addresses: [{ ...newAddress(ADDRESS, 'text', 0), lockedBy: 'whatsapp:US.1' }] };
    talk.on({ type: 'access', change: { to: 'block' } });
    expect(asks(talk, 'unlock')).toBeNull();
    talk.on({ type: 'access', change: { to: 'unlock' } });
    expect(accessOf(talk.state).state).toBe('blocked');
    expect(talk.state.addresses.every(({ lockedBy }) => lockedBy === null)).toBe(true);
  });

  test('unlocks for good after ninety silent days', () => {
    const talk = LockTalk.withPin();
    talk.text('/status');
    talk.now += 90 * DAY + 1;
    talk.text('hello');
    talk.now += DAY;
    talk.on({ type: 'access', change: { to: 'unlock' } });
    talk.text('hello again');
    expect(accessOf(talk.state).state).toBe('in');
    expect(talk.attempt.state).toBe('requested');
  });

  test('can help after twenty wrong PINs, where nothing is locked too', () => {
    const talk = LockTalk.withPin();
    for (let tries = 0; tries < 20; tries++) {
      talk.now += HOUR;
      talk.secretly('pin', '0000 1111');
    }
    talk.secretly('pin', '4821 9034');
    expect(talk.last).toBe(said.onlyAdmin);
    expect(asks(talk, 'unlock')).toBeNull();
    talk.on({ type: 'access', change: { to: 'unlock' } });
    talk.secretly('pin', '4821 9034');
    expect(talk.last).toBe(said.pinSet);
  });

  test.each(['4821', '1111', '482100'])('whose PIN is set learns nothing about it by /unlock %s', (words) => {
    const talk = LockTalk.withPin();
    talk.secretly('unlock', words);
    expect([talk.last, talk.effects]).toEqual([said.notLocked, []]);
  });

  test.each(['3', '999', '+15555550142'])('whose PIN is set unlocks person %s', (who) => {
    const talk = LockTalk.withPin();
    talk.secretly('unlock', who);
    expect(talk.effects).toMatchObject([{ do: 'wish', ref: expect.stringContaining(`/unlock ${who}`) as string }]);
  });

  test('without a PIN unlocks a person with a long number', () => {
    const talk = new LockTalk();
    talk.secretly('unlock', '4821');
    expect(talk.effects).toMatchObject([{ do: 'wish' }]);
  });

  test('unblocks no admin: the owner does', () => {
    const talk = new LockTalk();
    talk.on({ type: 'access', change: { to: 'block' } });
    expect([asks(talk, 'unblock'), asks(talk, 'unblock', 'owner')]).toEqual(['needs-owner', null]);
    talk.isAdmin = false;
    expect(asks(talk, 'unblock')).toBeNull();
  });
});

test('five wrong PINs: none is tried for an hour, and after twenty only an admin can help', () => {
  const talk = LockTalk.withPin();
  talk.text('/lock');
  const guess = (pin: string): string => {
    talk.secretly('unlock', pin);
    return talk.last;
  };
  const four = ['1', '2', '3', '4'].map((n) => guess(`000${n}`));
  expect(four).toEqual([4, 3, 2, 1].map(said.wrongPin));
  expect(guess('no PIN')).toBe(said.wrongPin(0));
  expect(talk.state.timers.map((t) => t.ref)).toContain('wrong-pins');
  talk.now += 15 * MINUTE;
  expect(guess('4821')).toBe(said.pinWaits(45));
  for (let tries = 5; tries < 20; tries++) {
    talk.now += HOUR;
    guess('9999');
  }
  talk.now += DAY;
  expect(guess('4821')).toBe(said.onlyAdmin);
  expect(accessOf(talk.state).state).toBe('locked');
});

test('a PIN that can’t count is answered once an hour', () => {
  const talk = LockTalk.withPin();
  talk.text('/lock');
  for (let tries = 0; tries < 5; tries++) talk.secretly('unlock', '0000');
  const answers = (): number => {
    const before = talk.bodies.length;
    for (let tries = 0; tries < 10; tries++) talk.secretly('unlock', '0000');
    return talk.bodies.length - before;
  };
  expect(answers()).toBe(1);
  talk.now += 30 * MINUTE;
  expect(answers()).toBe(0);
  for (let tries = 0; tries < 20; tries++) {
    talk.now += HOUR;
    talk.secretly('unlock', '0000');
  }
  talk.now += HOUR;
  expect([answers(), talk.last]).toEqual([1, said.onlyAdmin]);
  talk.on({ type: 'access', change: { to: 'unlock' } });
  talk.text('/lock');
  for (let tries = 0; tries < 5; tries++) talk.secretly('unlock', '0000');
  expect(answers()).toBe(1);
});

test('after ninety silent days a PIN is asked for, where one is set', () => {
  const [talk, other] = [LockTalk.withPin(), new LockTalk()];
  for (const each of [talk, other]) {
    each.text('/status');
    each.leaving();
    each.now += 90 * DAY + 1;
    each.text('what did I tell you about my bank?');
  }
  expect(talk.leaving()).toEqual([said.locked('silent', true)]);
  expect(talk.state.messages.map((m) => m.text).join()).not.toContain('bank');
  expect(other.attempt.state).toBe('requested');
  talk.secretly('unlock', '4821');
  talk.text('what did I tell you?');
  expect(talk.attempt.state).toBe('requested');
});

test.each([
  ['1', false, said.pinUse(false)],
  ['123456789', false, said.pinUse(false)],
  ['4821 9034', false, said.pinUse(false)],
  ['', false, said.pinIs(false)],
  ['off 4821', false, said.pinIs(false)],
  ['4821', false, said.pinSet],
  ['', true, said.pinIs(true)],
  ['9034', true, said.pinUse(true)],
  ['4821 9034 1', true, said.pinUse(true)],
  ['0000 9034', true, said.wrongPin(4)],
  ['4821 9034', true, said.pinSet],
  ['off 4821', true, said.pinOff],
])('/pin %s (set before: %s)', (secret, hasPin, answer) => {
  const talk = hasPin ? LockTalk.withPin() : new LockTalk();
  talk.secretly('pin', secret);
  expect(talk.last).toBe(answer);
});

test.each([
  ['/pni 4821', '/pin', undefined],
  ['/pin4821', '/pin', undefined],
  ['/pin: 4821 9034', '/pin', undefined],
  ['/unlok 4821', '/unlock', '4821'],
  ['/unlock-4821', '/unlock', '4821'],
  ['/exprt 4821', '/export', undefined],
  ['/remnd 1430', '/remnd 1430', undefined],
  ['/pni 4821 is wrong', '/pni 4821 is wrong', undefined],
])('%s is kept as %s', (text, kept, secret) => {
  const ends = { providerId: 'SM1', uuid: '', from: ADDRESS, to: 'whatsapp:+15555550100' };
  const event = arrivalEventOf({ ...ends, text, attachments: 0, receivedAt: 0 }, 1);
  expect([event.message.text, event.secret]).toEqual([kept, secret]);
});

test('a text over the day’s bound is answered once and not kept', () => {
  const talk = new LockTalk();
  const { conversation } = talk.state;
  const day = new Date(talk.now).toISOString().slice(0, 10);
  talk.state = {
    ...talk.state,
    conversation: { ...conversation, access: { ...accessOf(talk.state), day, texts: 999 } },
  };
  talk.text('the last one');
  talk.text('one too many');
  talk.text('and another');
  expect(talk.bodies.filter((body) => body === said.tooManyTexts(1000))).toHaveLength(1);
  expect(talk.state.messages.map((m) => m.text)).toEqual(['the last one']);
  expect(talk.state.timers.map((t) => t.ref)).toContain('texts-a-day');
  talk.text('/stop');
  expect(talk.last).toContain('Stopped');
  talk.now += DAY;
  talk.text('a new day');
  expect(talk.state.messages.at(-1)?.text).toBe('a new day');
});
