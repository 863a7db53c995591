import { env, exports } from 'cloudflare:workers';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { FILE_FOR_MS } from '../../src/conversation/policy/files.ts';
import { mediaUrl } from '../../src/links/media-link.ts';
import type { EventBody } from '../../src/protocol/index.ts';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import type { Sent } from './outside.ts';
import { answerTo, interrupted, Person, quiet } from './person.ts';
import { stubOf, useOutside } from './relay.ts';

// A file of the agent on its way to the person: from the machine into the bucket, to the carrier or as a link, and
// deleted when its time is over. Wherever the object is killed, the file arrives once and nothing is left behind.

quiet();
const clock = useClock();
const world = useOutside();
const vars = Object.assign(env as unknown as Record<string, string>, { SMS: 'on' });
const bucket = env.MEDIA;
const BYTES = crypto.getRandomValues(new Uint8Array(3000));
const ID = 'ab'.repeat(32);
const KEY = JSON.parse(vars.MACHINE_SIGNING_KEY as string) as { d: string };

afterEach(() => {
  (env as { MEDIA?: R2Bucket }).MEDIA = bucket;
});

type Wish = { name?: string; type?: string; size?: number; caption?: string; request?: string; id?: string };

const request = ({
  name = 'hen.png',
  type = 'image/png',
  size = 3000,
  caption = 'A hen',
  ...more
}: Wish): EventBody => ({
  type: 'request',
  request_id: more.request ?? 'toolu_1',
  request: { kind: 'send_file', file: { id: more.id ?? ID, name, type, size }, caption },
});

/** An image waits for the agent’s answer, which these tests give later, if at all. */
class Waiting extends Person {
  /** The clock goes on until `condition` holds. */
  lets(condition: () => boolean | Promise<boolean>): Promise<boolean> {
    return this.outside.until(async () => {
      if (await condition()) return true;
      clock.move(1000);
      await this.ring();
      return false;
    });
  }

  override async gets(nth: number): Promise<Sent> {
    await this.lets(() => this.got().length > nth);
    return super.gets(nth);
  }
}

/** A person whose agent has asked to send a file. */
async function sending(wish: Wish = {}, channel: 'whatsapp' | 'sms' = 'whatsapp') {
  const person = new Waiting(world, channel);
  world.outside.offered.set(ID, BYTES);
  await person.says('send me the file');
  const start = await person.started();
  person.tells(start.attempt, { type: 'started' }, request(wish));
  return { person, ...start };
}

const told = (nth = 0) => world.outside.until(() => world.outside.answers[nth]?.answer);
const files = (person: Person) =>
  person.rows<{ id: string; state: string; note: string | null; expires_at: number | null; answer: string | null }>(
    'SELECT id, state, note, expires_at, answer FROM outgoing ORDER BY id',
  );
const objectId = (person: Person): string => stubOf(person.address).id.toString();
const kept = async (person: Person): Promise<string[]> =>
  (await bucket.list({ prefix: `outgoing/${objectId(person)}/` })).objects.map(({ key }) => key);
const get = (url: string, method = 'GET'): Promise<Response> => exports.default.fetch(url, { method });
const linkIn = (body: string): string => /https:\/\/relay\.example\.com\/media\/\S+/.exec(body)?.[0] ?? '';

