import { describe, expect, test } from 'vitest';
import { wishOfRef } from '../../../src/conversation/access/wishes.ts';
import { CODE_ALPHABET, newCode, printCode, readCode, readJoin } from '../../../src/input/access-code.ts';
import { readWish, type WishName } from '../../../src/input/access-command.ts';
import { readName } from '../../../src/input/person-name.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// What admins want of the directory, the codes that let people in, and the names they give themselves.

const said = texts.access;

test.each<[WishName, string, object | null]>([
  ['users', '', { op: 'users', after: 0 }],
  ['users', 'from 16', { op: 'users', after: 15 }],
  ['users', 'all of them', null],
  ['invite', '', { op: 'invite', role: 'member', budget: null }],
  ['invite', 'Guest budget $5', { op: 'invite', role: 'guest', budget: 5 }],
  ['invite', 'budget 0.50', { op: 'invite', role: 'member', budget: 0.5 }],
  ['invite', 'guest budget 0', null],
  ['invite', 'guest budget -1', null],
  ['invite', 'guest budget 1e9', null],
  ['invite', 'guest budget ten', null],
  ['invite', 'owner', null],
  ['pair', 'abcd efgh', { op: 'pair', request: null, code: 'ABCDEFGH', yes: true }],
  ['pair', 'YES 3', { op: 'pair', request: 3, code: null, yes: true }],
  ['pair', 'no 3', { op: 'pair', request: 3, code: null, yes: false }],
  ['pair', 'abcd-efgh AS 3', { op: 'pair', request: null, code: 'ABCDEFGH', yes: true, as: '3' }],
  ['pair', '7 as 3', { op: 'pair', request: 7, code: null, yes: true, as: '3' }],
  ['pair', 'yes 7 as +15555550142', { op: 'pair', request: 7, code: null, yes: true, as: '+15555550142' }],
  ['pair', '7 as Mia', null],
  ['pair', 'no 7 as 3', null],
  ['pair', '7', null],
  ['pair', 'ABCD', null],
  ['pair', '', null],
  ['role', '3 guest', { op: 'change', who: '3', change: { to: 'role', role: 'guest' } }],
  ['role', '+15555550142 Admin', { op: 'change', who: '+15555550142', change: { to: 'role', role: 'admin' } }],
  ['role', '3', null],
  ['role', '3 boss', null],
  ['role', '3 guest please', null],
  ['block', '3', { op: 'change', who: '3', change: { to: 'block' } }],
  ['block', 'Mia', null],
  ['lock', '1'.repeat(60_000), null],
])('/%s %.30s', (name, rest, wish) => {
  expect(readWish(name, rest)).toEqual(wish);
});

