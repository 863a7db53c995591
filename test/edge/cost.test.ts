import { runInDurableObject } from 'cloudflare:test';
import { afterEach, expect, test, vi } from 'vitest';
import { TELL_GAP_MS } from '../../src/conversation/overview/due.ts';
import { Conversation } from '../../src/objects/conversation.ts';
import { OverviewShard } from '../../src/objects/overview-shard.ts';
import { tellCounted } from '../counted.ts';
import {
  type Counted,
  countRows,
  logStatements,
  logStatementsOf,
  newPerson,
  post,
  rows,
  shardOf,
  stubOf,
  text,
  textForm,
  useOutside,
  vars,
} from './relay.ts';

// The cost of one text and its one-part answer in rows, statements, requests and alarms. It is the same after years of
// history.

/**
 * Each statement of a turn with the rows that it writes, and the fewest that would do. A row, its entry in each index,
 * and a changed row each count; alarms are billed as one more each. The fewest: what has to be durable before a 200, a
 * request or a reply leaves, in the table and in the index by which it is found again.
 */
const LEDGER: [statement: string, written: number, fewest: number, why: string][] = [
  ['select messages', 0, 0, 'is the provider’s id known?'],
  ['select messages', 0, 0, 'the next number'],
  ['select replies', 0, 0, 'replies kept back until the person writes'],
  ['insert messages', 4, 3, 'the row, the index of provider ids, that of open texts, and the count of AUTOINCREMENT'],
  ['insert turns', 3, 2, 'the row, the index of the open turn, and an index of ids that an earlier release made'],
  ['insert attempts', 2, 2, 'the row and the index of the open attempt'],
  [
    'update conversation: last_inbound_id, typing_at, spending, access, figures',
    1,
    1,
    'what shows typing again, the count of the day, and what the text cost',
  ],
  ['update windows: last_inbound_at', 1, 1, 'the carrier’s 24 hours'],
  ['select grants', 0, 0, 'for the request to the machine'],
  ['update attempts: state, journal, opened_at', 1, 1, 'the machine has it, in this journal'],
  ['update turns: tell_at', 1, 0, 'the notice that the machine doesn’t answer is off'],
  ['update conversation: spending', 1, 1, 'money set aside, before the request to the model leaves'],
  ['update conversation: spending, figures', 1, 1, 'what its answer cost, alone and in the figures of the day'],
  ['update attempts: last_seq, opened_at', 1, 1, 'the place in the journal, with the result'],
  ['update messages: state, session', 2, 2, 'answered: the row, and the index of the session'],
  ['insert replies', 4, 3, 'the row, its number, the index of open replies, and an entry of carrier ids, still empty'],
  ['update conversation: next_reply_seq, figures', 1, 0, 'the next reply’s number; the turn in the figures of the day'],
  ['update projects: used_at, messages_since', 1, 1, 'the order of /projects, the hint at a long session'],
  ['update replies: state, attempt, intent_at', 2, 2, 'the intent to send, before the request leaves'],
  ['select turns', 0, 0, 'the trace of the reply, for the log'],
  ['update replies: state, sid', 2, 2, 'taken by the carrier: the row and the index of carrier ids'],
  [
    'update conversation: pace_until, paced_reply, spending, figures',
    1,
    0,
    'the next reply waits for this one; what it cost',
  ],
  ['insert steps', 1, 1, 'what it did, for the operator'],
  ['update attempts: state, last_seq, ended_at, outcome', 1, 1, 'the attempt is over'],
  ['update turns: state, ended_at, spent', 1, 1, 'the turn is over, and what it cost'],
  ['select replies', 0, 0, 'the reply of the callback “sent”'],
  ['update replies: state', 1, 1, 'sent'],
  ['update conversation: pace_until, paced_reply', 1, 0, 'the next reply may leave'],
  ['select replies', 0, 0, 'the reply of the callback “delivered”'],
  ['update replies: state', 1, 1, 'delivered'],
];
/** Each text was inserted and changed, and each event of the agent was committed by itself. */
const WRITTEN_ONCE = 42;

const world = useOutside();

/** One text, answered with one request to the model, and delivered. */
async function oneTurn(person: string): Promise<void> {
  const before = world.outside.starts.length;
  await text(person, 'hello');
  const { attempt, body } = await world.outside.until(() => world.outside.starts[before]);
  const uuids = body.messages.map((m) => m.uuid);
  const request = { id: attempt, attempt, model: 'claude-opus-5' };
  await stubOf(person).beginModelRequest({ ...request, bytes: 40_000, counts: true });
  const usage = { input: 100, write5m: 900, write1h: 0, read: 9000, output: 200, searches: 0 };
  await stubOf(person).endModelRequest({ ...request, usage, isFree: false, bytes: 40_000 });
  world.outside.emit(
    attempt,
    { type: 'started' },
    { type: 'session', session_id: '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10' },
    { type: 'result', text: 'hi', is_error: false, user_message_uuids: uuids, cost_usd: 0 },
    { type: 'ending' },
    { type: 'steps', steps: [{ name: 'Bash', after_ms: 100, ms: 20, outcome: 'ok' }], left_out: 0 },
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

const sumOf = (statements: readonly Counted[]): Counted => ({
  read: statements.reduce((sum, { read }) => sum + read, 0),
  written: statements.reduce((sum, { written }) => sum + written, 0),
});

/** The calls of any conversation's methods from now on: requests, and alarms. */
function countCalls(): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(Conversation.prototype))) {
    if (typeof value !== 'function' || INNER.includes(name)) continue;
    vi.spyOn(Conversation.prototype, name as 'accept').mockImplementation(function (this: Conversation, ...args) {
      calls[name] = (calls[name] ?? 0) + 1;
      return (value as (...all: unknown[]) => never).apply(this, args);
    });
  }
  return calls;
}
/** Called only from inside. */
const INNER = ['constructor', 'isHome', 'offset', 'wake'];
afterEach(() => {
  vi.restoreAllMocks();
});

