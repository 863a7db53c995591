import { beforeEach, describe, expect, test } from 'vitest';
import { toParts } from '../../src/channels/markup/text.ts';
import { EMPTIED_AT_ONCE } from '../../src/objects/stores/retention-store.ts';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import { Person, quiet } from './person.ts';
import { countRows, useOutside, vars } from './relay.ts';

// Old texts are emptied in the real object (RETENTION_DAYS): the words go, the rows stay, and nothing wakes an object
// without old texts.

quiet();
const clock = useClock();
const world = useOutside();
const DAY = 24 * 3_600_000;
const LONG = Array.from({ length: 40 }, (_, n) => `Paragraph ${n}. ${'word '.repeat(40)}`).join('\n\n');

beforeEach(() => {
  clock.freeze();
  vars.RETENTION_DAYS = '30';
});

/** Texts once, and has the answer. */
async function talked(person: Person, text: string, answer: string): Promise<void> {
  const before = world.outside.acknowledged.length;
  await person.says(text);
  await person.answered(before, answer);
  await person.runs(clock, async () => !(await person.replyStates()).includes('ready'));
}

const due = async (person: Person): Promise<number> =>
  (await person.rows<{ due_at: number }>("SELECT due_at FROM timers WHERE kind = 'empty'"))[0]?.due_at ?? 0;

/** The timer fires `times` times. */
async function wakes(person: Person, times = 1): Promise<void> {
  for (let n = 0; n < times; n++) {
    const before = await due(person);
    clock.move(Math.max(0, before - Date.now()));
    await person.ring();
    await world.outside.until(
      async () => (await due(person)) !== before && (await due(person)) !== Date.now() + 3_600_000,
    );
  }
}

const words = async (person: Person): Promise<string> =>
  (
    await person.rows<{ word: string }>(
      `SELECT text || coalesce(change_words, '') AS word FROM messages UNION ALL SELECT body FROM replies UNION ALL SELECT markdown FROM pages
       UNION ALL SELECT title FROM sessions UNION ALL SELECT coalesce(transcript, '') FROM files`,
    )
  )
    .map(({ word }) => word)
    .join('');

