import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { LOOK_MS } from '../../src/objects/lanes/backup-lane.ts';
import { restoreLost } from '../../src/objects/lanes/restore-lost.ts';
import { ConversationStore } from '../../src/objects/stores/conversation-store.ts';
import { SESSION_BYTES_MAX } from '../../src/protocol/index.ts';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import { answerTo, Person, quiet } from './person.ts';
import { stubOf, useOutside } from './relay.ts';

// Backups: which parts of a machine are copied, when, and how a machine that lost its disk gets them back. The bucket is
// real; the machine is a disk in memory that records its requests.

quiet();
const clock = useClock();
const world = useOutside();
const SESSION = '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10';
const bucket = env.ARCHIVE;
Object.assign(env, { ARCHIVE_AFTER_MS: '60000' });
// Time is moved, and the lane would see it a second later.
const wait = globalThis.setTimeout;
globalThis.setTimeout = ((work: () => void, ms?: number) =>
  wait(work, ms === LOOK_MS ? 50 : ms)) as typeof globalThis.setTimeout;
afterAll(() => {
  globalThis.setTimeout = wait;
});

/** The part of a machine that is backed up. */
class Disk {
  lines: string[] = [];
  position = 0;
  folder: string | null = 'the folder';
  person: string | null = 'the person';
  readonly asked: string[] = [];
  readonly given: Record<string, string> = {};
  holds = 0;
  failing = false;
  tooLarge = false;
  /** Lines of a session per answer. */
  piece = 2;

  writes(...texts: string[]): void {
    this.lines.push(...texts.map((text) => `${JSON.stringify({ position: ++this.position, text })}\n`));
  }

  async answer(request: Request, url: URL): Promise<Response> {
    const [, kind, id] = url.pathname.split('/');
    if (kind === 'hold') return this.#hold();
    this.asked.push(`${request.method} ${url.pathname.replace(SESSION, 'session')}`);
    if (this.failing) return new Response('broken', { status: 500 });
    if (request.method === 'PUT') {
      this.given[kind === 'person' ? 'person' : (kind as string)] = await request.text();
      return Response.json(kind === 'sessions' ? { position: 100 } : { restored: true });
    }
    if (kind === 'sessions') return this.#session(id as string, Number(url.searchParams.get('after')));
    if (this.tooLarge && kind === 'projects') return refusal(413, 'too_large');
    const content = kind === 'person' ? this.person : this.folder;
    if (content === null) return refusal(404, 'unknown_project');
    const etag = `"${content}"`;
    if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304 });
    const leftOut = encodeURIComponent('[".env","node_modules"]');
    return sized(content, { etag, 'roost-left-out': leftOut });
  }

  #session(id: string, after: number): Response {
    if (id !== SESSION || this.lines.length === 0) return refusal(404, 'unknown_session');
    const at = (line: string): number => (JSON.parse(line) as { position: number }).position;
    const piece = this.lines.filter((line) => at(line) > after).slice(0, this.piece);
    const position = piece.length === 0 ? after : at(piece.at(-1) as string);
    return sized(piece.join(''), { 'roost-position': String(position), 'roost-newest': String(this.position) });
  }

  #hold(): Response {
    this.holds++;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(': hello\n\n')),
      cancel: () => {
        this.holds--;
      },
    });
    return new Response(body);
  }
}

const sized = (body: string, headers: Record<string, string>): Response =>
  new Response(body, { headers: { ...headers, 'content-length': String(new TextEncoder().encode(body).length) } });
const refusal = (status: number, code: string): Response =>
  Response.json({ error: { code, message: 'no' } }, { status });

let disk: Disk;
let person: Person;
beforeEach(() => {
  disk = new Disk();
  person = new Person(world);
  world.outside.onRest = (request, url) => disk.answer(request, url);
});

const keys = async (prefix: string): Promise<string[]> => {
  const id = stubOf(person.address).id.toString();
  const { objects } = await bucket.list({ prefix });
  return objects.map(({ key }) => key).filter((key) => key.includes(id));
};
const contents = async (prefix: string): Promise<string> =>
  (await Promise.all((await keys(prefix)).map(async (key) => (await bucket.get(key))?.text()))).join('');

/** One turn to its end; afterwards the session has these lines. */
async function turn(nth: number, text: string, ...lines: string[]): Promise<void> {
  await person.says(text);
  const { attempt, uuids } = await person.started(nth);
  person.tells(attempt, { type: 'session', session_id: SESSION });
  disk.writes(...lines);
  person.tells(attempt, ...answerTo(uuids, `answer to ${text}`));
  await world.outside.until(() => world.outside.acknowledged.includes(attempt));
}

