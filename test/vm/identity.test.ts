import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Answer, EventBody, Request } from '../../src/protocol/index.ts';
import { Journal } from '../../vm/src/journal/journal.ts';
import { RequestTable } from '../../vm/src/journal/request-table.ts';
import { HEX, lookalikes, ULID } from '../lookalikes.ts';

// The machine's journal identifies everything by its whole id: conversation, attempt, message and request.

const said: Request = { kind: 'ask', question: 'Which?', options: ['a', 'b'], multiple: false } as unknown as Request;
const started: EventBody = { type: 'started' };
const over: EventBody = { type: 'ended', outcome: 'done', reason: '' };

const kept = fc
  .record({
    conversations: lookalikes(HEX, { most: 3 }),
    turns: lookalikes(ULID, { most: 3 }),
    uuids: lookalikes(HEX, { most: 4 }),
    requests: lookalikes(ULID, { most: 3 }),
    which: fc.infiniteStream(fc.boolean()),
  })
  .map(({ conversations, turns, uuids, requests, which }) => {
    const some = <T>(all: readonly T[]): T[] => all.filter(() => which.next().value);
    const attempts = conversations.flatMap((conversation) =>
      turns.flatMap((turn) => [1, 11].map((n) => ({ conversation, attempt: `${turn}.${n}` }))),
    );
    return {
      uuids,
      requests,
      attempts: attempts.map((one) => ({ ...one, given: some(uuids), asked: some(requests) })),
    };
  });

test('ids that look alike are different conversations, attempts, messages and requests', () => {
  fc.assert(
    fc.property(kept, ({ attempts, uuids, requests }) => {
      const folder = mkdtempSync(join(tmpdir(), 'roost-identity-'));
      const journal = new Journal(folder, 0);
      const table = new RequestTable(journal.db);
      try {
        for (const { conversation, attempt, given, asked } of attempts) {
          expect(journal.find(conversation, attempt)).toBeNull();
          journal.begin(conversation, attempt, { ...request, messages: [] }, 0);
          for (const uuid of given) expect(journal.addMessage(conversation, attempt, uuid)).toBe(true);
          for (const uuid of given) expect(journal.addMessage(conversation, attempt, uuid)).toBe(false);
          for (const id of asked) table.add(conversation, attempt, id, said);
          for (const id of asked) table.answer(conversation, attempt, id, answerOf(conversation, attempt, id));
          journal.append(conversation, attempt, [started, over], 0);
        }
        for (const { conversation, attempt, given, asked } of attempts) {
          expect(journal.messagesOf(conversation, attempt).sort()).toEqual([...given].sort());
          for (const uuid of uuids) {
            expect(journal.hasMessage(conversation, attempt, uuid)).toBe(given.includes(uuid));
          }
          for (const id of requests) {
            const found = table.find(conversation, attempt, id)?.answer ?? null;
            expect(found).toEqual(asked.includes(id) ? answerOf(conversation, attempt, id) : null);
          }
          const told = journal.eventsAfter(conversation, attempt, 0, 10);
          expect(told.map(({ seq, event }) => [seq, event])).toEqual([
            [1, started],
            [2, over],
          ]);
        }
      } finally {
        journal.close();
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 15, endOnFailure: true },
  );
});

const answerOf = (...ids: string[]): Answer => ({ kind: 'text', text: ids.join(' ') }) as unknown as Answer;
const request = {
  project: 'main',
  session_id: null,
  continues: false,
  messages: [],
  limits: { turn_ms: 1000, silence_ms: 1000 },
};
