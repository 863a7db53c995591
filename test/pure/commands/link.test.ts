import { describe, expect, test } from 'vitest';
import { wishOfRef } from '../../../src/conversation/access/wishes.ts';
import { withAccess } from '../../../src/conversation/state/access.ts';
import { newAddress } from '../../../src/conversation/state/person.ts';
import { newLinkCode, readLink, readLinkWord } from '../../../src/input/link-code.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// /link and /unlink: when the directory is asked for a code, what counts as one, and which addresses can be taken away.

const said = texts.links;
const wishIn = ({ effects }: Talk): string => {
  const [effect] = effects;
  return effect?.do === 'wish' ? effect.ref : '';
};
const TELEGRAM = 'telegram:4815162342';
const OTHER = 'whatsapp:+15555550199';
const SMS = '+15555550199';
const ID = 'whatsapp:US.1349';

/** A person with further addresses. */
function talkWith(...addresses: string[]): Talk {
  const talk = new Talk();
  const rows = addresses.map((each, n) => ({ ...newAddress(each, 'code', n), state: 'bound' as const }));
  talk.state = {
    ...talk.state,
    addresses: rows.map((row) => (row.address === OTHER ? { ...row, externalId: ID } : row)),
  };
  return talk;
}
const bySms = (talk: Talk): void => {
  const conversation = { ...talk.state.conversation, address: SMS, answerTo: null };
  talk.state = { ...talk.state, conversation };
};
const going = ({ state }: Talk): string[] =>
  state.timers.filter(({ kind }) => kind === 'let-go').map(({ ref }) => ref.split(' ')[1] ?? '');

describe('a code', () => {
  test.each([
    ['LINK ABCD-EF23', 'ABCDEF23'],
    [' link abcd-ef23 ', 'ABCDEF23'],
    ['/link ABCDEF23', 'ABCDEF23'],
    ['/link abcd ef23', 'ABCDEF23'],
    ['link abcdef23', null],
    ['link test-data', null],
    ['LINK ABCD-EF01', null],
    ['link 2345-6789', null],
    ['link ABCD-EF23 to the page', null],
    ['link-abcd-ef23', null],
  ])('in “%s” is %s', (text, code) => {
    expect(readLink(text)).toBe(code);
  });

  test('is never a word or a number', () => {
    let at = 0;
    const codes = Array.from({ length: 200 }, () => newLinkCode(() => (at = (at * 7 + 11) % 251)));
    expect(codes.filter((code) => !/\d/.test(code) || !/[A-Z]/.test(code))).toEqual([]);
    expect(codes.map((code) => readLink(`LINK ${code.slice(0, 4)}-${code.slice(4)}`))).toEqual(codes);
  });

  test.each([
    ['yes', { yes: true }],
    ['No.', { yes: false }],
    ['yes, and build the shop', null],
    ['build the shop', null],
  ])('“%s” from a stranger is %j', (text, word) => {
    expect(readLinkWord(text)).toEqual(word);
  });
});

