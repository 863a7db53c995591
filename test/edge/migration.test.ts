import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, expect, test } from 'vitest';
import first from '../../migrations/conversation/0001_first_text.sql';
import firstOfDirectory from '../../migrations/directory/0001_alerts_and_watermarks.sql';
import { CONVERSATION } from '../../migrations/scripts.ts';
import { migrateConversation } from '../../src/objects/migrations.ts';
import { ConversationStore } from '../../src/objects/stores/conversation-store.ts';
import { useClock } from './clock.ts';
import { answerTo, Person, quiet, type Row } from './person.ts';
import { stubOf, useOutside } from './relay.ts';

// An object of the release before gets this schema, keeps everything and continues; and after a rollback that release
// still writes its rows on this schema.

quiet();
const clock = useClock();
const world = useOutside();
const TURN = '01J0000000000000000000000A';
const ATTEMPT = `${TURN}.2`;
const SESSION = '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10';
const uuid = (n: number): string => `00000000-0000-5000-8000-00000000000${n}`;

beforeEach(() => clock.freeze());

type Tables = Record<string, Row[]>;

/** The rows of an object in the middle of its second attempt, with that release's columns. */
function oldRows(person: Person): Tables {
  const now = Date.now();
  const message = (seq: number, state: string, turn: string | null): Row => ({
    seq,
    provider_id: `SM${seq}`,
    uuid: uuid(seq),
    from: person.address,
    to: person.ours,
    text: `text ${seq}`,
    attachments: 0,
    received_at: now,
    tried: Number(state === 'failed'),
    state,
    turn,
  });
  const reply = (seq: number, state: string, kind: string, sid: string | null): Row => ({
    id: `01J000000000000000000000R${seq}`,
    seq,
    turn: kind === 'answer' ? 'T1' : TURN,
    part: 0,
    kind,
    from: person.ours,
    to: person.address,
    body: `reply ${seq}`,
    state,
    attempt: sid === null ? 0 : 1,
    intent_at: sid === null ? null : now,
    sid,
    error_code: state === 'failed' ? 63016 : null,
    created_at: now,
  });
  const turn = (id: string, state: string, attempts: number): Row => ({
    id,
    project: 'main',
    state,
    opened_at: now,
    ended_at: state === 'open' ? null : now,
    attempts,
    tell_at: null,
    told_unreachable: 0,
    unreachable_since: null,
  });
  const attempt = (of: string, n: number, state: string): Row => ({
    turn: of,
    n,
    state,
    journal: 'JOURNAL1',
    last_seq: 1,
    opened_at: now,
    ended_at: state === 'ended' ? now : null,
    outcome: state === 'ended' ? 'interrupted' : null,
  });
  return {
    conversation: [
      {
        id: 1,
        address: person.address,
        sender: person.ours,
        project: 'main',
        next_reply_seq: 4,
        last_inbound_id: 'SM4',
        pace_until: 0,
        paced_reply: null,
        typing_at: now,
      },
    ],
    projects: [{ id: 'main', label: 'main', session_id: SESSION }],
    messages: [
      message(1, 'consumed', 'T1'),
      message(2, 'failed', 'T1'),
      message(3, 'active', TURN),
      message(4, 'waiting', null),
    ],
    turns: [turn('T1', 'failed', 5), turn(TURN, 'open', 2)],
    attempts: [attempt('T1', 5, 'ended'), attempt(TURN, 1, 'ended'), attempt(TURN, 2, 'running')],
    replies: [
      reply(1, 'delivered', 'answer', 'SMold1'),
      reply(2, 'failed', 'answer', 'SMold2'),
      reply(3, 'ready', 'notice', null),
    ],
    timers: [{ kind: 'reach', ref: TURN, due_at: now, attempts: 1 }],
  };
}

