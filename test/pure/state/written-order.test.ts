import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NEW_MESSAGE } from '../../../src/conversation/state/messages.ts';
import type { Message } from '../../../src/conversation/state/rows.ts';
import { inWrittenOrder } from '../../../src/conversation/state/written-order.ts';
import { startBodyOf } from '../../../src/objects/attempt-request.ts';
import { CHANNELS, PLACES } from '../channels.ts';
import { afterReading, talkOn } from '../conversation.ts';

// Texts of one chat whose webhooks overtook each other.

const { address, senders } = PLACES.telegram;
const idOf = (number: number): string => `tg:1001:4815162342:${number}`;
const TOKENS = { model: { token: 'm', expires_at: 1 }, connect: null };

test('texts that gather are read in the order in which they were written', () => {
  const talk = talkOn(address, senders[0], { gatherMs: 1_000 });
  talk.text('and the third part of it,', 0, { providerId: idOf(103) });
  talk.text('This is the first part,', 0, { providerId: idOf(101) });
  talk.text('the second part,', 0, { providerId: idOf(102) });
  talk.fire('gather');
  const { messages } = startBodyOf(afterReading(talk.state, { rows: 'grants' }), TOKENS, talk.policy, talk.now);
  expect(messages.map((m) => m.text)).toEqual([
    'This is the first part,',
    'the second part,',
    'and the third part of it,',
  ]);
});

const text = (seq: number, from: string, providerId: string): Message => ({
  ...{ seq, providerId, uuid: `${seq}`, from, to: senders[0], text: '', attachments: 0, receivedAt: 0 },
  ...NEW_MESSAGE,
});
const order = (...messages: Message[]): number[] => inWrittenOrder(messages, CHANNELS).map(({ seq }) => seq);

test('a text of another chat, a change and a text without a number keep their places', () => {
  const whatsApp = text(2, PLACES.whatsapp.address, 'SM1');
  const changed = text(3, address, `${idOf(1)}:e9`);
  const other = text(4, 'telegram:7', 'tg:1001:7:1');
  expect(order(text(1, address, idOf(10)), whatsApp, changed, other, text(5, address, idOf(9)))).toEqual([
    5, 2, 3, 4, 1,
  ]);
});

test('no text is lost or doubled, and those of a chat stand in the order of their numbers', () => {
  const sent = fc.record({ from: fc.constantFrom(address, 'telegram:7'), number: fc.integer({ min: 1, max: 20 }) });
  fc.assert(
    fc.property(fc.array(sent, { maxLength: 30 }), (all) => {
      const rows = all.map(({ from, number }, n) =>
        text(n, from, `tg:1001:${from.slice('telegram:'.length)}:${number}`),
      );
      const sorted = inWrittenOrder(rows, CHANNELS);
      expect(new Set(sorted)).toEqual(new Set(rows));
      expect(sorted.map(({ from }) => from)).toEqual(rows.map(({ from }) => from));
      for (const from of [address, 'telegram:7']) {
        const numbers = sorted
          .filter((m) => m.from === from)
          .map((m) => CHANNELS(from).readId?.(m.providerId)?.number ?? 0);
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      }
    }),
  );
});