describe('/link', () => {
  test('asks the directory for a code, or about another person’s', () => {
    const talk = new Talk();
    talk.text('/link');
    expect(wishIn(talk)).toMatch(/^\w{26} \/link $/);
    talk.text('/link', 0, { secret: 'abcd-ef23' });
    expect(wishIn(talk)).toMatch(/^\w{26} \/link ABCDEF23$/);
    talk.text('link ABCD-EF23');
    expect(wishIn(talk)).toMatch(/^\w{26} \/link ABCDEF23$/);
    talk.text('/link', 0, { secret: 'please' });
    expect([wishIn(talk), talk.bodies]).toEqual(['', [texts.access.use.link]]);
  });

  test('with a PIN set needs it, and the PIN is in no wish', () => {
    const talk = new Talk();
    talk.state = withAccess(talk.state, { pin: 'sealed 4821' });
    talk.text('/link');
    talk.text('/link', 0, { secret: '1111' });
    expect([wishIn(talk), talk.bodies]).toEqual(['', [said.pin, texts.access.wrongPin(4)]]);
    talk.text('/link', 0, { secret: '4821' });
    expect(wishIn(talk)).toMatch(/^\w{26} \/link $/);
  });

  test('gives no code by SMS, also when the person goes over to SMS before it is there', () => {
    const talk = new Talk();
    talk.text('/link');
    const ref = wishIn(talk);
    bySms(talk);
    talk.on({ type: 'wish-answered', ref, said: { text: 'LINK ABCD-EF23' } });
    talk.text('/link');
    expect(wishIn(talk)).toBe('');
    expect(talk.bodies).toEqual([said.notSecret('SMS', []), said.notSecret('SMS', [])]);
  });

  test('by SMS names the channels where it works: of the person, and those that know them by their number', () => {
    const talk = new Talk(0, { senders: ['+15555550100', 'whatsapp:+15555550100', 'telegram:1001'] });
    bySms(talk);
    talk.text('/link');
    const row = newAddress(TELEGRAM, 'code', 0);
    talk.state = { ...talk.state, addresses: [row] };
    talk.text('/link');
    const onWhatsApp = { channel: 'WhatsApp', isNew: true };
    const onTelegram = { channel: 'Telegram', isNew: false };
    expect(talk.bodies).toEqual([said.notSecret('SMS', [onWhatsApp]), said.notSecret('SMS', [onTelegram, onWhatsApp])]);
    expect(talk.bodies[1]).toContain('Instead, text /link on Telegram, or on WhatsApp, from this number.');
  });

  test('a code of another person by SMS asks the directory nothing, and neither does a yes to its question', () => {
    const talk = new Talk();
    talk.text('link ABCD-EF23');
    talk.on({ type: 'wish-answered', ref: wishIn(talk), said: { text: 'Shall I?', join: 'ABCDEF23', how: 'joins' } });
    const replies = talk.state.replies.map((reply) => ({ ...reply, state: 'delivered' as const }));
    talk.state = { ...talk.state, replies };
    bySms(talk);
    talk.text('yes');
    talk.text('link ABCD-EF23');
    expect([wishIn(talk), talk.bodies.slice(1)]).toEqual(['', [said.notFrom('SMS', []), said.notFrom('SMS', [])]]);
  });

  test.each(['merge', 'joins', 'takes'] as const)('a yes to “%s” is a yes to that', (how) => {
    const talk = new Talk();
    talk.text('link ABCD-EF23');
    talk.on({ type: 'wish-answered', ref: wishIn(talk), said: { text: 'Shall I?', join: 'ABCDEF23', how } });
    const replies = talk.state.replies.map((reply) => ({ ...reply, state: 'delivered' as const }));
    talk.state = { ...talk.state, replies };
    talk.text('yes');
    expect(wishOfRef(wishIn(talk))?.wish).toEqual({ op: 'link', code: 'ABCDEF23', agreed: how });
  });
});

