import { runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { countRows, newPerson, post, rows, stubOf, text, textForm, useOutside, vars } from './relay.ts';

// The cost in rows of one text and its one-part answer, which is the same after years of history.

const world = useOutside();

/** One text, answered and delivered. */
async function oneTurn(person: string): Promise<void> {
  const before = world.outside.starts.length;
  await text(person, 'hello');
  const { attempt, body } = await world.outside.until(() => world.outside.starts[before]);
  const uuids = body.messages.map((m) => m.uuid);
  world.outside.emit(
    attempt,
    { type: 'started' },
    { type: 'session', session_id: '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10' },
    { type: 'result', text: 'hi', is_error: false, user_message_uuids: uuids, cost_usd: 0 },
    { type: 'ending' },
    { type: 'ended', outcome: 'done', reason: '' },
  );
  const sent = await world.outside.until(() => world.outside.sent[before]);
  await world.outside.until(() => world.outside.acknowledged.includes(attempt));
  for (const status of ['sent', 'delivered']) {
    const { pathname, search } = new URL(sent.statusCallback);
    const fields = { MessageSid: sent.sid, MessageStatus: status, To: person };
    await post(`${pathname}${search}`, { ...fields, AccountSid: vars.TWILIO_ACCOUNT_SID as string });
  }
  await world.outside.until(
    async () => (await rows(person, `SELECT 1 FROM replies WHERE state != 'delivered'`)).length === 0,
  );
}

/** A long history in which everything is finished. */
function addHistory(person: string, turns: number): Promise<void> {
  const numbers = `WITH RECURSIVE old (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM old WHERE n < ${turns})`;
  return runInDurableObject(stubOf(person), (_, { storage }) => {
    storage.sql.exec(
      `${numbers} INSERT INTO messages (provider_id, uuid, "from", "to", text, attachments, received_at, tried, state, turn)
       SELECT 'OLD' || n, 'OLD' || n, '', '', 'old', 0, 0, 0, 'consumed', 'OLD' || n FROM old`,
    );
    storage.sql.exec(`${numbers} INSERT INTO turns (id, project, state, opened_at, ended_at, attempts, told_unreachable)
       SELECT 'OLD' || n, 'main', 'done', 0, 0, 1, 0 FROM old`);
    storage.sql.exec(`${numbers} INSERT INTO attempts (turn, n, state, journal, last_seq, opened_at, ended_at, outcome)
       SELECT 'OLD' || n, 1, 'ended', 'J', 5, 0, 0, 'done' FROM old`);
    storage.sql.exec(`${numbers} INSERT INTO questions (id, turn, n, request, project, generation, kind, text, options, state, asked_at)
       SELECT 'OLD' || n, 'OLD' || n, 1, 'r', 'main', 0, 'ask', 'old', '[]', 'closed', 0 FROM old`);
    storage.sql.exec(
      `${numbers} INSERT INTO replies (id, seq, turn, part, kind, "from", "to", body, state, attempt, intent_at, sid, created_at)
       SELECT 'OLD' || n, -n, 'OLD' || n, 0, 'answer', '', '', 'old', 'delivered', 1, 0, 'OLD' || n, 0 FROM old`,
    );
  });
}

test('a turn reads and writes the same number of rows at the beginning and after 5,000 turns', async () => {
  const person = newPerson();
  await oneTurn(person);
  const counted = await countRows(person);
  await oneTurn(person);
  const early = { ...counted };
  await addHistory(person, 5_000);
  Object.assign(counted, { read: 0, written: 0 });
  await oneTurn(person);
  expect(counted).toEqual(early);
  // A new row, its index, or a changed row each count; alarms are billed as one more each.
  expect(early.written).toBeLessThanOrEqual(45);
  expect(early.read).toBeLessThanOrEqual(70);
});

test('a repeated message writes nothing', async () => {
  const person = newPerson();
  const form = textForm(person, '/help');
  await post('/webhooks/twilio', form);
  await world.outside.until(() => world.outside.sent[0]);
  await world.outside.until(async () => (await rows(person, `SELECT 1 FROM replies WHERE state = 'accepted'`))[0]);
  const counted = await countRows(person);
  await post('/webhooks/twilio', form);
  // SQLite records the sequence number even when it is not used.
  expect(counted.written).toBeLessThanOrEqual(1);
  expect(await rows(person, 'SELECT 1 FROM messages')).toHaveLength(1);
});