test('a turn writes the rows of the ledger, in two requests after its text’s and two for its answer, and as many after 5,000 turns', async (context) => {
  const person = newPerson();
  await oneTurn(person);
  await oneTurn(person);
  const statements = await logStatements(person);
  const calls = countCalls();
  await oneTurn(person);
  expect(calls).toEqual({ accept: 1, beginModelRequest: 1, endModelRequest: 1, status: 2 });
  const early = statements.splice(0);
  const lines = (of: { what: string; written: number }[]) => of.map(({ what, written }) => `${written} ${what}`).sort();
  expect(lines(early)).toEqual(lines(LEDGER.map(([what, written]) => ({ what, written }))));
  const { read, written } = sumOf(early);
  const fewest = LEDGER.reduce((sum, [, , least]) => sum + least, 0);
  tellCounted(context, {
    'rows written a turn': written,
    'rows written a turn, the fewest that would do': fewest,
    'rows read a turn': read,
    'requests to the object a turn': Object.values(calls).reduce((sum, times) => sum + times, 0),
  });
  expect({ read, written, fewest }).toEqual({ read: 34, written: 35, fewest: 28 });
  expect(written - fewest).toBeLessThanOrEqual((WRITTEN_ONCE - fewest) / 2);
  await addHistory(person, 5_000);
  statements.length = 0;
  await oneTurn(person);
  expect(sumOf(statements)).toEqual({ read, written });
});

test('what a turn tells the overview writes two rows there at most: after its first five seconds, and when it has ended', async (context) => {
  const person = newPerson();
  const later = shortenTellings();
  const [told, tell] = [vi.fn(), OverviewShard.prototype.tell];
  vi.spyOn(OverviewShard.prototype, 'tell').mockImplementation(function (this: OverviewShard, summary) {
    told(summary.live?.state ?? null);
    return tell.call(this, summary);
  });
  const isTold = () => world.outside.until(() => told.mock.lastCall?.[0] === null);
  await oneTurn(person);
  await isTold();
  const statements = await logStatementsOf(shardOf(person));
  told.mockClear();
  later.move();
  await oneTurn(person);
  await isTold();
  const written = statements.filter((one) => one.written > 0);
  tellCounted(context, {
    'rows that a turn writes in the overview': sumOf(statements).written,
    'requests to the overview for a short turn': told.mock.calls.length,
  });
  // Whether the turn has lasted long enough to be told before its end depends on this computer.
  expect(written.map((one) => `${one.written} ${one.what}`).filter((one) => one !== '1 insert begun')).toEqual([
    '1 update people: told',
  ]);
  expect(written.length).toBeLessThanOrEqual(2);
  expect(sumOf(statements).read).toBeLessThanOrEqual(3 * told.mock.calls.length + 1);
});

/** The tellings that wait for seconds leave a moment later; `move`: the last telling was long ago. */
function shortenTellings(): { move: () => void } {
  const [wait, now] = [globalThis.setTimeout, Date.now];
  let ahead = 0;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) =>
    wait(run, ms !== undefined && ms > 1000 && ms <= TELL_GAP_MS ? 50 : ms)) as typeof setTimeout);
  vi.spyOn(Date, 'now').mockImplementation(() => now() + ahead);
  return {
    move: () => {
      ahead += TELL_GAP_MS;
    },
  };
}

test('an alarm of a running attempt reads and writes nothing', async (context) => {
  const person = newPerson();
  await text(person, 'hello');
  const { attempt } = await world.outside.until(() => world.outside.starts[0]);
  world.outside.emit(attempt, { type: 'started' });
  await world.outside.until(async () => (await rows(person, 'SELECT 1 FROM attempts WHERE last_seq = 1'))[0]);
  const statements = await logStatements(person);
  await runInDurableObject(stubOf(person), (object) => object.alarm());
  const { read, written } = sumOf(statements);
  tellCounted(context, { 'rows that an alarm of a running attempt reads and writes': read + written });
  expect(statements).toEqual([]);
});

test('a repeated message writes nothing', async () => {
  const person = newPerson();
  const form = textForm(person, '/help');
  await post('/webhooks/twilio', form);
  await world.outside.until(() => world.outside.sent[0]);
  await world.outside.until(async () => (await rows(person, `SELECT 1 FROM replies WHERE state = 'accepted'`))[0]);
  const counted = await countRows(person);
  await post('/webhooks/twilio', form);
  expect(counted.written).toBe(0);
  expect(await rows(person, 'SELECT 1 FROM messages')).toHaveLength(1);
});
