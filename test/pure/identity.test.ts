import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStatus, replyParameterOf } from '../../src/channels/twilio/status.ts';
import {
  askedChoiceIdOf,
  choiceIdOf,
  MEANT,
  meantChoiceIdOf,
  readAskedChoice,
  readChoiceId,
  readMeantChoice,
} from '../../src/conversation/state/choices.ts';
import { agentUuidOf } from '../../src/protocol/agent-uuid.ts';
import { advanceWatermark, findMissing, rangeOf } from '../../src/worker/reconcile-range.ts';
import { HEX, lookalikes, ULID } from '../lookalikes.ts';

// A person's messages and taps are told apart by their whole ids, wherever a decision depends on one.

const NOW = Date.parse('2026-11-21T10:00:00Z');
const OURS = 'whatsapp:+15555550100';
const sids = lookalikes(HEX).map((ids) => ids.map((id) => `SM${id}`));

test('messages whose ids look alike have uuids of their own', async () => {
  await fc.assert(
    fc.asyncProperty(sids, async (ids) => {
      const uuids = await Promise.all(ids.map(agentUuidOf));
      expect(new Set(uuids).size).toBe(ids.length);
    }),
  );
});

test('exactly the messages that were not handed over are taken from the carrier’s list, however similar their ids are', () => {
  fc.assert(
    fc.property(sids, fc.nat(), (ids, some) => {
      const fresh = { sender: OURS, reached: null, gapBelow: null, gapTop: null, recent: [], failingSince: null };
      const listed = ids.map((providerId) => ({
        ...{ providerId, from: 'whatsapp:+15555550123', to: OURS },
        ...{ text: 'hello', attachments: 0, at: NOW - 150_000 },
      }));
      const first = listed.slice(0, 1 + (some % ids.length));
      const after = advanceWatermark(fresh, rangeOf(fresh, NOW), first, null);
      const handedOver = findMissing(listed, after, rangeOf(after, NOW)).map(({ providerId }) => providerId);
      expect(handedOver.sort()).toEqual(ids.slice(first.length).sort());
    }),
  );
});

describe('an id that is read is the one that was written', () => {
  const some = lookalikes(ULID).chain((ids) => fc.constantFrom(...ids));
  /** An id, and similar ids: changed in case, zeros or ends. */
  const nearly = (id: string): string[] => [
    ...[id.toLowerCase(), id.toUpperCase(), ` ${id}`, `${id} `, `${id}\n`, `${id}0`, `0${id}`],
    ...[id.slice(1), id.slice(0, -1), id.slice(-8)],
    ...[...id.matchAll(/[:.](?=\d)/g)].map(({ index }) => `${id.slice(0, index + 1)}0${id.slice(index + 1)}`),
  ];

  test('of choices', () => {
    fc.assert(
      fc.property(some, fc.nat(99), fc.constantFrom(...MEANT), (ulid, n, choice) => {
        const ids = [
          choiceIdOf(ulid, n),
          askedChoiceIdOf(ulid, n),
          meantChoiceIdOf({ question: ulid, message: n, choice }),
        ];
        const written = (id: string): string | null => {
          const [chosen, asked, meant] = [readChoiceId(id), readAskedChoice(id), readMeantChoice(id)];
          if (chosen) return choiceIdOf(chosen.question, chosen.option);
          if (asked) return askedChoiceIdOf(asked.asking, asked.option);
          return meant && meantChoiceIdOf(meant);
        };
        for (const id of ids) {
          expect(written(id)).toBe(id);
          for (const other of nearly(id)) expect([null, other]).toContain(written(other));
        }
      }),
    );
  });

  test('of replies in callbacks', () => {
    const form = { MessageSid: `SM${'0'.repeat(32)}`, MessageStatus: 'sent', To: OURS };
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 9999 }), (reply, attempt) => {
        const r = replyParameterOf(reply, attempt);
        const written = (said: string): string | null => {
          const update = parseStatus(form, said);
          return update && replyParameterOf(update.reply, update.attempt);
        };
        expect(written(r)).toBe(r);
        for (const other of nearly(r)) expect([null, other]).toContain(written(other));
      }),
    );
  });
});
