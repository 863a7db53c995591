import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readSessionPage, type SessionPage, type SessionPlace } from '../../src/objects/session-backup.ts';
import { operatorTranscript as words } from '../../src/texts/operator-transcript.ts';
import { tellCounted } from '../counted.ts';
import { useClock } from './clock.ts';
import { Person, quiet } from './person.ts';
import { addressObject, useOutside, vars } from './relay.ts';

// The transcript of a session on the operator's page: read from its backup in the real bucket, from the end, in bounded
// parts, and shown for a reason.

quiet();
const clock = useClock();
const world = useOutside();
const SESSION = '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10';
const bucket = env.ARCHIVE;
const digits = (n: number): string => String(n).padStart(15, '0');

/** Writes the lines after position `from` as one chunk. */
async function chunk(id: string, from: number, to: number, textOf = (n: number) => `text ${n}`): Promise<void> {
  const lines = Array.from({ length: to - from }, (_, n) => {
    const position = from + n + 1;
    const entry = { type: 'user', timestamp: '2026-11-23T12:00:00Z', message: { content: textOf(position) } };
    return `${JSON.stringify({ position, project_key: 'p', subpath: '', entry })}\n`;
  });
  await bucket.put(`sessions/${id}/${SESSION}/${digits(from)}-${digits(to)}.jsonl`, lines.join(''));
}

/** The positions of all pages, newest first. */
async function positions(id: string, from: R2Bucket = bucket): Promise<{ found: number[]; pages: SessionPage[] }> {
  const pages: SessionPage[] = [];
  let before: SessionPlace | null = null;
  do {
    const page: SessionPage | null = await readSessionPage(from, [id, SESSION], before);
    if (page === null) break;
    pages.push(page);
    before = page.next;
  } while (before !== null && pages.length < 100);
  return { found: pages.flatMap(({ entries }) => entries.map(({ position }) => position)), pages };
}
const down = (from: number, to = 1): number[] => Array.from({ length: from - to + 1 }, (_, n) => from - n);

describe('a page of a transcript', () => {
  test('goes back from the newest line, through all chunks, each line once', async () => {
    await chunk('a', 0, 30);
    await chunk('a', 30, 31);
    await chunk('a', 30, 95);
    await chunk('a', 400, 500);
    await bucket.put(`sessions/a/${SESSION}/not-of-ours.txt`, 'what?');
    const { found, pages } = await positions('a');
    expect(found).toEqual([...down(500, 401), ...down(95)]);
    expect(pages.map(({ entries, unread }) => [entries.length, unread])).toEqual([
      ...Array.from({ length: 4 }, () => [40, 0]),
      [35, 0],
    ]);
    expect(await readSessionPage(bucket, ['a', 'another'], null)).toBeNull();
  });

  test('reads a bounded part of the bucket, whatever the lines are', async (context) => {
    const large = (n: number): string => (n % 2 === 0 ? 'short' : 'x'.repeat(200_000));
    for (const n of [0, 1, 2, 3]) await chunk('b', n * 50, n * 50 + 50, large);
    const count = { lists: 0, gets: 0, bytes: 0 };
    const counting = {
      list: (options: R2ListOptions) => {
        count.lists++;
        return bucket.list(options);
      },
      get: (key: string, options: R2GetOptions & { range: { length: number } }) => {
        count.gets++;
        count.bytes += options.range.length;
        return bucket.get(key, options);
      },
    } as unknown as R2Bucket;
    const first = await readSessionPage(counting, ['b', SESSION], null);
    tellCounted(context, { 'bytes read for a page of a transcript of 20 MB': count.bytes });
    expect(first?.entries.length).toBeGreaterThan(5);
    expect(count).toMatchObject({ lists: 1, gets: 6 });
    expect(count.bytes).toBeLessThanOrEqual(6 * 256 * 1024);
    expect((await positions('b')).found).toEqual(down(200));
  });

  test('leaves out a line that is longer than a read, and what is no line, and says how many', async () => {
    await chunk('c', 0, 9, (n) => (n === 5 ? 'x'.repeat(1_000_000) : `text ${n}`));
    await bucket.put(
      `sessions/c/${SESSION}/${digits(9)}-${digits(12)}.jsonl`,
      '{"position":10\n\n\u0000\ufffd\nnot json',
    );
    const { found, pages } = await positions('c');
    expect(found).toEqual([9, 8, 7, 6, 4, 3, 2, 1]);
    expect(pages.reduce((sum, { unread }) => sum + unread, 0)).toBe(4);
  });

  test.each([
    [{ from: 0, end: 999_999_999 }, 9],
    [{ from: 5, end: 3 }, 9],
    [{ from: 999_999, end: 0 }, 9],
    [{ from: 0, end: 1 }, 0],
    [{ from: 0, end: 0 }, 0],
  ])('from the made-up place %j is a page, too', async (place, count) => {
    await chunk('d', 0, 9);
    expect((await readSessionPage(bucket, ['d', SESSION], place))?.entries).toHaveLength(count);
  });
});