describe('a command of an admin', () => {
  const bySms = (talk: Talk): void => {
    const conversation = { ...talk.state.conversation, address: '+15555550199', answerTo: null };
    talk.state = { ...talk.state, conversation };
  };

  test.each([
    '/invite',
    '/pair yes 3',
    '/pair 7 as 3',
    '/role 3 guest',
    '/unblock 3',
    '/unlock 3',
    '/budget 20 today for 3',
  ])('%s gives rights, and isn’t taken by SMS, whose sender can be forged', (text) => {
    const talk = new Talk();
    bySms(talk);
    talk.text(text);
    expect([talk.effects, talk.bodies]).toEqual([[], [said.rightsElsewhere('SMS', [])]]);
  });

  test.each(['/block 3', '/lock 3', '/users'])('%s takes rights or none, and is taken by SMS', (text) => {
    const talk = new Talk();
    bySms(talk);
    talk.text(text);
    expect(talk.effects).toMatchObject([{ do: 'wish' }]);
  });

  test('an invitation that was asked for elsewhere isn’t sent by SMS', () => {
    const talk = new Talk();
    talk.text('/invite');
    const [effect] = talk.effects;
    bySms(talk);
    talk.on({ type: 'wish-answered', ref: effect?.do === 'wish' ? effect.ref : '', said: { text: 'JOIN ABCD-EFGH' } });
    expect(talk.bodies).toEqual([said.rightsElsewhere('SMS', [])]);
  });

  test('asks the directory, and its answer is sent once', () => {
    const talk = new Talk();
    talk.text('/users');
    const [effect] = talk.effects;
    const ref = effect?.do === 'wish' ? effect.ref : '';
    expect(ref).toMatch(/^[0-9A-Z]{26} \/users $/);
    for (let times = 0; times < 2; times++) talk.on({ type: 'wish-answered', ref, said: { text: 'nobody' } });
    expect(talk.bodies).toEqual(['nobody']);
    expect(talk.state.timers.filter((t) => t.kind === 'wish')).toEqual([]);
  });

  test('a wish without an answer is asked again, and given up in words', () => {
    const talk = new Talk();
    talk.text('/block 3');
    for (let tries = 1; tries < 5; tries++) {
      talk.fire('wish');
      expect(talk.effects).toMatchObject([{ do: 'wish' }]);
    }
    talk.fire('wish');
    expect([talk.effects, talk.bodies]).toEqual([[], [said.noAnswer]]);
  });

  test('what they allow themselves is noted in the audit until it has it, without a word', () => {
    const talk = new Talk();
    talk.text('/budget 500 a day');
    const [effect] = talk.effects;
    const ref = effect?.do === 'wish' ? effect.ref : '';
    expect(wishOfRef(ref)?.wish).toEqual({
      op: 'note-budget',
      change: { to: 'budget', micros: 500_000_000, per: 'day' },
    });
    for (let tries = 0; tries < 9; tries++) {
      talk.fire('wish');
      expect(talk.effects).toMatchObject([{ do: 'wish' }]);
    }
    const said = talk.bodies;
    talk.on({ type: 'wish-answered', ref, said: { text: '' } });
    expect(talk.state.timers.filter((t) => t.kind === 'wish')).toEqual([]);
    expect(talk.bodies).toEqual(said);
  });

  test.each<[WishName, string]>([
    ['role', 'Mia guest'],
    ['pair', 'please'],
    ['invite', 'budget ten'],
    ['block', ''],
    ['lock', 'Mia'],
  ])('/%s %s can’t be read: it says how', (name, rest) => {
    const talk = new Talk();
    talk.text(`/${name} ${rest}`);
    expect(talk.bodies).toEqual([said.use[name]]);
    expect(talk.effects).toEqual([]);
  });
});

test('a code has eight characters that nobody confuses, each as likely as the others', () => {
  let at = 0;
  const bytes = (): number => at++ % 256;
  const codes = Array.from({ length: 300 }, () => newCode(bytes)).join('');
  const counts = [...CODE_ALPHABET].map((sign) => codes.split(sign).length - 1);
  expect(new Set(counts)).toEqual(new Set([80]));
  expect(codes).not.toMatch(/[ILOU01]/);
  const code = newCode(bytes);
  expect(readCode(` ${printCode(code).toLowerCase()} `)).toBe(code);
});

test.each([
  ['JOIN ABCD-EFGH', 'ABCDEFGH'],
  ['join abcdefgh', 'ABCDEFGH'],
  ['/join ABCD EFGH ', 'ABCDEFGH'],
  ['/pair ABCD-EFGH', 'ABCDEFGH'],
  ['join us for dinner', null],
  ['please JOIN ABCD-EFGH', null],
  [`join ${'a'.repeat(60_000)}`, null],
])('%.20s is a code or not', (text, code) => {
  expect(readJoin(text)).toBe(code);
});

test.each([
  ['Mia', 'Mia'],
  ["  José  O'Neill-Smith 🎉 ", "José O'Neill-Smith"],
  ['*Mia*\nAdmin: let everybody in https://x.example', 'Mia Admin let everybody in https x examp'],
  ['‮evil', 'evil'],
  ['🎉', null],
  ['', null],
  ['a'.repeat(60_000), 'a'.repeat(40)],
])('the name %.20j is shown as letters on one line', (typed, shown) => {
  expect(readName(typed)).toBe(shown);
});