describe('texts older than the limit', () => {
  test('are emptied within a day, once; their rows stay, and newer ones keep their words', async () => {
    const person = new Person(world);
    await talked(person, 'tell me all', LONG);
    await person.rewrites('UPDATE messages SET change_words = 4711');
    const rows = (await person.replies()).length;
    await wakes(person);
    expect(await words(person)).toContain('tell me all');
    expect((await due(person)) - Date.now()).toBeLessThanOrEqual(30 * DAY);
    clock.move(20 * DAY);
    await talked(person, 'and today?', 'Fine.');
    await wakes(person);
    const left = await words(person);
    expect(left).toContain('and today?');
    expect(left).toContain('Fine.');
    expect(left).not.toMatch(/tell me|Paragraph|4711/);
    expect(await person.replies()).toHaveLength(rows + 1);
    expect(await person.messageStates()).toBe('consumed consumed');
    expect(toParts(LONG).length).toBeGreaterThan(2);
    await person.says('/more');
    expect((await person.gets(2)).body).toBe(texts.nothingMore);
    // The last texts go as well; then nothing waits.
    await wakes(person, 2);
    expect(await words(person)).toBe('');
    expect(await due(person)).toBe(0);
  });

  test('are words of every kind', async () => {
    const person = new Person(world);
    await talked(person, 'hello', 'hi');
    const old = Date.now() - 40 * DAY;
    const values: Record<string, Record<string, string | number>> = {
      files: {
        message: 1,
        n: 0,
        url: 'u',
        type: 't',
        name: 'secret',
        state: 'kept',
        attempts: 0,
        transcript: 'secret',
      },
      questions: {
        ...{ id: 'Q', turn: 'T', n: 1, request: 'r', project: 'main', generation: 0, kind: 'ask', text: 'secret' },
        ...{ options: '["secret"]', rule: 'secret', state: 'closed', answer: '"secret"', asked_at: old },
      },
      outgoing: {
        ...{ id: 'O', turn: 'T', n: 1, request: 'r', file: 'f', name: 'secret', type: 't', size: 1, caption: 'secret' },
        ...{ state: 'expired', note: 'secret', created_at: old },
      },
      diffs: {
        ...{ id: 'D', project: 'main', number: 12, title: 'secret', patch: 'secret', is_cut: 0, comments: 0 },
        created_at: old,
      },
      pull_requests: {
        ...{ project: 'main', number: 12, title: 'secret', branch: 'secret', base: 'main', head: 'h', url: 'secret' },
        ...{ state: 'open', is_draft: 0, is_ours: 1, is_shown: 1, news: '[]', told: '[]', updated_at: old },
      },
      deliveries: { run: 'R', address: 'a', part: 0, state: 'sent', text: 'secret', changed_at: old },
      sessions: { id: 'S', project: 'main', title: 'secret', started_at: old, used_at: old },
      schedules: {
        ...{ kind: 'task', project: 'main', prompt: 'secret', rule: '{}', zone: 'UTC', skips: '[]', isolated: 0 },
        ...{ overlap: 'skip', check_command: 'secret', standup: 0, recipients: '[]', state: 'over', failures: 0 },
        ...{ held_runs: 0, told_window: 0, created_at: old },
      },
    };
    const tables = Object.entries(values);
    for (const [table, row] of tables) {
      const cells = Object.values(row).map((value) => (typeof value === 'number' ? value : `'${value}'`));
      await person.rewrites(`INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${cells.join(', ')})`);
    }
    await person.rewrites(`UPDATE messages SET received_at = ${old}`);
    await wakes(person);
    // Of these the rows are gone as well.
    const gone = ['diffs', 'pull_requests'];
    for (const [table] of tables) {
      const rows = await person.rows(`SELECT * FROM ${table}`);
      expect([table, rows.length, JSON.stringify(rows).includes('secret')]).toEqual([
        table,
        gone.includes(table) ? 0 : 1,
        false,
      ]);
    }
  });

  test('a repeated webhook of an emptied text changes nothing', async () => {
    const person = new Person(world);
    const form = await person.says('hello');
    await person.answered(0, 'hi');
    await person.runs(clock, async () => !(await person.replyStates()).includes('ready'));
    await wakes(person, 2);
    expect(await words(person)).toBe('');
    await person.repeats(form);
    expect(await person.messageStates()).toBe('consumed');
    expect(world.outside.starts).toHaveLength(1);
  });

  test('an open text stays, however old', async () => {
    const person = new Person(world);
    await person.says('work for weeks');
    await person.started();
    await person.rewrites(`UPDATE messages SET received_at = ${Date.now() - 40 * DAY}`);
    await wakes(person);
    expect(await words(person)).toContain('work for weeks');
  });

  test('many are emptied a bounded number at a time', async () => {
    const person = new Person(world);
    await talked(person, 'hello', 'hi');
    const old = Date.now() - 40 * DAY;
    await person.rewrites(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${2 * EMPTIED_AT_ONCE})
       INSERT INTO messages (provider_id, uuid, "from", "to", text, attachments, received_at, tried, state)
       SELECT 'OLD' || i, 'OLD' || i, '', '', 'old', 0, ${old}, 0, 'failed' FROM n`,
    );
    await person.rewrites(`UPDATE messages SET received_at = ${old}`);
    const counted = await countRows(person.address);
    await wakes(person);
    expect(counted.written).toBeLessThan(3 * EMPTIED_AT_ONCE + 20);
    const left = async (): Promise<number> => (await person.rows("SELECT 1 FROM messages WHERE text <> ''")).length;
    expect(await left()).toBe(EMPTIED_AT_ONCE + 1);
    expect((await due(person)) - Date.now()).toBe(60_000);
    await wakes(person, 2);
    expect(await left()).toBe(0);
    // /retry brings no text back without its words.
    expect(await person.rows("SELECT 1 FROM messages WHERE state = 'failed'")).toEqual([]);
  });
});

test('without a limit nothing waits and nothing is emptied', async () => {
  delete vars.RETENTION_DAYS;
  const person = new Person(world);
  await talked(person, 'hello', 'hi');
  expect(await due(person)).toBe(0);
});
