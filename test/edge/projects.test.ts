import { describe, expect, test } from 'vitest';
import { texts } from '../../src/texts/index.ts';
import { answerTo, interrupted, Person, quiet } from './person.ts';
import { useOutside, vars } from './relay.ts';

// Projects and sessions through the real object: messages stay in the project they were sent to, whenever the object
// starts again.

quiet();
const world = useOutside();
const said = texts.projects;
const SESSIONS = [1, 2, 3].map((n) => `7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b1${n}`) as [string, string, string];

const start = (n: number) => {
  const names = [...new Set(world.outside.starts.map((s) => s.attempt))];
  return world.outside.starts.find((s) => s.attempt === names[n])?.body;
};

/** The relay's newest notice has these words. */
async function told(person: Person, text: string): Promise<void> {
  await person.outside.until(async () => (await person.replies()).at(-1)?.body === text);
}

/** Waits until the `nth` attempt is requested; the alarm continues where nothing else does. */
async function asked(person: Person, nth: number): Promise<void> {
  await person.outside.until(async () => {
    if (!start(nth)) await person.ring();
    return start(nth);
  });
}

async function exchange(person: Person, nth: number, words: string, session?: string): Promise<string> {
  await person.says(words);
  const { attempt, uuids } = await person.started(nth);
  if (session !== undefined) person.tells(attempt, { type: 'session', session_id: session });
  person.tells(attempt, ...answerTo(uuids, `answer to ${words}`));
  await person.outside.until(() => person.outside.acknowledged.includes(attempt));
  return uuids[0] ?? '';
}

const projectIds = async (person: Person): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await person.rows<{ label: string; id: string }>('SELECT label, id FROM projects')).map((p) => [p.label, p.id]),
  );

describe('switching while a turn runs', () => {
  test.each([false, true])(
    'each text runs in the project that was active when it was sent (evicted: %s)',
    async (cut) => {
      const person = new Person(world);
      const evicted = async (): Promise<void> => {
        if (cut) await person.evicted();
      };
      await person.says('one');
      const first = await person.started(0);
      await evicted();
      await person.says('two');
      await person.says('/project new Shop');
      await told(person, `${said.made('Shop')}${said.goesOn('main')}`);
      await evicted();
      await person.says('three');
      await person.says('/project 1');
      await told(person, `${said.switched('main')}`);
      await evicted();
      await person.says('four');
      person.tells(first.attempt, ...answerTo(first.uuids, 'one done'));
      const seen: [string | undefined, string[]][] = [];
      for (const n of [1, 2, 3]) {
        await asked(person, n);
        seen.push([start(n)?.project, start(n)?.messages.map((m) => m.text) ?? []]);
        await evicted();
        await person.answered(n, `answer ${n}`);
      }
      const { Shop: shop, main } = await projectIds(person);
      expect(main).toBe('main');
      expect(shop).toMatch(/^shop-[0-9a-f]{4}$/);
      expect(seen).toEqual([
        ['main', ['two']],
        [shop, ['three']],
        ['main', ['four']],
      ]);
    },
  );
});

describe('/new', () => {
  test('while a turn runs: a cut turn goes on in its own session, what waits begins a new one', async () => {
    const person = new Person(world);
    await exchange(person, 0, 'zero', SESSIONS[0]);
    await person.says('one');
    const one = await person.started(1);
    expect(start(1)?.session_id).toBe(SESSIONS[0]);
    await person.says('two');
    await person.says('/new');
    await told(person, said.fresh('main', true, 1));
    await person.evicted();
    person.tells(one.attempt, { type: 'session', session_id: SESSIONS[1] }, interrupted);
    await asked(person, 2);
    expect(start(2)).toMatchObject({ session_id: SESSIONS[1], continues: true, messages: [{ text: 'one' }] });
    await person.answered(2, 'one done');
    await person.outside.until(() => start(3));
    expect(start(3)).toMatchObject({ session_id: null, continues: false, messages: [{ text: 'two' }] });
    const [row] = await person.rows('SELECT session_id, generation FROM projects');
    expect(row).toEqual({ session_id: null, generation: 1 });
  });
});

describe('/sessions', () => {
  test('goes back to an older one, which keeps its title, whatever was forgotten in between', async () => {
    const person = new Person(world);
    await exchange(person, 0, 'look at the shop', SESSIONS[0]);
    await person.says('/new');
    await exchange(person, 1, 'look at the yard', SESSIONS[1]);
    await person.evicted();
    await person.says('/sessions 2');
    await told(person, said.wentBack('look at the shop', false, 0));
    await person.evicted();
    await exchange(person, 2, 'and now?', SESSIONS[0]);
    expect(start(2)?.session_id).toBe(SESSIONS[0]);
    // A machine may name any session it knows; one that is not loaded is not written again.
    await exchange(person, 3, 'elsewhere', SESSIONS[1]);
    const rows = await person.rows('SELECT id, title FROM sessions ORDER BY id');
    expect(rows).toEqual([
      { id: SESSIONS[0], title: 'look at the shop' },
      { id: SESSIONS[1], title: 'look at the yard' },
    ]);
  });
});