const isCopied = async (): Promise<boolean> => !(await person.timers()).includes('archive');
/** Until nothing is left to back up: the quiet time before it passes at once, on the clock of the person's rows. */
async function copied(): Promise<void> {
  await world.outside.until(async () => (await isCopied()) || passes());
}
/** The time until something is due. */
async function passes(): Promise<false> {
  const [due, clock] = [await person.nextDue(), await person.local.clock()];
  if (due !== null && clock && due > clock.now) await person.moves(due - clock.now);
  return false;
}
/** The person's replies with these words. */
const told = async (words: string): Promise<number> =>
  (await person.replies()).filter(({ body }) => body.includes(words)).length;

describe('after a turn', () => {
  test('session and folders are copied, the machine is held until then, and nothing stays awake', async () => {
    await turn(0, 'hello', 'one', 'two', 'three');
    await world.outside.until(() => disk.holds === 1);
    await world.outside.until(async () => (await keys('sessions/')).length === 2);
    expect(await keys('projects/')).toEqual([]);
    await copied();
    await world.outside.until(() => disk.holds === 0);
    expect(await contents('sessions/')).toBe(disk.lines.join(''));
    expect((await keys('sessions/')).map((key) => key.split('/').at(-1))).toEqual([
      '000000000000000-000000000000002.jsonl',
      '000000000000002-000000000000003.jsonl',
    ]);
    expect(await contents('projects/')).toBe('the folder');
    expect(await contents('people/')).toBe('the person');
    const sizes = await person.rows(`SELECT bytes FROM archives WHERE kind <> 'session' ORDER BY kind`);
    expect(sizes).toEqual([{ bytes: 'the person'.length }, { bytes: 'the folder'.length }]);
    await world.outside.until(async () => (await person.alarm()) === null);
  });

  test('the next copies what is new, a folder only when it has changed, and two of them are kept', async () => {
    for (const [n, folder] of ['first', 'first', 'second', 'third'].entries()) {
      disk.folder = folder;
      await turn(n, `text ${n}`, `line ${n}`);
      await copied();
    }
    expect(await contents('sessions/')).toBe(disk.lines.join(''));
    expect(await contents('projects/')).toBe('secondthird');
    expect(await keys('people/')).toHaveLength(1);
  });

  test('on whatever clock the rows are: as soon, and dated by it', async () => {
    const days = 3 * 24 * 60 * 60 * 1000;
    await turn(0, 'hello', 'one');
    await copied();
    await person.moves(days);
    disk.folder = 'later';
    await turn(1, 'again', 'two');
    await copied();
    expect(await contents('sessions/')).toBe(disk.lines.join(''));
    expect(await contents('projects/')).toBe('the folderlater');
    const [first, second] = (await keys('projects/')).map((key) => Number(/(\d+)\.tar$/.exec(key)?.[1]));
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(days);
    await world.outside.until(() => disk.holds === 0);
  });

  test('a text that comes before the folder is copied is answered first', async () => {
    await turn(0, 'hello', 'one');
    await person.says('more');
    const { attempt, uuids } = await person.started(1);
    await world.outside.until(() => disk.holds === 0);
    clock.freeze();
    clock.move(31_000);
    // Due backups are made one after another, so a folder would be requested between two pieces of the session.
    for (const words of ['two', 'three']) {
      disk.writes(words);
      clock.move(30_000);
      await person.ring();
      await world.outside.until(async () => (await contents('sessions/')).includes(words));
    }
    expect(disk.asked.filter((line) => line.includes('snapshot'))).toEqual([]);
    person.tells(attempt, ...answerTo(uuids, 'done'));
    await person.runs(clock, isCopied);
    expect(await contents('projects/')).toBe('the folder');
  });

  test('evicted at any point, it goes on from the rows: each line is kept once and in order', async () => {
    disk.piece = 1;
    const answered = world.outside.onRest;
    let calls = 0;
    // An eviction cuts every second call, after the machine has answered.
    world.outside.onRest = async (request, url) => {
      const answer = await answered?.(request, url);
      if (url.pathname.startsWith('/sessions') && ++calls % 2 === 0) await person.evicted();
      return answer as Response;
    };
    await turn(0, 'hello', 'one', 'two', 'three', 'four', 'five');
    await world.outside.until(async () => {
      if (await isCopied()) return true;
      await person.ring();
      // An eviction may meet this call, too.
      return passes().catch(() => false);
    });
    expect(calls).toBeGreaterThan(6);
    expect(await contents('sessions/')).toBe(disk.lines.join(''));
    expect(await contents('projects/')).toBe('the folder');
  });

  test('a copy that fails is tried a few times, then the operator hears of it and the machine is let go of', async () => {
    disk.failing = true;
    clock.freeze();
    await turn(0, 'hello', 'one');
    await person.runs(clock, isCopied);
    await world.outside.until(() => disk.holds === 0);
    expect(disk.asked.filter((line) => line === 'GET /projects/main/snapshot')).toHaveLength(4);
    expect(await told(texts.archive.tooLarge('main'))).toBe(0);
    disk.failing = false;
    // The next turn is in another project; the due backup is made anyway.
    await person.says('/project new other');
    await person.says('again');
    const { attempt, uuids } = await person.started(1);
    person.tells(attempt, ...answerTo(uuids, 'yes'));
    await world.outside.until(() => world.outside.acknowledged.includes(attempt));
    await person.runs(clock, isCopied);
    expect(await contents('sessions/')).toBe(disk.lines.join(''));
    expect((await keys('projects/')).some((key) => key.includes('/main/'))).toBe(true);
  });

  test('a long overdue backup waits for the next turn: it wakes no machine', async () => {
    clock.freeze();
    disk.failing = true;
    await turn(0, 'hello', 'one');
    await world.outside.until(() => disk.asked.length > 0);
    await person.evicted();
    const asked = disk.asked.length;
    const held = disk.holds;
    clock.move(600_000);
    await person.ring();
    await copied();
    expect([disk.asked.length, disk.holds]).toEqual([asked, held]);
  });

  test('a folder that is too large is not copied, and the person hears of it once', async () => {
    disk.tooLarge = true;
    for (const n of [0, 1]) {
      await turn(n, `text ${n}`, `line ${n}`);
      await copied();
    }
    expect(await keys('projects/')).toEqual([]);
    expect(await told('larger than 100 MB')).toBe(1);
  });

  test('a session that is too long is copied no further, and the person hears of it once', async () => {
    await turn(0, 'hello', 'one');
    await copied();
    await person.rewrites(`UPDATE archives SET bytes = ${SESSION_BYTES_MAX - 5} WHERE kind = 'session'`);
    for (const n of [1, 2]) {
      await turn(n, `text ${n}`, `line ${n}`);
      await copied();
    }
    expect(await keys('sessions/')).toHaveLength(1);
    expect(await told('/new')).toBe(1);
  });
});