describe('a file that WhatsApp takes', () => {
  test('goes with the words, and can be fetched as what it is', async () => {
    const { person, attempt, uuids } = await sending();
    expect(await told()).toEqual({ kind: 'done', ok: true, text: texts.files.sent('hen.png') });
    expect(person.got()).toEqual([]);
    person.tells(attempt, ...answerTo(uuids, 'There it is.'));
    const sent = await person.gets(0);
    expect(sent).toMatchObject({ body: 'A hen\n\nThere it is.', template: null });
    expect(sent.mediaUrl).toMatch(/^https:\/\/relay\.example\.com\/media\/[\w-]{91}$/);
    expect(world.outside.answers[0]).toMatchObject({ attempt, request: 'toolu_1' });
    for (const method of ['HEAD', 'GET']) {
      const response = await get(sent.mediaUrl as string, method);
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'image/png',
        'content-length': '3000',
        'content-disposition': `inline; filename="hen.png"; filename*=UTF-8''hen.png`,
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining('sandbox'),
        'cache-control': 'private, no-store',
      });
      const body = new Uint8Array(await response.arrayBuffer());
      expect(body).toEqual(method === 'GET' ? BYTES : new Uint8Array());
    }
    await world.outside.until(() => world.outside.acknowledged.includes(attempt));
    expect(person.got()).toHaveLength(1);
  });

  test('without words on it follows them, and is found in the list by itself', async () => {
    clock.freeze();
    world.outside.held.send = 'after';
    const { person } = await sending({ name: 'song.mp3', type: 'audio/mpeg', caption: '' });
    await world.outside.until(() => world.outside.stored[0]);
    // No callback says that the carrier has it.
    await person.evicted();
    world.outside.release();
    await person.runs(clock, async () => (await person.replyStates()) === 'accepted');
    expect(person.got()).toMatchObject([{ body: '', mediaUrl: expect.stringContaining('/media/') }]);
  });

  test('audio with words: the words first, then the file', async () => {
    const { person } = await sending({ name: 'song.mp3', type: 'audio/mpeg', caption: 'Our **song**' });
    await person.gets(1);
    expect(person.got()).toMatchObject([
      { body: 'Our *song*', mediaUrl: null },
      { body: '', mediaUrl: expect.stringContaining('/media/') },
    ]);
  });
});