describe('the view of a session', () => {
  const before = { ...vars };
  const HOST = 'https://relay.example.com';
  const TOKEN = 'operator-token-of-these-tests';
  let cookie = '';
  beforeEach(async () => {
    clock.freeze();
    Object.assign(vars, { OPERATOR_TOKEN: TOKEN, ADMIN_SENDERS: '' });
    const authorization = `Bearer ${TOKEN}`;
    const made = await exports.default.fetch(`${HOST}/operator/login-links`, {
      method: 'POST',
      headers: { authorization },
    });
    const link = /https:[^"\s]+/.exec(await made.text())?.[0] ?? '';
    const headers = { origin: HOST, accept: 'text/html' };
    const answer = await exports.default.fetch(link, { method: 'POST', headers, redirect: 'manual' });
    cookie = /__Host-roost-operator=[\w-]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? '';
  });
  afterEach(() => {
    Object.assign(vars, before);
  });
  const idOf = ({ address }: Person): string => addressObject(address).id.toString();
  const pathOf = (person: Person, session = SESSION): string => `/operator/people/${idOf(person)}/sessions/${session}`;
  const get = (path: string): Promise<Response> =>
    exports.default.fetch(HOST + path, { headers: { cookie, accept: 'text/html' }, redirect: 'manual' });
  const post = (path: string, fields: Record<string, string>, origin = HOST): Promise<Response> =>
    exports.default.fetch(HOST + path, {
      method: 'POST',
      headers: { cookie, accept: 'text/html', origin, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
      redirect: 'manual',
    });
  const audit = async (): Promise<string> => (await get('/operator/audit')).text();

  /** A person with a session, and what the relay knows of its backup. */
  async function withSession(copiedAt: number | null): Promise<Person> {
    const person = new Person(world);
    await person.says('/help');
    await person.comesToRest(clock);
    await person.rows(`INSERT INTO sessions VALUES ('${SESSION}', 'main', 'Merger with Quillfeather', 1, 2)`);
    await person.rewrites(
      `INSERT INTO archives VALUES ('session', '${SESSION}', 'J', 90, 5000, ${copiedAt ?? 'NULL'}, NULL, NULL)`,
    );
    return person;
  }

  test('has no words; for a reason, which is in the audit first, it shows them, older ones as well', async () => {
    const person = await withSession(Date.now());
    await chunk(idOf(person), 0, 90, (n) => `<script>secret ${n}</script>`);
    const calls = world.outside.starts.length + world.outside.agents.length;
    const page = await (await get(pathOf(person))).text();
    expect(page).toContain(words.hidden);
    expect(page).not.toMatch(/secret|quillfeather/i);
    for (const reason of ['', '...']) expect((await post(pathOf(person), { reason })).status).toBe(403);
    expect((await post(pathOf(person), { reason: 'asked for help' }, 'https://evil.example.com')).status).toBe(403);
    expect(await audit()).not.toContain('read a transcript');
    const shown = await (await post(pathOf(person), { reason: 'asked for help' })).text();
    expect(shown).toContain('&lt;script&gt;secret 90&lt;/script&gt;');
    expect(shown).toContain('data-keep');
    expect(shown).not.toContain('secret 50<');
    expect(await audit()).toContain('…3e5b10: asked for help');
    const place = /name="before" value="([^"]+)"/.exec(shown)?.[1] ?? '';
    const older = await (await post(pathOf(person), { reason: 'asked for help', before: place })).text();
    expect(older).toContain('secret 50&lt;');
    expect(older).not.toContain('secret 51&lt;');
    expect((await audit()).match(/…3e5b10: asked for help/g)).toHaveLength(2);
    expect(await (await get(pathOf(person))).text()).not.toContain('secret');
    expect(world.outside.starts.length + world.outside.agents.length).toBe(calls);
  });

  test('what is not in the audit is not shown', async () => {
    const person = await withSession(Date.now());
    await chunk(idOf(person), 0, 2, () => 'secret');
    const { Directory } = await import('../../src/objects/directory.ts');
    const spy = vi.spyOn(Directory.prototype, 'recordAudit').mockImplementation(() => {
      throw new Error('no disk');
    });
    const answer = await post(pathOf(person), { reason: 'asked for help' });
    spy.mockRestore();
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain('secret');
  });

  test('says that there is no backup yet; another person’s session is none of this one', async () => {
    const [person, other] = [await withSession(null), new Person(world)];
    await other.says('/help');
    await other.comesToRest(clock);
    expect(await (await get(pathOf(person))).text()).toContain(words.noBackup);
    await chunk(idOf(person), 0, 2, () => 'secret');
    for (const path of [pathOf(other), pathOf(person, 'unknown'), pathOf(new Person(world))]) {
      expect((await get(path)).status).toBe(404);
      const answer = await post(path, { reason: 'asked for help' });
      expect([answer.status, (await answer.text()).includes('secret')]).toEqual([404, false]);
    }
    expect((await get(pathOf(person, '..%2f..%2fother'))).status).toBe(404);
    await person.rewrites('DELETE FROM conversation');
    expect((await get(pathOf(person))).status).toBe(404);
    cookie = '';
    expect((await get(pathOf(person))).status).toBe(401);
  });
});