test('while the agent works for long its session is copied every half minute, and no folder', async () => {
  clock.freeze();
  await person.says('long');
  const { attempt, uuids } = await person.started();
  person.tells(attempt, { type: 'session', session_id: SESSION });
  await world.outside.until(async () => (await person.timers()).includes('archive'));
  for (const words of ['one', 'two']) {
    disk.writes(words);
    const before = (await keys('sessions/')).length;
    expect(await contents('sessions/')).not.toContain(words);
    clock.move(30_000);
    await person.ring();
    await world.outside.until(async () => (await keys('sessions/')).length > before);
  }
  expect(disk.asked.every((line) => line.startsWith('GET /sessions'))).toBe(true);
  expect(disk.holds).toBe(0);
  person.tells(attempt, ...answerTo(uuids, 'done'));
  await world.outside.until(() => world.outside.acknowledged.includes(attempt));
});

test('a session that the person leaves while the agent works in it is copied to its end', async () => {
  await turn(0, 'hello', 'one');
  await copied();
  await person.says('work');
  const { attempt, uuids } = await person.started(1);
  await person.says('/new');
  await world.outside.until(async () => (await person.rows('SELECT session_id FROM projects'))[0]?.session_id === null);
  await person.evicted();
  await person.ring();
  disk.writes('two', 'three', 'four');
  person.tells(attempt, ...answerTo(uuids, 'done'));
  await copied();
  expect(await contents('sessions/')).toBe(disk.lines.join(''));
});

test('an agent that has lost its session gets the project’s last messages', async () => {
  await turn(0, 'hello', 'one');
  await person.says('/help');
  await turn(1, 'how are you?', 'two');
  await person.says('and now?');
  await person.started(2);
  const recent = await runInDurableObject(
    stubOf(person.address),
    (_, { storage }) => new ConversationStore(storage).load([{ rows: 'recent-texts' }]).recent,
  );
  expect(recent.map(({ isPerson, text }) => `${isPerson ? 'person' : 'agent'}: ${text}`)).toEqual([
    'person: hello',
    'agent: answer to hello',
    'person: how are you?',
    'agent: answer to how are you?',
  ]);
});

