import { runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXPORT_FOR_MS } from '../../src/conversation/policy/privacy.ts';
import { mediaUrl } from '../../src/links/media-link.ts';
import { missingOf } from '../../src/objects/export-collect.ts';
import { ExportStore } from '../../src/objects/stores/export-store.ts';
import { texts } from '../../src/texts/index.ts';
import { DAY } from '../../src/units.ts';
import { useClock } from './clock.ts';
import { Person, quiet } from './person.ts';
import { vars as relay, stubOf, useOutside } from './relay.ts';

// /export: the archive has everything, is made part by part also when the object is killed in between, and its link
// gives it once, to a button and not to a preview.

quiet();
const clock = useClock();
const world = useOutside();
const said = texts.privacy;
beforeEach(() => clock.freeze());

const idOf = (person: Person): string => stubOf(person.address).id.toString();
const keysOf = async (bucket: R2Bucket): Promise<string[]> => (await bucket.list()).objects.map(({ key }) => key);

/** A person with an answered text, a file of the agent, and backups of `bytes` for the project. */
async function someone(bytes = 100): Promise<Person> {
  const person = new Person(world);
  await person.says('remember chartreuse');
  await person.answered(world.outside.starts.length - 1, 'Chartreuse it is.');
  await person.gets(0);
  const id = idOf(person);
  await env.ARCHIVE.put(`sessions/${id}/s1/000-007.jsonl`, '{"said":"chartreuse"}\n');
  await env.ARCHIVE.put(`projects/${id}/main/001.tar`, 'older');
  await env.ARCHIVE.put(`projects/${id}/main/002.tar`, noise(bytes));
  await env.MEDIA.put(`outgoing/${id}/01J0000000000000000000000F`, 'a report');
  return person;
}

/** Bytes that differ everywhere, so that a part in the wrong place is noticed. */
function noise(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let n = 0, state = 1; n < words.length; n++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[n] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

const made = new Map<number, Uint8Array>();
function expected(length: number): Uint8Array {
  const known = made.get(length) ?? noise(length);
  made.set(length, known);
  return known;
}

/** Runs until the person has the link. */
async function linkOf(person: Person): Promise<string> {
  const before = person.bodies().length;
  await person.runs(clock, () =>
    person
      .bodies()
      .slice(before)
      .some((body) => body.includes('/export/')),
  );
  return /https:\S+/.exec(person.bodies().at(-1) ?? '')?.[0] ?? '';
}
const at = (url: string, method: string): Promise<Response> => exports.default.fetch(url, { method });

/** The files of an archive: its records are read, and every checksum is compared by decompressing nothing. */
async function unzip(response: Response): Promise<Map<string, Uint8Array>> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const view = new DataView(bytes.buffer);
  const end = bytes.length - 98;
  expect(view.getUint32(end, true)).toBe(0x06064b50);
  const files = new Map<string, Uint8Array>();
  let record = Number(view.getBigUint64(end + 48, true));
  while (view.getUint32(record, true) === 0x02014b50) {
    const [names, extra] = [view.getUint16(record + 28, true), view.getUint16(record + 30, true)];
    const name = new TextDecoder().decode(bytes.subarray(record + 46, record + 46 + names));
    const size = Number(view.getBigUint64(record + 46 + names + 4, true));
    const header = Number(view.getBigUint64(record + 46 + names + 20, true));
    const data = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    files.set(name, bytes.subarray(data, data + size));
    const { crc32 } = await import('node:zlib');
    expect(crc32(bytes.subarray(data, data + size)), name).toBe(view.getUint32(record + 16, true));
    record += 46 + names + extra;
  }
  return files;
}
const textOf = (files: Map<string, Uint8Array>, name: string): string => new TextDecoder().decode(files.get(name));