describe('/undo', () => {
  test('asks for the newest answered message of the present session, then for one further back, then refuses', async () => {
    const person = new Person(world);
    const one = await exchange(person, 0, 'one', SESSIONS[0]);
    const between = await exchange(person, 1, 'between');
    await person.says('/new');
    await exchange(person, 2, 'elsewhere', SESSIONS[1]);
    await person.says('/sessions 2');
    const two = await exchange(person, 3, 'two');
    await person.evicted();
    const wanted: string[] = [];
    for (const n of [4, 5, 6]) {
      await person.says('/undo');
      const { texts: words } = await person.started(n);
      expect(start(n)).toMatchObject({ session_id: SESSIONS[0], messages: [{ action: 'undo' }] });
      wanted.push(...words);
      await person.answered(n, 'taken back');
      await person.evicted();
    }
    expect(wanted).toEqual([two, between, one]);
    await person.says('/undo');
    await told(person, said.nothingToUndo);
  });
});

describe('an archived project', () => {
  test('is out of the way after a restart, comes back with its folder and session, and takes no text meanwhile', async () => {
    const person = new Person(world);
    await person.says('/project new Shop');
    await exchange(person, 0, 'one', SESSIONS[0]);
    const { Shop: shop } = await projectIds(person);
    await person.says('/project archive shop');
    await told(person, said.archivedActive('Shop', 'main'));
    await person.evicted();
    await person.says('/project shop');
    await told(person, said.isArchived('Shop'));
    await exchange(person, 1, 'two');
    expect(start(1)?.project).toBe('main');
    await person.says('/project restore SHOP');
    await told(person, said.restored('Shop'));
    await person.says('/status');
    await person.outside.until(async () =>
      (await person.replies()).at(-1)?.body.includes('Project: Shop (conversation'),
    );
    await exchange(person, 2, 'three');
    expect(start(2)).toMatchObject({ project: shop, session_id: SESSIONS[0] });
  });
});

describe('the request to the machine', () => {
  test('an action with its text, the model as long as it is allowed, and the assistant’s name and tone', async () => {
    const person = new Person(world);
    vars.ALLOWED_MODELS = 'opus-5, sonnet-5';
    try {
      await person.says('/model 1');
      await told(person, texts.choices.modelSet('main', 'opus-5'));
      await person.says('/assistant name Robin');
      await person.says('/assistant tone dry and brief');
      await exchange(person, 0, '/compact keep the names');
      expect(start(0)).toMatchObject({
        model: 'opus-5',
        assistant: { name: 'Robin', tone: 'dry and brief' },
        messages: [{ action: 'command', text: '/compact keep the names' }],
      });
      vars.ALLOWED_MODELS = 'sonnet-5';
      await person.evicted();
      await exchange(person, 1, 'hello');
      expect(start(1)?.model).toBeUndefined();
      expect(start(1)?.messages[0]).not.toHaveProperty('action');
    } finally {
      vars.ALLOWED_MODELS = '';
    }
  });

  test('and what it tells is in the rows: context, disk, memory, cost, its line', async () => {
    const person = new Person(world);
    await person.says('one');
    const { attempt, uuids } = await person.started(0);
    person.tells(
      attempt,
      { type: 'waiting', place: 2 },
      { type: 'started' },
      { type: 'session', session_id: SESSIONS[0] },
      { type: 'usage', context_percent: 12.5, memory_free: 5e8, disk_free: 6e9 },
      { type: 'result', text: 'done', is_error: false, user_message_uuids: uuids, cost_usd: 0.125 },
      { type: 'ending' },
      { type: 'ended', outcome: 'done', reason: '' },
    );
    await person.outside.until(() => person.outside.acknowledged.includes(attempt));
    expect(await person.rows('SELECT context_percent, messages_since FROM projects')).toEqual([
      { context_percent: 12.5, messages_since: 1 },
    ]);
    const [row] = await person.rows('SELECT disk_free, memory_free FROM conversation');
    expect(row).toEqual({ disk_free: 6e9, memory_free: 5e8 });
    expect(await person.rows('SELECT place, told_place, session_id FROM turns')).toEqual([
      { place: null, told_place: 1, session_id: SESSIONS[0] },
    ]);
    expect((await person.replies()).map((r) => r.body)).toEqual([texts.status.place(2), 'done']);
  });
});

test('however many there are, an archived project comes back by its name and an old conversation by its number', async () => {
  const person = new Person(world);
  await exchange(person, 0, 'hello', SESSIONS[0]);
  const many = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)`;
  await person.rewrites(
    `INSERT INTO projects (id, label, created_at, used_at, archived_at)
     ${many} SELECT 'p' || i, 'Old ' || i, i, i, i FROM n`,
  );
  await person.rewrites(
    `INSERT INTO sessions (id, project, title, started_at, used_at)
     ${many} SELECT '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5' || (100 + i), 'main', 'old ' || i, 0, i FROM n`,
  );
  await person.says('/project restore old 1');
  await told(person, said.restored('Old 1'));
  await person.says('/project new Old 2');
  await told(person, said.takenArchived('Old 2'));
  await person.says('/project main');
  await told(person, said.switched('main'));
  await person.says('/sessions 61');
  await told(person, said.wentBack('old 1', false, 0));
});
