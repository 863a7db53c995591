import { expect, test } from 'vitest';
import { planMove } from '../../../src/conversation/access/sender-move.ts';
import { withAccess } from '../../../src/conversation/state/access.ts';
import { newAddress } from '../../../src/conversation/state/person.ts';
import { texts } from '../../../src/texts/index.ts';
import { PLACES } from '../channels.ts';
import { Talk } from '../conversation.ts';

// One person, when everybody is moved to another of our senders. test/edge/sender-move.test.ts moves many.

const [OLD, NEW] = PLACES.whatsapp.senders;
const [SMS] = PLACES.sms.senders;
const [BOT] = PLACES.telegram.senders;
const TEMPLATE = 'HX1';

class Moved extends Talk {
  plan(to: string, works = false) {
    return planMove(this.state, { from: OLD, to, works }, this.context());
  }
  move(to: string, works = false, link: { chat: string; code: string } | null = null): this {
    const act = { do: 'move-sender', from: OLD, to, works, chat: null, code: null, ...link } as const;
    this.on({ type: 'operated', act });
    return this;
  }
  waits(text: string): this {
    this.on({ type: 'notify', id: this.context().id(), kind: 'answer', text });
    return this;
  }
  /** What the carrier takes. */
  leaves(): string[] {
    const taken: string[] = [];
    for (let n = 0; n < 20; n++) {
      this.now += 2000;
      this.on({ type: 'send-begin', shown: null });
      const reply = this.state.replies.find(({ state }) => state === 'sending');
      if (!reply) continue;
      taken.push(`${reply.from}: ${reply.template ?? reply.body}`);
      this.on({ type: 'send-accepted', reply: reply.id, attempt: reply.attempt, sid: `SM${reply.id}` });
    }
    return taken;
  }
}

const shown = (sender: string): string => texts.senderMove.nameSender('WhatsApp', sender.replace('whatsapp:', ''));

test('to another number of a channel with a window: the template asks them to write there, then the rest follows', () => {
  const talk = new Moved(0, { nudgeTemplate: TEMPLATE });
  talk.waits('one');
  expect(talk.plan(NEW)).toMatchObject({ way: 'asked', hasCode: false });
  expect(talk.move(NEW).leaves()).toEqual([`${NEW}: ${TEMPLATE}`]);
  const text = talk.text('hello');
  const { seq, providerId, uuid } = { seq: 9, providerId: 'SM9', uuid: '00000000-0000-5000-8000-000000000009' };
  talk.on({ type: 'message', message: { ...text, seq, providerId, uuid, to: NEW } });
  const after = talk.leaves().join('\n');
  expect(after).toContain(`${NEW}: I can’t write to you from ${shown(OLD)} any more.`);
  expect(after).toContain('one');
  expect(after).not.toContain(`${OLD}:`);
});

test('without a template, nobody is told and nothing changes', () => {
  const talk = new Moved().waits('one');
  const before = talk.state;
  expect(talk.plan(NEW)).toEqual({ way: 'nobody', hasCode: false, micros: 0 });
  expect(talk.move(NEW).state.replies).toEqual(before.replies);
  expect(talk.state.conversation.sender).toBe(OLD);
});

test('somebody who uses another sender, or is out, isn’t moved', () => {
  const talk = new Moved();
  expect(planMove(talk.state, { from: NEW, to: SMS, works: false }, talk.context()).way).toBe('none');
  talk.isAllowed = false;
  expect(talk.plan(SMS).way).toBe('none');
});

test('what costs money is counted: the notice, and each part that waits', () => {
  const talk = new Moved(0, { simulated: [] });
  const { micros } = talk.plan(SMS);
  expect(micros).toBeGreaterThan(0);
  talk.waits('one').waits('two');
  expect(talk.plan(SMS).micros).toBeGreaterThan(micros);
});

test('a code goes only to somebody who is a stranger there, by a channel that nobody else reads', () => {
  const talk = new Moved();
  const addresses = (address: string) => ({ addresses: [newAddress(address, 'text', 0)] });
  expect(talk.plan(BOT, true)).toMatchObject({ way: 'old', hasCode: true });
  talk.state = { ...talk.state, ...addresses(PLACES.telegram.address) };
  expect(talk.plan(BOT, true)).toMatchObject({ way: 'old', hasCode: false });
  const window = { sender: SMS, lastInboundAt: 0, refusedAt: null, nudgedAt: null, movedAt: null };
  talk.state = { ...talk.state, ...addresses(PLACES.sms.address), windows: [window] };
  expect(talk.plan(BOT)).toMatchObject({ way: 'other', hasCode: false });
  // It was planned while they wrote elsewhere.
  const link = { chat: 'https://t.me/my_roost_bot?start=link_K7QA2MDB', code: 'K7QA-2MDB' };
  const told = talk.move(BOT, false, link).leaves().join();
  expect(told).toContain(`${SMS}: I can’t write to you from ${shown(OLD)} any more.`);
  expect(told).not.toContain('K7QA');
});

test('somebody with a PIN gets no code by itself: whoever has their phone would link theirs without it', () => {
  const talk = new Moved();
  expect(talk.plan(BOT, true)).toMatchObject({ way: 'old', hasCode: true });
  talk.state = withAccess(talk.state, { pin: 'sealed 4821' });
  expect(talk.plan(BOT, true)).toMatchObject({ way: 'old', hasCode: false });
  // The PIN came after the plan.
  const [told = ''] = talk.move(BOT, true, { chat: 'https://t.me/roost?start=K7QA2MDB', code: 'K7QA-2MDB' }).leaves();
  expect(told).not.toContain('2MDB');
  expect(told).toContain('text /link and your PIN here');
});

test('nobody gets a code for a channel whose sender can be forged: it would not count there', () => {
  const talk = new Talk();
  const conversation = { ...talk.state.conversation, address: 'telegram:4815162342', sender: BOT };
  const windows = [{ sender: BOT, lastInboundAt: 0, refusedAt: null, nudgedAt: null, movedAt: null }];
  talk.state = { ...talk.state, conversation, windows };
  expect(planMove(talk.state, { from: BOT, to: SMS, works: true }, talk.context())).toMatchObject({ hasCode: false });
});

test('a file that waits leaves as a link in its words where another channel takes over', () => {
  const talk = new Moved();
  talk.state = { ...talk.state, addresses: [newAddress(PLACES.sms.address, 'text', 0)] };
  const asked = talk.text('send me the report');
  talk.taken();
  const file = { id: 'ab'.repeat(32), name: 'report.pdf', type: 'application/pdf', size: 3000 };
  talk.machine({ type: 'request', request_id: 'r1', request: { kind: 'send_file', file, caption: 'As of today' } });
  const id = talk.state.outgoing[0]?.id ?? '';
  const link = 'https://relay.example.com/media/x';
  talk.on({ type: 'outgoing-stored', id, link, goes: 'captioned', expiresAt: talk.now + 60_000 });
  talk.answer('done', asked);
  talk.move(SMS);
  const moved = talk.state.replies.filter(({ from, state }) => from === SMS && state === 'ready');
  expect(moved.filter(({ media }) => media !== null)).toEqual([]);
  expect(moved.some(({ body }) => body.includes(link))).toBe(true);
});