describe('a machine with another memory', () => {
  /** Refuses attempts meant for the machine before it, as a real one does. */
  function replaced(journal = 'JOURNAL2'): Disk {
    world.outside.loseJournal(journal);
    world.outside.onStart = () => {
      const { expected } = world.outside.starts.at(-1) ?? {};
      if (expected === null || expected === journal) return undefined;
      const body = { error: { code: 'other_journal', message: 'give back' } };
      return Response.json(body, { status: 409, headers: { 'roost-journal': journal } });
    };
    disk = new Disk();
    return disk;
  }

  test('is given back everything before the attempt, is asked for it again, and the person hears it once', async () => {
    await turn(0, 'hello', 'one', 'two', 'three');
    await copied();
    const { lines } = disk;
    // A crash between the bucket and the row leaves an object like this; the lines came again in another.
    const [first = ''] = await keys('sessions/');
    await bucket.put(first.replace(/-0*2\.jsonl$/, '-000000000000001.jsonl'), lines[0] as string);
    expect(await keys('sessions/')).toHaveLength(3);
    const fresh = replaced();
    await person.says('and now?');
    const { attempt, uuids } = await person.started(1);
    expect(world.outside.starts.filter((s) => s.attempt === attempt).map((s) => s.expected)).toEqual([
      'JOURNAL1',
      'JOURNAL2',
    ]);
    expect(fresh.asked).toEqual(['PUT /person/snapshot', 'PUT /projects/main/snapshot', 'PUT /sessions/session']);
    expect(fresh.given).toEqual({ person: 'the person', projects: 'the folder', sessions: lines.join('') });
    fresh.position = 100;
    fresh.writes('after');
    person.tells(attempt, ...answerTo(uuids, 'here I am'));
    await copied();
    const [notice] = (await person.replies()).filter(({ kind }) => kind === 'notice');
    expect(notice?.body).toBe(
      [
        texts.archive.newMachine,
        texts.archive.sessionBack,
        texts.archive.folderBack('main', 0),
        texts.archive.leftOut(['.env', 'node_modules']),
      ].join(' '),
    );
    // Later lines are appended to the existing copy.
    expect(await contents('sessions/')).toBe([lines[0], ...lines, ...fresh.lines].join(''));
    await turn(2, 'once more', 'later');
    expect(fresh.asked.filter((line) => line.startsWith('PUT'))).toHaveLength(3);
    expect(await told(texts.archive.newMachine)).toBe(1);
  });

  test('is given back the newer of two copies, and the person hears how old that one is', async () => {
    for (const [n, folder] of ['older', 'newer'].entries()) {
      disk.folder = folder;
      await turn(n, `text ${n}`, `line ${n}`);
      await copied();
      await person.moves(60 * 60_000);
    }
    const fresh = replaced();
    await person.says('and now?');
    await person.started(2);
    expect(fresh.given.projects).toBe('newer');
    expect(await told(texts.archive.folderBack('main', 60))).toBe(1);
  });

  test('that cannot be reached in between is given all of it again, and the person hears it once', async () => {
    await turn(0, 'hello', 'one');
    await copied();
    const fresh = replaced();
    fresh.failing = true;
    await person.says('and now?');
    await world.outside.until(() => fresh.asked.length > 1);
    await person.evicted();
    fresh.failing = false;
    await person.ring();
    const { attempt } = await person.started(1);
    expect(fresh.given).toMatchObject({ projects: 'the folder', sessions: expect.stringContaining('one') });
    expect(world.outside.starts.at(-1)).toMatchObject({ attempt, expected: 'JOURNAL2' });
    expect(await told(texts.archive.newMachine)).toBe(1);
  });

  test('without copies: said once, and the turn goes on', async () => {
    disk.folder = null;
    disk.person = null;
    await turn(0, 'hello');
    await copied();
    replaced();
    await person.says('and now?');
    const { attempt, uuids } = await person.started(1);
    const lost = `${texts.archive.newMachine} ${texts.archive.folderLost('main', 'none')}`;
    expect((await person.replies()).map(({ body }) => body)).toContain(lost);
    person.tells(attempt, { type: 'session_lost', session_id: SESSION }, ...answerTo(uuids, 'afresh'));
    await copied();
    expect((await person.replies()).map(({ body }) => body).slice(1)).toEqual([lost, texts.sessionLost, 'afresh']);
  });

  test('without a bucket nothing is given, and nothing breaks', async () => {
    await turn(0, 'hello', 'one');
    await copied();
    const conversation = { journal: 'JOURNAL2' };
    const archives = ['person', 'project', 'session'].map((kind) => ({
      kind,
      id: kind === 'person' ? '' : 'main',
      journal: 'J1',
    }));
    const projects = [{ id: 'main', sessionId: 'main' }];
    const state = { conversation, archives, projects, turns: [{ state: 'open', project: 'main', sessionId: 'main' }] };
    const access = async () => ({ url: 'https://machine.example.com', token: 't' });
    const restored = await restoreLost({ id: 'x', archive: null, machineAccess: access }, state as never);
    expect(restored).toMatchObject({ folder: { state: 'none' }, session: { position: null }, person: false });
  });
});