describe('/unlink', () => {
  test('offers the further addresses, and none that would come back by itself', () => {
    const talk = talkWith(TELEGRAM, OTHER, ID);
    talk.text('/unlink');
    expect(talk.bodies).toEqual([said.whichWords(['Telegram …2342', 'WhatsApp …0199'])]);
    const own = talkWith('+15555550123');
    own.text('/unlink');
    own.text('/unlink 0123');
    expect(own.bodies).toEqual([said.none, said.first]);
  });

  test('takes nothing away without a yes, and with the number all that would bring it back', () => {
    const talk = talkWith(TELEGRAM, OTHER, SMS, ID);
    talk.text('/unlink WhatsApp …0199');
    const replies = talk.state.replies.map((reply) => ({ ...reply, state: 'delivered' as const }));
    talk.state = { ...talk.state, replies };
    expect(going(talk)).toEqual([]);
    talk.text('yes');
    expect(going(talk)).toEqual([OTHER]);
    expect(talk.effects).toContainEqual({ do: 'let-go', ref: talk.state.timers.at(-1)?.ref });
    talk.fire('let-go');
    const { ref = '' } = talk.state.timers.find(({ kind }) => kind === 'let-go') ?? {};
    expect(talk.effects).toContainEqual({ do: 'let-go', ref });
    talk.on({ type: 'unlinked', ref, addresses: [OTHER, SMS, ID] });
    expect(talk.state.addresses.map(({ address }) => address)).toEqual([TELEGRAM]);
    expect(going(talk)).toEqual([]);
    talk.on({ type: 'unlinked', ref, addresses: [OTHER, SMS, ID] });
    expect(talk.bodies.filter((body) => body === said.unlinked('WhatsApp …0199'))).toHaveLength(1);
  });

  test('with a PIN set it needs the PIN, which may follow the words in which the address is named', () => {
    const talk = talkWith(TELEGRAM, '+15555550188');
    talk.state = withAccess(talk.state, { pin: 'sealed 4821' });
    const needs = [said.unlinkPin('Telegram …2342'), said.unlinkPin('SMS …0188')];
    const which = said.whichWords(['Telegram …2342', 'SMS …0188']);
    for (const [words, ...told] of [
      ['', which],
      ['Telegram …2342', needs[0]],
      ['2342', needs[0]],
      ['+1 555 555 0188', needs[1]],
      ['2342 4822', texts.access.wrongPin(4)],
      ['4821', which],
      ['7777 4821', which],
      ['Telegram …2342 4821', `${said.unlinkSure('Telegram …2342')} ${texts.zones.yesOrNo}`],
    ] as const) {
      talk.text(`/unlink ${words}`.trim());
      expect(talk.bodies.slice(-1)).toEqual(told);
    }
    expect(going(talk)).toEqual([]);
    const replies = talk.state.replies.map((reply) => ({ ...reply, state: 'delivered' as const }));
    talk.state = { ...talk.state, replies };
    talk.text('yes');
    expect(going(talk)).toEqual([TELEGRAM]);
  });

  test('says so when several addresses end alike, or none does', () => {
    const talk = talkWith(OTHER, 'telegram:77770199');
    talk.text('/unlink 0199');
    talk.text('/unlink Telegram …0199');
    talk.text('/unlink 7777');
    expect(talk.bodies).toEqual([
      said.several,
      `${said.unlinkSure('Telegram …0199')} ${texts.zones.yesOrNo}`,
      said.noSuch('7777'),
    ]);
  });
});

test('the chat from which the person unlinks it hears so, and no other chat that goes', () => {
  for (const [writes, hears] of [
    [TELEGRAM, true],
    [OTHER, false],
  ] as const) {
    const talk = talkWith(TELEGRAM, OTHER);
    const conversation = { ...talk.state.conversation, sender: 'telegram:1001', answerTo: writes };
    const timer = { kind: 'let-go', ref: `1 ${TELEGRAM}`, dueAt: 0, attempts: 0 } as const;
    talk.state = { ...talk.state, conversation, timers: [timer] };
    talk.on({ type: 'unlinked', ref: timer.ref, addresses: [TELEGRAM] });
    const text = said.unlinkedHere('WhatsApp …0123');
    const last = expect.objectContaining({ do: 'say-last', from: 'telegram:1001', to: TELEGRAM, text });
    expect(talk.effects).toEqual(hears ? [last] : []);
    expect(talk.bodies).toEqual([said.unlinked('Telegram …2342')]);
  }
});

test('what waits for an address that goes is sent where the conversation began, from our address there', () => {
  const talk = talkWith(TELEGRAM);
  const window = { refusedAt: null, nudgedAt: null, movedAt: null };
  const first = talk.state.conversation.sender;
  const windows = [
    { ...window, sender: 'whatsapp:+15555550177', lastInboundAt: 1 },
    { ...window, sender: first, lastInboundAt: 2 },
    { ...window, sender: 'telegram:1001', lastInboundAt: 3 },
  ];
  const conversation = { ...talk.state.conversation, sender: 'telegram:1001', answerTo: TELEGRAM };
  talk.state = { ...talk.state, conversation, windows };
  talk.on({ type: 'notify', id: 'N1', kind: 'alert', text: 'hello' });
  expect(talk.reply()).toMatchObject({ from: 'telegram:1001', to: TELEGRAM });
  talk.on({ type: 'unbind', address: TELEGRAM });
  talk.on({ type: 'send-begin' });
  const here = { state: 'ready', from: first, to: talk.state.conversation.address };
  expect(talk.state.replies.map(({ state }) => state)).toEqual(['replaced', 'ready']);
  expect(talk.reply(1)).toMatchObject(here);
  talk.on({ type: 'notify', id: 'N2', kind: 'alert', text: 'hello' });
  expect(talk.reply(2)).toMatchObject(here);
});