test('it has messages, schedules, files, sessions and the newest backup; and no PIN and no staging is left', async () => {
  const person = await someone();
  await person.says('/remind in 2 hours: chartreuse');
  await person.says('/export');
  const url = await linkOf(person);
  expect(await keysOf(env.MEDIA)).toEqual([
    expect.stringMatching(/^exports\/.*\.zip$/),
    expect.stringMatching(/^outgoing\//),
  ]);
  const files = await unzip(await at(url, 'POST'));
  const names = [...files.keys()];
  expect(names).toEqual(
    expect.arrayContaining([
      'README.txt',
      'data/conversation-0001.jsonl',
      'data/messages-0001.jsonl',
      'data/replies-0001.jsonl',
      'data/schedules-0001.jsonl',
      'files/01J0000000000000000000000F-file',
      'projects/main-main.tar',
      'sessions/s1/000-007.jsonl',
    ]),
  );
  expect(names.filter((name) => /export_|_migrations|_cf/.test(name))).toEqual([]);
  expect(textOf(files, 'data/messages-0001.jsonl')).toContain('remember chartreuse');
  expect(textOf(files, 'data/replies-0001.jsonl')).toContain('Chartreuse it is.');
  expect(textOf(files, 'data/schedules-0001.jsonl')).toContain('chartreuse');
  expect(files.get('projects/main-main.tar')).toEqual(noise(100));
  expect(textOf(files, 'README.txt')).toContain('Everything Roost kept about you');
});

test('it has files of the agent from a conversation that was merged into this one', async () => {
  const person = await someone();
  const file = '01J0000000000000000000000G';
  const [home, expiresAt] = [idOf(new Person(world)), Date.now() + DAY];
  const key = JSON.parse(relay.MACHINE_SIGNING_KEY ?? '') as { d: string };
  const link = mediaUrl('https://relay.example.com', key, { conversation: home, file, expiresAt });
  await person.rows(
    `INSERT INTO outgoing (id, turn, n, request, file, name, type, size, caption, state, link, created_at, expires_at)
     VALUES ('${file}', 'T', 1, 'R', 'F', 'plan.txt', 'text/plain', 8, '', 'stored', '${link}', 1, ${expiresAt})`,
  );
  await person.evicted();
  await env.MEDIA.put(`outgoing/${home}/${file}`, 'the plan');
  // The address was unlinked since, and somebody has a conversation there.
  await env.MEDIA.put(`outgoing/${home}/01J0000000000000000000000H`, 'theirs');
  await person.says('/export');
  const files = await unzip(await at(await linkOf(person), 'POST'));
  expect(textOf(files, `files/${file}-plan.txt`)).toBe('the plan');
  expect([...files.keys()].filter((name) => name.startsWith('files/'))).toHaveLength(2);
});

describe('files that the person sent', () => {
  const vars = env as unknown as Record<string, string>;
  const photo = (last: string): Uint8Array => new TextEncoder().encode(`photo ${last}`);

  /** Sends photos, and waits for them on the machine; returns the machine's ids for them. */
  async function sendsPhotos(person: Person, count: number): Promise<string[]> {
    const { media } = world.outside;
    const before = media.shelf.length;
    const fields: Record<string, string> = { NumMedia: `${count}` };
    for (let n = 0; n < count; n++) {
      const id = `ME${String(media.at.size).padStart(32, '0')}`;
      media.at.set(id, { type: 'image/png', bytes: photo(`${n}`) });
      const account = `https://twilio.example.com/2010-04-01/Accounts/${vars.TWILIO_ACCOUNT_SID}`;
      fields[`MediaUrl${n}`] = `${account}/Messages/MM1/Media/${id}`;
      fields[`MediaContentType${n}`] = 'image/png';
    }
    await person.says('keep these', fields);
    await person.answered(world.outside.starts.length, 'Kept.');
    return media.shelf.slice(before).map(({ id }) => id);
  }
  const received = (files: Map<string, Uint8Array>): [string, string][] =>
    [...files.keys()].filter((name) => name.startsWith('received/')).map((name) => [name, textOf(files, name)]);

  test('are in it, from the carrier or else from the machine; one that nobody has is named', async () => {
    const person = await someone();
    const [, second = ''] = await sendsPhotos(person, 3);
    const day = new Date().toISOString().slice(0, 10);
    const [, gone = '', lost = ''] = [...world.outside.media.at.keys()];
    for (const id of [gone, lost]) world.outside.media.at.delete(id);
    world.outside.offered.set(second, photo('1'));
    await person.says('/export');
    const files = await unzip(await at(await linkOf(person), 'POST'));
    expect(received(files)).toEqual([
      [`received/${day}/2-0-safe-photo-2.png`, 'photo 0'],
      [`received/${day}/2-1-safe-photo-2.png`, 'photo 1'],
    ]);
    expect(textOf(files, 'README.txt')).toContain(`  received/${day}/2-2-safe-photo-2.png\n`);
    expect(textOf(files, 'README.txt')).not.toContain('2-1-safe');
    expect((await keysOf(env.MEDIA)).filter((key) => key.includes('received'))).toEqual([]);
  });

  test('a carrier that doesn’t answer holds it up for less than a minute, however many files there are', async () => {
    const person = await someone();
    await sendsPhotos(person, 5);
    world.outside.media.onBytes = () => new Response('later', { status: 503 });
    world.outside.onFile = () => new Response('away', { status: 503 });
    await person.says('/export');
    const began = Date.now();
    const url = await linkOf(person);
    expect(Date.now() - began).toBeLessThan(60_000);
    const files = await unzip(await at(url, 'POST'));
    expect(received(files)).toEqual([]);
    expect(textOf(files, 'README.txt').match(/-photo-2\.png$/gm)).toHaveLength(5);
  });

  test('the README’s list of missing files is read page by page', async () => {
    const person = await someone();
    const missing = await runInDurableObject(stubOf(person.address), (_, { storage }) => {
      const store = new ExportStore(storage);
      const insert = `INSERT INTO files (message, n, url, type, state, attempts) VALUES (1, ?, '', 'image/png', 'failed', 0)`;
      for (let n = 0; n < 1001; n++) storage.sql.exec(insert, n);
      store.add([{ name: 'received/2026-11-23/other', bucket: 'media', objectKey: 'k', etag: 'e', size: 0 }]);
      const all = missingOf(store);
      const [first = ''] = all;
      store.add([{ name: first, bucket: 'media', objectKey: 'k', etag: 'e', size: 0 }]);
      return { all, without: missingOf(store), first };
    });
    expect([missing.all.length, new Set(missing.all).size]).toEqual([1001, 1001]);
    expect(missing.without).toEqual(missing.all.slice(1));
    const readMe = said.exportReadMe('now', true, missing.all);
    expect(readMe.match(/^ {2}received\//gm)).toHaveLength(1000);
    expect(readMe).toContain('\n  and 1 more\n');
  });

  test('killed in the middle of a file it goes on', async () => {
    const person = await someone();
    await sendsPhotos(person, 2);
    let killed = 0;
    world.outside.media.onBytes = async () => {
      if (killed++ === 0) await person.evicted();
      return undefined as unknown as Response;
    };
    await person.says('/export');
    const files = await unzip(await at(await linkOf(person), 'POST'));
    expect(received(files).map(([, bytes]) => bytes)).toEqual(['photo 0', 'photo 1']);
    expect(killed).toBe(3);
  });
});

describe('the link', () => {
  test('gives nothing to a preview, the archive to a button, and that once; /export makes another', async () => {
    const person = await someone();
    await person.says('/export');
    const url = await linkOf(person);
    for (const method of ['HEAD', 'GET', 'GET']) {
      const page = await at(url, method);
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(page.headers.get('referrer-policy')).toBe('no-referrer');
      expect(page.headers.get('x-robots-tag')).toContain('noindex');
      expect(page.headers.get('content-security-policy')).toContain("form-action 'self'");
      if (method === 'GET') expect(await page.text()).toContain('<form method="post">');
    }
    const taken = await at(url, 'POST');
    expect([taken.status, taken.headers.get('content-type')]).toEqual([200, 'application/zip']);
    expect(taken.headers.get('referrer-policy')).toBe('no-referrer');
    await taken.arrayBuffer();
    for (const method of ['POST', 'GET']) {
      const used = await at(url, method);
      expect([used.status, await used.text()]).toEqual([410, expect.stringContaining(said.page.used.title)]);
    }
    await person.says('/export');
    const other = await linkOf(person);
    expect(other).not.toBe(url);
    expect((await at(url, 'POST')).status).toBe(410);
    const again = await at(other, 'POST');
    expect(again.status).toBe(200);
    await again.arrayBuffer();
    expect(person.bodies().filter((body) => body === said.exportBegun)).toHaveLength(1);
  });

  test('dies with the person’s standing, with its time and with one wrong letter; then nothing is left', async () => {
    const person = await someone();
    await person.says('/export');
    const url = await linkOf(person);
    expect((await at(`${url.slice(0, -2)}${url.endsWith('AA') ? 'BB' : 'AA'}`, 'POST')).status).toBe(404);
    const allowed = env as unknown as Record<string, string>;
    const before = allowed.ALLOWED_SENDERS ?? '';
    allowed.ALLOWED_SENDERS = '+15555550199';
    await person.evicted();
    expect((await at(url, 'POST')).status).toBe(410);
    allowed.ALLOWED_SENDERS = before;
    await person.evicted();
    expect((await at(url, 'GET')).status).toBe(200);
    clock.move(EXPORT_FOR_MS);
    expect((await at(url, 'POST')).status).toBe(410);
    await person.runs(clock, async () => (await keysOf(env.MEDIA)).every((key) => !key.startsWith('exports/')));
    await person.runs(clock, async () => (await person.rows('SELECT 1 FROM export_entries')).length === 0);
    await person.comesToRest(clock);
  });
});

/** The bucket, with something done before and after each call of an upload, as `part 1` and `complete`. */
function watched(bucket: R2Bucket, on: (when: 'before' | 'after', what: string) => Promise<void>): R2Bucket {
  const around = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    await on('before', what);
    const result = await call();
    await on('after', what);
    return result;
  };
  const resumeMultipartUpload = (key: string, id: string): Partial<R2MultipartUpload> => {
    const upload = bucket.resumeMultipartUpload(key, id);
    return {
      uploadPart: (n, bytes) => around(`part ${n}`, () => upload.uploadPart(n, bytes)),
      complete: (parts) => around('complete', () => upload.complete(parts)),
      abort: () => upload.abort(),
    };
  };
  return new Proxy(bucket, {
    get: (target, name) => {
      if (name === 'resumeMultipartUpload') return resumeMultipartUpload;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

describe('with the bucket watched', () => {
  const { MEDIA } = env;
  afterEach(() => void Object.assign(env, { MEDIA }));

  test('killed before and after any part, and after the last call, every byte is in its place', async () => {
    const bytes = 20 * 2 ** 20;
    const person = await someone(bytes);
    const killed: string[] = [];
    const on = async (when: string, what: string): Promise<void> => {
      if (killed.includes(`${when} ${what}`)) return;
      killed.push(`${when} ${what}`);
      await person.evicted();
    };
    Object.assign(env, { MEDIA: watched(MEDIA, on) });
    // It keeps the bucket that it began with.
    await person.evicted();
    await person.says('/export');
    const url = await linkOf(person);
    expect(killed).toEqual(
      ['part 1', 'part 2', 'part 3', 'complete'].flatMap((what) => [`before ${what}`, `after ${what}`]),
    );
    Object.assign(env, { MEDIA });
    await person.evicted();
    const files = await unzip(await at(url, 'POST'));
    const tar = files.get('projects/main-main.tar') ?? new Uint8Array();
    expect(tar.length).toBe(bytes);
    expect(tar.every((byte, n) => byte === expected(bytes)[n])).toBe(true);
  });

  test('/forget in the middle of a part ends it: no further part, and nothing is left', async () => {
    const person = await someone(20 * 2 ** 20);
    const calls: string[] = [];
    const on = async (when: string, what: string): Promise<void> => {
      calls.push(`${when} ${what}`);
      if (when === 'after') return;
      await person.says('/forget everything');
      await person.says('DELETE');
      await world.outside.until(async () => {
        const [row] = await person.rows<{ forgetting: string | null }>('SELECT forgetting FROM conversation');
        return row === undefined || row.forgetting !== null;
      });
    };
    Object.assign(env, { MEDIA: watched(MEDIA, on) });
    // It keeps the bucket that it began with.
    await person.evicted();
    await person.says('/export');
    await person.runs(clock, async () => (await person.rows('SELECT 1 FROM conversation')).length === 0);
    expect(calls).toEqual(['before part 1', 'after part 1']);
    expect(await keysOf(MEDIA)).toEqual([]);
    expect(person.bodies().at(-1)).toBe(said.forgetDone(0));
  });

  test('a backup that is replaced meanwhile makes it begin anew', async () => {
    const person = await someone(20 * 2 ** 20);
    const id = idOf(person);
    let isReplaced = false;
    const on = async (when: string, what: string): Promise<void> => {
      if (isReplaced || when !== 'after' || what !== 'part 1') return;
      isReplaced = true;
      await env.ARCHIVE.delete(`projects/${id}/main/002.tar`);
      await env.ARCHIVE.put(`projects/${id}/main/003.tar`, 'newest');
    };
    Object.assign(env, { MEDIA: watched(MEDIA, on) });
    // It keeps the bucket that it began with.
    await person.evicted();
    await person.says('/export');
    const files = await unzip(await at(await linkOf(person), 'POST'));
    expect(isReplaced).toBe(true);
    expect(textOf(files, 'projects/main-main.tar')).toBe('newest');
  });
});

test('without a bucket there is a sentence, and with a PIN it is asked for', async () => {
  const person = await someone();
  const { MEDIA } = env;
  Reflect.deleteProperty(env, 'MEDIA');
  await person.evicted();
  await person.says('/export');
  await person.runs(clock, () => person.bodies().includes(said.exportNone));
  Object.assign(env, { MEDIA });
  await person.evicted();
  await person.says('/pin 4821');
  await person.says('/export');
  await person.runs(clock, () => person.bodies().includes(said.exportPin));
  await person.says('/export 4822');
  await person.runs(clock, () => person.bodies().includes(texts.access.wrongPin(4)));
  await person.says('/export 4821');
  const files = await unzip(await at(await linkOf(person), 'POST'));
  expect(textOf(files, 'data/conversation-0001.jsonl')).not.toMatch(/"pin\\":\\"(?!set)/);
  expect(textOf(files, 'data/messages-0001.jsonl')).not.toContain('4821');
});

test('/forget deletes a copy that is being made', async () => {
  const person = await someone(9 * 2 ** 20);
  await person.says('/export');
  await person.says('/forget everything');
  await person.runs(clock, () => person.bodies().includes(said.forgetSure(false)));
  await person.says('DELETE');
  await person.runs(clock, async () => (await person.rows('SELECT 1 FROM conversation')).length === 0);
  expect(await keysOf(env.MEDIA)).toEqual([]);
});

test('a link opens nothing from the moment in which its person is deleted', async () => {
  const person = await someone();
  await person.says('/export');
  const url = await linkOf(person);
  world.outside.onForget = () => new Response('away', { status: 503 });
  await person.says('/forget everything');
  await person.runs(clock, () => person.bodies().includes(said.forgetSure(false)));
  expect((await at(url, 'GET')).status).toBe(200);
  await person.says('DELETE');
  for (const method of ['GET', 'POST']) expect((await at(url, method)).status).toBe(410);
  world.outside.onForget = undefined;
  await person.runs(clock, async () => (await person.rows('SELECT 1 FROM conversation')).length === 0);
  for (const method of ['GET', 'POST']) expect((await at(url, method)).status).toBe(410);
});

test('rows of megabytes are read in pieces, each row once', async () => {
  const person = await someone();
  await person.says('first');
  await person.rewrites('UPDATE messages SET text = text || hex(zeroblob(350000))');
  await person.says('/export');
  const files = await unzip(await at(await linkOf(person), 'POST'));
  const names = [...files.keys()].filter((name) => name.startsWith('data/messages'));
  expect(names.length).toBeGreaterThan(1);
  const seqs = names.flatMap((name) => textOf(files, name).trim().split('\n')).map((line) => JSON.parse(line).seq);
  expect(seqs).toEqual([...new Set(seqs)]);
  expect(Math.max(...names.map((name) => files.get(name)?.length ?? 0))).toBeLessThan(2_000_000);
});