/** An object as the release before left it. */
async function ofTheReleaseBefore(person: Person): Promise<Tables> {
  const tables = oldRows(person);
  await runInDurableObject(stubOf(person.address), async (_, { storage }) => {
    await storage.deleteAll();
    const { sql } = storage;
    sql.exec(first);
    sql.exec('CREATE TABLE _migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL)');
    sql.exec(`INSERT INTO _migrations VALUES ('0001_first_text', 0)`);
    for (const [table, rows] of Object.entries(tables)) {
      for (const row of rows) {
        const names = Object.keys(row).map((name) => `"${name}"`);
        const marks = names.map(() => '?').join(', ');
        sql.exec(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`, ...Object.values(row));
      }
    }
    await storage.setAlarm(Date.now() + 60_000);
  });
  await person.evicted();
  return tables;
}

test('everything is kept, the new columns say nothing, and it is brought there once', async () => {
  const person = new Person(world);
  const tables = await ofTheReleaseBefore(person);
  for (const [table, rows] of Object.entries(tables)) {
    const now = await person.rows(`SELECT * FROM ${table}`);
    expect(now, table).toHaveLength(rows.length);
    for (const row of rows) expect(now).toContainEqual(expect.objectContaining(row));
  }
  const added: Record<string, Row> = {
    conversation: { queue_mode: null, verbose: 0, opted_out_at: null },
    messages: { stopped_at: null, steered: 0 },
    turns: {
      stopping: null,
      told_waiting: 0,
      told_full: 0,
      progress: null,
      progress_at: null,
      restarts: 0,
      trace: null,
    },
    replies: { template: null, copies: 0, doubled_sid: null },
  };
  for (const [table, columns] of Object.entries(added)) {
    for (const row of await person.rows(`SELECT ${Object.keys(columns).join(', ')} FROM ${table}`))
      expect(row, table).toEqual(columns);
  }
  const applied = 'SELECT name, applied_at FROM _migrations ORDER BY name';
  const names = await person.rows(applied);
  expect(names.map(({ name }) => name)).toEqual(CONVERSATION.map(({ name }) => name));
  expect(await person.rows('SELECT * FROM machine')).toEqual([]);
  clock.move(1000);
  await person.evicted();
  expect(await person.rows(applied)).toEqual(names);
});

test('it ends with the same tables as a new object', async () => {
  const tables = `SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT GLOB 'sqlite*' AND name NOT GLOB '_cf*' ORDER BY name`;
  const [old, fresh] = [new Person(world), new Person(world)];
  await ofTheReleaseBefore(old);
  await runInDurableObject(stubOf(fresh.address), (_, { storage }) => migrateConversation(storage));
  // The files of that release have comments and line ends, which the database keeps.
  const tight = (rows: Row[]): Row[] =>
    rows.map((row) => ({
      ...row,
      sql: String(row.sql)
        .replace(/--.*|\s+/g, ' ')
        .replace(/ ?([(),]) ?/g, '$1'),
    }));
  expect(tight(await old.rows(tables))).toEqual(tight(await fresh.rows(tables)));
  const applied = 'SELECT name FROM _migrations ORDER BY name';
  expect(await fresh.rows(applied)).toEqual(await old.rows(applied));
});

test('the directory of the release before is brought to this one, with its alerts', async () => {
  const old = env.DIRECTORY.getByName('of the release before');
  await runInDurableObject(old, async (_, { storage }) => {
    await storage.deleteAll();
    storage.sql.exec(firstOfDirectory);
    storage.sql.exec('CREATE TABLE _migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL)');
    storage.sql.exec(`INSERT INTO _migrations VALUES ('0001_alerts_and_watermarks', 0)`);
    storage.sql.exec(
      `INSERT INTO alerts (id, cause, text, count, first_at, last_at) VALUES ('A', 'c', 'old', 1, 0, 0)`,
    );
  });
  await runInDurableObject(old, (_, state) => state.abort('evicted by a test')).catch(() => undefined);
  const directory = env.DIRECTORY.getByName('of the release before');
  expect(await directory.alerts()).toMatchObject([{ id: 'A', text: 'old' }]);
  expect(await directory.machines()).toEqual([]);
  const known = { conversation: 'aa', name: 'roost-aa', image: 'i:1', settings: 'old', revertedFrom: null };
  expect(await directory.claimMachine('aa', 'roost-aa', 1)).toBe('taken');
  expect(await directory.claimMachine('bb', 'roost-bb', 1)).toBe('full');
  await directory.recordMachine(known);
  expect(await directory.machines()).toEqual([{ ...known, recordedAt: Date.now() }]);
  const wanted = { image: 'i:2', settings: 'new' };
  expect(await directory.nextToRoll(wanted)).toEqual({ ask: ['aa'], first: true });
  expect(await directory.tryFirst('new', 'aa')).toBe(true);
  await directory.recordMachine({ ...known, revertedFrom: 'new' });
  expect(await directory.nextToRoll(wanted)).toEqual({ ask: [], first: false });
  expect(await directory.tryFirst('new', 'aa')).toBe(false);
});

test('it carries on: the attempt is followed, the reply leaves, what waited is next, what failed can be retried', async () => {
  const person = new Person(world);
  world.outside.events.set(ATTEMPT, [{ type: 'started' }]);
  await ofTheReleaseBefore(person);
  await person.ring();
  const attach = await world.outside.until(() => world.outside.attaches[0]);
  expect(attach).toMatchObject({ attempt: ATTEMPT, lastEventId: '1' });
  person.tells(ATTEMPT, ...answerTo([uuid(3)], 'answer 3'));
  expect(await person.asked(0)).toMatchObject({ texts: ['text 4'], uuids: [uuid(4)], continues: false });
  await person.answered(0, 'answer 4');
  await person.comesToRest(clock);
  expect(person.bodies()).toEqual(['reply 3', 'answer 3', 'answer 4']);
  await person.says('/retry');
  expect(await person.asked(1)).toMatchObject({ texts: ['text 2'], uuids: [uuid(2)], continues: true });
});

test('the release before writes its rows on this schema, and this one reads them', async () => {
  const person = new Person(world);
  await runInDurableObject(stubOf(person.address), (_, { storage }) => {
    migrateConversation(storage);
    const { sql } = storage;
    const keys: Record<string, string[]> = { turns: ['id'], attempts: ['turn', 'n'], timers: ['kind', 'ref'] };
    const tables = oldRows(person);
    for (const [table, rows] of Object.entries(tables)) {
      // That release's first write of a row, and a change of a row.
      for (const row of [...rows, ...rows]) {
        if (table === 'messages') {
          const { provider_id, uuid: of, from, to, text, attachments, received_at, state, turn, tried, seq } = row;
          const added = sql.exec(
            `INSERT INTO messages (provider_id, uuid, "from", "to", text, attachments, received_at, tried, state)
             VALUES (?, ?, ?, ?, ?, ?, ?, 0, 'waiting') ON CONFLICT (provider_id) DO NOTHING RETURNING *`,
            ...[provider_id, of, from, to, text, attachments, received_at].map((value) => value ?? null),
          );
          added.toArray();
          const changed = [state, turn, tried, seq].map((value) => value ?? null);
          sql.exec('UPDATE messages SET state = ?, turn = ?, tried = ? WHERE seq = ?', ...changed);
        } else {
          const names = Object.keys(row).map((name) => `"${name}"`);
          sql.exec(
            `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
             ON CONFLICT (${(keys[table] ?? ['id']).join(', ')}) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
            ...Object.values(row),
          );
        }
      }
      expect(sql.exec(`SELECT count(*) AS n FROM ${table}`).one()).toEqual({ n: rows.length });
    }
    const state = new ConversationStore(storage).load();
    expect(state.conversation).toMatchObject({ verbose: false, queueMode: null, optedOutAt: null, welcomed: true });
    expect(state.turns).toMatchObject([{ id: TURN, stopping: null, toldWaiting: false, progressAt: null }]);
    expect(state.messages).toMatchObject([
      { seq: 3, steered: false, stoppedAt: null },
      { seq: 4, steered: false, stoppedAt: null },
    ]);
    expect(state.replies).toMatchObject([{ body: 'reply 3', state: 'ready', template: null, copies: 0 }]);
    expect(state.timers).toHaveLength(1);
  });
});