describe('a link', () => {
  test.each([
    ['a type that WhatsApp does not take', { name: 'page.html', type: 'text/html' }, 'whatsapp'],
    ['SMS', {}, 'sms'],
  ] as const)('is what goes for %s', async (_, wish, channel) => {
    const { person } = await sending(wish, channel);
    const { body, mediaUrl: media } = await person.gets(0);
    expect(media).toBeNull();
    expect(body).toMatch(/^A hen\n\n(page\.html|hen\.png) \(3 KB\): https:/);
    const response = await get(linkIn(body));
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(BYTES);
    expect((await told())?.kind === 'done').toBe(true);
  });

  test('to a page of HTML downloads it, and nothing in it could run', async () => {
    const { person } = await sending({ name: 'Küken "1".html', type: 'text/html' });
    const response = await get(linkIn((await person.gets(0)).body));
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="Ku_ken _1_.html"; filename*=UTF-8''K%C3%BCken%20%221%22.html`,
    );
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
    await response.body?.cancel();
  });

  test.each([
    ['refused at once', 21620, false],
    ['refused later', 63019, true],
    ['refused later for its content', 63021, true],
    ['refused later without a reason', 30008, true],
  ] as const)('goes once when the file is %s', async (_, code, late) => {
    if (!late) {
      world.outside.onSend = ({ mediaUrl: media }) =>
        media === null ? undefined : Response.json({ code, message: 'no' }, { status: 400 });
    }
    const { person } = await sending();
    if (late) await person.callback(await person.gets(0), 'failed', code);
    const linked = await person.gets(late ? 1 : 0);
    const words = `A hen\n\n${texts.files.link('hen.png', 3000, linkIn(linked.body))}`;
    expect(linked).toMatchObject({ mediaUrl: null, body: words });
    expect((await get(linkIn(linked.body))).status).toBe(200);
    // The link itself is refused for good: no third message, and the file is deleted when its time is over.
    await person.callback(linked, 'failed', 63021);
    await world.outside.until(async () => (await person.replyStates()).includes('failed'));
    expect(person.got().filter(({ body }) => body.includes('/media/'))).toHaveLength(1);
    expect((await files(person)).map(({ state }) => state)).toEqual(['offered']);
  });
});

describe('refused files', () => {
  const refused: [string, Wish, string][] = [
    ['above 100 MB', { size: 100 * 1024 * 1024 + 1 }, texts.files.tooLarge('hen.png', 100 * 1024 * 1024 + 1)],
    ['empty', { size: 0 }, texts.files.empty('hen.png')],
    ['of another size than it was', { size: 2999 }, texts.files.changed('hen.png')],
    ['gone from the machine', { id: 'cd'.repeat(32) }, texts.files.lost('hen.png')],
  ];
  test.each(refused)(
    'a file %s: the agent hears why, the person nothing, and nothing is kept',
    async (_, wish, why) => {
      const { person } = await sending(wish);
      expect(await told()).toEqual({ kind: 'done', ok: false, text: why });
      expect(await kept(person)).toEqual([]);
      expect(await person.replies()).toEqual([]);
      expect((await files(person)).map(({ state }) => state)).toEqual(['failed']);
    },
  );

  test('the 21st file of a turn', async () => {
    const { person, attempt } = await sending();
    for (let n = 2; n <= 21; n++) person.tells(attempt, request({ request: `toolu_${n}` }));
    await told(20);
    const refusals = world.outside.answers.filter(({ answer }) => answer.kind === 'done' && !answer.ok);
    expect(refusals).toMatchObject([{ request: 'toolu_21', answer: { text: texts.files.tooMany(20) } }]);
    expect(await kept(person)).toHaveLength(20);
  });

  test('every file where there is no bucket: the agent and the operator hear it', async () => {
    (env as { MEDIA?: R2Bucket | undefined }).MEDIA = undefined;
    const { person } = await sending();
    expect(await told()).toEqual({ kind: 'done', ok: false, text: texts.files.noPlace });
    const raised = await world.outside.until(async () => (await alerts()).find((a) => a.cause === 'no-media-bucket'));
    expect(raised.text).toBe(texts.files.noBucket);
    expect(await person.replies()).toEqual([]);
  });

  test('a file with fewer bytes than the machine announced is not kept, and is fetched again', async () => {
    clock.freeze();
    world.outside.onFile = () => new Response(BYTES.subarray(0, 1000));
    const { person } = await sending();
    await world.outside.until(async () => (await person.timers()) === 'outgoing');
    expect(await kept(person)).toEqual([]);
    world.outside.onFile = undefined;
    expect((await get((await person.gets(0)).mediaUrl as string)).headers.get('content-length')).toBe('3000');
  });
});

const alerts = () => env.DIRECTORY.getByName('directory').alerts();

test('a machine that is away is asked again; one that stays away is given up, and the agent is told', async () => {
  clock.freeze();
  world.outside.onFile = () => new Response('', { status: 502 });
  const { person } = await sending();
  await person.runs(clock, () => world.outside.answers.length === 1);
  expect(await told()).toEqual({ kind: 'done', ok: false, text: texts.files.unreachable('hen.png') });
  expect(world.outside.fetched).toHaveLength(10);
  expect(await kept(person)).toEqual([]);
});

describe('an object that ends', () => {
  test.each([
    ['while the file is fetched', { file: 'before' }, 'wanted'],
    ['while the carrier is asked', { send: 'after' }, 'stored'],
    ['while the agent is told, before it heard', { answer: 'before' }, 'stored'],
    ['while the agent is told, after it heard', { answer: 'after' }, 'stored'],
  ] as const)('%s: the file arrives once, the agent hears it', async (_, hold, state) => {
    clock.freeze();
    Object.assign(world.outside.held, hold);
    const { person, attempt, uuids } = await sending();
    await person.lets(
      () =>
        ('file' in hold && world.outside.fetched.length === 1) ||
        ('send' in hold && world.outside.stored.length === 1) ||
        ('answer' in hold && person.got().length === 1),
    );
    await world.outside.until(async () => (await files(person))[0]?.state === state);
    await person.evicted();
    world.outside.release();
    await person.runs(clock, async () => world.outside.answers.length > 0 && (await files(person))[0]?.answer === null);
    await person.gets(0);
    person.tells(attempt, ...answerTo(uuids, 'Sent.'));
    await person.runs(clock, () => person.got().length === 2);
    expect(person.got()).toMatchObject([{ mediaUrl: expect.stringContaining('/media/') }, { body: 'Sent.' }]);
    expect(await kept(person)).toHaveLength(1);
    expect((await get(person.got()[0]?.mediaUrl as string)).status).toBe(200);
  });

  test('while the file is removed: it is removed, once its time is over', async () => {
    clock.freeze();
    const { person, attempt, uuids } = await sending();
    await person.gets(0);
    person.tells(attempt, ...answerTo(uuids, 'Sent.'));
    await person.runs(clock, async () => (await person.timers()) === 'expire' && person.got().length === 2);
    const [file] = await files(person);
    await person.rewrites(`UPDATE outgoing SET state = 'over' WHERE id = '${file?.id}'`);
    await person.ring();
    await world.outside.until(async () => (await files(person))[0]?.state === 'expired');
    expect(await kept(person)).toEqual([]);
  });
});

describe('when its time is over', () => {
  test('the link says so, the file is gone, and until then one alarm was set', async () => {
    clock.freeze();
    const { person, attempt, uuids } = await sending();
    const { mediaUrl: link } = await person.gets(0);
    await told();
    person.tells(attempt, ...answerTo(uuids, 'Sent.'));
    await person.runs(clock, async () => (await person.timers()) === 'expire' && person.got().length === 2);
    for (const sent of person.got()) await person.callback(sent, 'delivered');
    const expiresAt = (await files(person))[0]?.expires_at as number;
    expect(expiresAt - Date.now()).toBeGreaterThan(FILE_FOR_MS - 60_000);
    // The alarm that kept the working object awake fires once more.
    await person.ring();
    await world.outside.until(async () => (await person.alarm()) === expiresAt);
    clock.move(expiresAt - Date.now() - 1000);
    expect((await get(link as string)).status).toBe(200);
    clock.move(1000);
    const gone = await get(link as string);
    expect([gone.status, await gone.text()]).toEqual([410, texts.files.linkExpired]);
    expect(await kept(person)).toHaveLength(1);
    await person.comesToRest(clock);
    expect(await kept(person)).toEqual([]);
    expect((await files(person)).map(({ state }) => state)).toEqual(['expired']);
  });

  test('a reply that is sent again goes without it, and says so', async () => {
    clock.freeze();
    world.outside.onSend = () => Response.json({ code: 63003, message: 'no' }, { status: 400 });
    const { person, attempt, uuids } = await sending();
    await told();
    await person.lets(async () => (await person.replyStates()) === 'parked');
    person.tells(attempt, ...answerTo(uuids, 'Sent.'));
    await person.runs(clock, async () => (await person.replyStates()) === 'parked parked');
    clock.move(FILE_FOR_MS + 1000);
    await person.runs(clock, async () => (await files(person))[0]?.state === 'expired');
    world.outside.onSend = undefined;
    // The person wrote, so the window is open.
    await person.says('/verbose off');
    const [reply] = await person.replies();
    await stubOf(person.address).resend(reply?.id as string);
    await person.runs(clock, () => person.got().length === 2);
    expect(person.got()[1]).toMatchObject({ mediaUrl: null, body: `A hen\n\n${texts.files.expired}` });
  });

  test('a reply is sent again by its id, however many are newer', async () => {
    const person = new Person(world);
    await person.says('/verbose off');
    await person.gets(0);
    const [old] = await person.rows<Record<string, number | string | null>>('SELECT * FROM replies LIMIT 1');
    const more = Object.keys(old ?? {}).filter((column) => column !== 'id' && column !== 'seq' && column !== 'state');
    const columns = more.map((column) => `"${column}"`).join(', ');
    await person.rewrites(`UPDATE replies SET state = 'parked', sid = NULL`);
    await person.rewrites(
      `INSERT INTO replies (id, seq, state, ${columns})
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
       SELECT 'X' || i, -i, 'parked', ${columns} FROM n, replies WHERE id = '${old?.id}'`,
    );
    expect(await stubOf(person.address).resend('X119')).toBe(true);
    expect(await stubOf(person.address).resend('nobody’s')).toBe(false);
  });
});

test('/stop while it is fetched: it is not sent, and not kept', async () => {
  clock.freeze();
  world.outside.held.file = 'before';
  const { person } = await sending();
  await world.outside.until(() => world.outside.fetched.length === 1);
  await person.says('/stop');
  await world.outside.until(async () => (await files(person))[0]?.state === 'over');
  world.outside.release();
  await person.comesToRest(clock);
  expect(await kept(person)).toEqual([]);
  expect(person.got().filter(({ mediaUrl: media }) => media !== null)).toEqual([]);
  expect((await files(person))[0]).toMatchObject({ state: 'expired', note: texts.files.stopped });
});

test('a file kept before the object ended is deleted when the machine has lost it since', async () => {
  clock.freeze();
  world.outside.held.file = 'before';
  const { person } = await sending();
  await world.outside.until(() => world.outside.fetched.length === 1);
  // The rows of an object that was killed after the file was stored and before its row said so.
  await bucket.put(`outgoing/${objectId(person)}/${(await files(person))[0]?.id}`, BYTES);
  await person.evicted();
  world.outside.offered.clear();
  world.outside.release();
  await person.runs(clock, () => world.outside.answers.length === 1);
  expect(await told()).toEqual({ kind: 'done', ok: false, text: texts.files.lost('hen.png') });
  expect(await kept(person)).toEqual([]);
});

test('asked for again after the attempt was cut: sent once, and the agent hears that it was', async () => {
  clock.freeze();
  const { person, attempt } = await sending();
  await person.gets(0);
  await told();
  person.tells(attempt, interrupted);
  const { attempt: next, uuids } = await person.started(1);
  person.tells(next, { type: 'started' }, request({ request: 'toolu_9' }));
  expect(await told(1)).toEqual({ kind: 'done', ok: true, text: texts.files.sent('hen.png') });
  // In the same attempt it means that file.
  person.tells(next, request({ request: 'toolu_10' }));
  await told(2);
  person.tells(next, ...answerTo(uuids, 'Sent.'));
  await world.outside.until(() => world.outside.acknowledged.includes(next));
  await person.runs(clock, () => person.got().length === 2);
  expect(person.got().filter(({ mediaUrl: media }) => media !== null)).toHaveLength(2);
});

test('held while the window is closed, it leaves by itself when the person writes', async () => {
  clock.freeze();
  const { person, attempt, uuids } = await sending();
  const first = await person.gets(0);
  await told();
  person.tells(attempt, ...answerTo(uuids, 'Sent.'));
  await person.runs(clock, () => person.got().length === 2);
  for (const sent of person.got()) await person.callback(sent, 'failed', 63016);
  await world.outside.until(async () => (await person.replyStates()) === 'held held');
  await person.says('/queue');
  await person.runs(clock, () => person.got().length === 5);
  expect(person.got().slice(3)).toMatchObject([
    { body: 'A hen', mediaUrl: first.mediaUrl },
    { body: 'Sent.', mediaUrl: null },
  ]);
});

describe('which links lead to a file', () => {
  const link = (parts: { file?: string; key?: { d: string }; expiresAt?: number } = {}): string => {
    const { file = '01ARZ3NDEKTSV4RRFFQ69G5FAV', key = KEY, expiresAt = Date.now() + 60_000 } = parts;
    const conversation = env.CONVERSATIONS.idFromName('whatsapp:+15555550199').toString();
    return mediaUrl(vars.PUBLIC_URL as string, key, { conversation, file, expiresAt });
  };

  test('a link to a missing file: 404, in words', async () => {
    for (const method of ['GET', 'HEAD']) expect((await get(link(), method)).status).toBe(404);
    expect(await (await get(link())).text()).toBe(texts.files.linkUnknown);
  });

  test.each([
    ['signed with another key', (url: string) => url, { key: { d: `${'A'.repeat(42)}E` } }],
    ['of a reading page', (url: string) => url.replace('/media/', '/read/'), {}],
    [
      'changed in its first character',
      (url: string) => url.replace(/media\/./, (m) => `media/${m[6] === 'A' ? 'B' : 'A'}`),
      {},
    ],
    ['changed in its signature', (url: string) => url.slice(0, -2) + (url.at(-2) === 'A' ? 'B' : 'A') + url.at(-1), {}],
    ['cut short', (url: string) => url.slice(0, -1), {}],
    ['with more behind it', (url: string) => `${url}A`, {}],
    ['a path', (url: string) => url.replace(/media\/.*/, 'media/..%2foutgoing'), {}],
  ])('a link that is %s reads nothing and gets 404', async (_, change, parts) => {
    const asked = vi.fn();
    const spied = { head: asked, get: asked } as unknown as R2Bucket;
    (env as { MEDIA?: R2Bucket }).MEDIA = spied;
    expect((await get(change(link(parts)))).status).toBe(404);
    expect(asked).not.toHaveBeenCalled();
  });

  test('a link to a file of a removed person: 404, until they may write again', async () => {
    const { person } = await sending();
    const url = (await person.gets(0)).mediaUrl ?? '';
    expect((await get(url)).status).toBe(200);
    const { ALLOWED_SENDERS: before } = vars;
    onTestFinished(() => void Object.assign(vars, { ALLOWED_SENDERS: before }));
    vars.ALLOWED_SENDERS = '+15555550123';
    await person.evicted();
    for (const method of ['HEAD', 'GET']) expect((await get(url, method)).status).toBe(404);
    expect(await (await get(url)).text()).toBe(texts.files.linkUnknown);
    Object.assign(vars, { ALLOWED_SENDERS: before });
    await person.evicted();
    expect((await get(url)).status).toBe(200);
  });

  test('nothing else may be done with one', async () => {
    for (const method of ['PUT', 'POST', 'DELETE']) expect((await get(link(), method)).status).toBe(404);
  });

  test('a bucket that fails: 503, without why', async () => {
    const failing = { get: () => Promise.reject(new Error('the reason')) } as unknown as R2Bucket;
    (env as { MEDIA?: R2Bucket }).MEDIA = failing;
    const response = await get(link());
    expect([response.status, await response.text()]).toEqual([503, texts.files.linkUnavailable]);
  });
});

describe('/files', () => {
  test.each([
    ['/files', 'files', '.'],
    ['/files docs/plans', 'files', 'docs/plans'],
    ['/FILES send docs/plan (1).pdf', 'send_file', 'docs/plan (1).pdf'],
  ])('%s is a turn of the machine', async (text, action, path) => {
    const person = new Person(world);
    await person.says(text);
    await person.asked();
    expect(world.outside.starts[0]?.body.messages).toMatchObject([{ action, text: path }]);
  });

  test.each([
    ['/files send', texts.files.use],
    ['/files send a\u0000b', texts.files.oddName],
    ['/files send invoice\u202Efdp.exe', texts.files.oddName],
    [`/files ${'x'.repeat(256)}`, texts.files.longName],
  ])('%j is refused in words, without a turn', async (text, words) => {
    const person = new Person(world);
    await person.says(text);
    expect((await person.gets(0)).body).toBe(words);
    expect(world.outside.starts).toEqual([]);
  });
});
