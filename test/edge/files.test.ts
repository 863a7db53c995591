import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FILE_TRIES } from '../../src/conversation/policy/files.ts';
import { useClock } from './clock.ts';
import { type Media, refusal } from './outside-media.ts';
import { answerTo, interrupted, Person, quiet } from './person.ts';
import { useOutside, vars } from './relay.ts';

// The files of a message, from the carrier's address to the machine's folder, and the sentence when one cannot be
// fetched.

const world = useOutside();
const clock = useClock();
let person: Person;
let ids = 0;
beforeEach(() => {
  quiet();
  person = new Person(world);
});

/** 251 is prime, so that pieces in a wrong order show. */
const PATTERN = Uint8Array.from({ length: 251 * 1024 }, (_, n) => n % 251);
function bytes(size: number): Uint8Array {
  const all = new Uint8Array(size);
  for (let at = 0; at < size; at += PATTERN.length) all.set(PATTERN.subarray(0, size - at), at);
  return all;
}
const JPEG: Media = { type: 'image/jpeg', bytes: bytes(1000) };

/** Sends a message with files; returns their ids at the carrier. */
async function sends(body: string, files: Media[], extra: Record<string, string> = {}): Promise<string[]> {
  const names = files.map(() => `ME${String(++ids).padStart(32, '0')}`);
  const fields = files.flatMap(({ type }, n) => [
    [`MediaUrl${n}`, urlOf(names[n] as string)],
    [`MediaContentType${n}`, type],
  ]);
  files.forEach((file, n) => void world.outside.media.at.set(names[n] as string, file));
  await person.says(body, { NumMedia: `${files.length}`, ...Object.fromEntries(fields), ...extra });
  return names;
}
const urlOf = (id: string): string =>
  `https://twilio.example.com/2010-04-01/Accounts/${vars.TWILIO_ACCOUNT_SID}/Messages/MM1/Media/${id}`;
const files = () =>
  person.rows<{ state: string; id: string | null; name: string | null; size: number | null; attempts: number }>(
    'SELECT state, id, name, size, attempts, forgotten FROM files ORDER BY message, n',
  );
const media = () => world.outside.media;

describe('a photo', () => {
  test('is on the machine, whole, before the attempt that names it is asked for', async () => {
    const taken: string[] = [];
    world.outside.onStart = () => {
      taken.push(...media().shelf.map(({ id }) => id));
      return undefined;
    };
    await sends('What is in this picture?', [{ ...JPEG, bytes: bytes(300_000) }]);
    const { texts } = await person.started();
    const [shelved] = media().shelf;
    expect(taken).toEqual([shelved?.id]);
    expect(shelved).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{64}$/), type: 'image/jpeg' });
    expect(shelved?.bytes).toEqual(bytes(300_000));
    expect(world.outside.starts[0]?.body.messages[0]?.files).toEqual([shelved?.id]);
    expect(texts[0]).toMatch(/^What is in this picture\?\n\n\[photo: safe-photo-1\.jpg, image\/jpeg, 300 KB]$/);
    expect(await files()).toEqual([
      { state: 'kept', id: shelved?.id, name: 'safe-photo-1.jpg', size: 300_000, attempts: 0, forgotten: 0 },
    ]);
  });

  test('without words is a message, too', async () => {
    await sends('', [JPEG]);
    expect((await person.started()).texts).toEqual(['[photo: safe-photo-1.jpg, image/jpeg, 1 KB]']);
  });

  test('the password goes to the carrier alone, and no further along the redirect', async () => {
    await sends('', [JPEG]);
    await person.started();
    const basic = `Basic ${btoa(`${vars.TWILIO_ACCOUNT_SID}:${vars.TWILIO_AUTH_TOKEN}`)}`;
    const [first, second, third] = media().seen;
    expect(first?.authorization).toBe(basic);
    expect(second).toMatchObject({ url: expect.stringContaining('https://cdn.example.com/'), authorization: null });
    expect(third?.authorization).toMatch(/^Bearer /);
    expect(media().seen).toHaveLength(3);
  });
});

describe('an address that is not the carrier’s own', () => {
  const elsewhere = [
    'https://evil.example.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1',
    'https://twilio.example.com.evil.example.com/2010-04-01/Accounts/x/Messages/MM1/Media/ME1',
    'http://twilio.example.com/2010-04-01/Accounts/x/Messages/MM1/Media/ME1',
    'https://twilio.example.com/2010-04-01/Accounts/AC2/Messages.json',
    'not an address',
  ];
  test.each(elsewhere)('is never asked: %s', async (url) => {
    await person.says('look', { NumMedia: '1', MediaUrl0: url, MediaContentType0: 'image/png' });
    const { texts } = await person.started();
    expect(texts[0]).toMatch(/^look\n\n\[photo: photo-1\.png, image\/png: it isn’t available\. /);
    expect(media().seen).toEqual([]);
    expect((await person.gets(0)).body).toMatch(/couldn’t get your file/);
  });

  const targets = [
    'https://127.0.0.1/x',
    'https://10.0.0.7/x',
    'http://cdn.example.com/x',
    'https://localhost/x',
    'file:///etc/passwd',
  ];
  test.each(targets)('nor is a redirect followed to %s', async (target) => {
    media().redirectTo = () => target;
    await sends('look', [JPEG]);
    expect((await person.started()).texts[0]).toContain('it isn’t available');
    expect(media().seen).toHaveLength(1);
  });

  test('one redirect and no more', async () => {
    media().onBytes = () => new Response(null, { status: 302, headers: { location: 'https://cdn.example.com/again' } });
    await sends('look', [JPEG]);
    expect((await person.started()).texts[0]).toContain('it isn’t available');
    expect(media().seen).toHaveLength(2);
  });
});

describe('too large', () => {
  const MAX = 20 * 1024 * 1024;
  test('announced: nothing of it is read', async () => {
    await sends('look', [{ ...JPEG, announced: MAX + 1 }]);
    expect((await person.started()).texts[0]).toContain('It is larger than 20 MB.');
    expect((await person.gets(0)).body).toContain('larger than 20 MB');
    expect(media().seen.filter(({ url }) => url.includes('machine'))).toEqual([]);
  });

  test('not announced: broken off while it streams', async () => {
    await sends('look', [{ ...JPEG, bytes: bytes(MAX + 3 * 1024 * 1024), announced: null }]);
    expect((await person.started()).texts[0]).toContain('It is larger than 20 MB.');
    expect(media().poured).toBeLessThan(MAX + 1024 * 1024);
    expect(media().shelf).toEqual([]);
  });

  test('just fits, announced or not', async () => {
    await sends('look', [{ ...JPEG, bytes: bytes(MAX), announced: null }]);
    await person.started();
    expect(media().shelf.map((f) => f.bytes.byteLength)).toEqual([MAX]);
  });
});

describe('the carrier', () => {
  test.each([404, 403, 410])('says %i: the agent goes on without it, and the person is told once', async (status) => {
    media().onBytes = () => new Response('no', { status });
    await sends('look', [JPEG, JPEG]);
    expect((await person.started()).texts[0]?.match(/The carrier no longer has it/g)).toHaveLength(2);
    expect((await person.gets(0)).body).toContain('it was gone');
    expect((await person.replies()).length).toBe(1);
  });

  test('fails for a while: tried again', async () => {
    let left = 2;
    media().onMedia = () => (left-- > 0 ? new Response('no', { status: 503 }) : undefined);
    await sends('look', [JPEG]);
    await person.runs(clock, () => media().shelf.length === 1);
    await person.started();
    expect(await files()).toMatchObject([{ state: 'kept', attempts: 2 }]);
    expect(await person.replies()).toEqual([]);
  });

  test('fails for long: tried for minutes, which is said, then the agent goes on without it', async () => {
    media().onMedia = () => new Response('no', { status: 500 });
    await sends('look', [JPEG]);
    await person.runs(clock, () => world.outside.starts.length === 1);
    expect(media().seen).toHaveLength(FILE_TRIES);
    expect((await person.started()).texts[0]).toContain('after several tries');
    expect((await person.gets(0)).body).toContain('keep trying');
    expect((await person.gets(1)).body).toContain('after several tries');
  });

  test('breaks off in the middle: tried again, and only the whole counts', async () => {
    const [id] = await sends('look', [{ ...JPEG, bytes: bytes(300_000), breaksAfter: 100_000 }]);
    await world.outside.until(async () => (await files())[0]?.attempts === 1);
    media().at.set(id as string, { ...JPEG, bytes: bytes(300_000) });
    await person.runs(clock, () => world.outside.starts.length === 1);
    expect(media().shelf.map((f) => f.bytes.byteLength)).toEqual([300_000]);
  });
});

describe('the machine', () => {
  test('is away: the person hears what they hear of any text, and the file is brought when it is back', async () => {
    media().onFile = () => new Response('bad gateway', { status: 502 });
    await sends('look', [JPEG]);
    await world.outside.until(async () => (await person.timers()).includes('reach'));
    await person.runs(clock, async () => (await person.replies()).length === 1);
    expect((await person.replies())[0]?.body).toContain('can’t reach your machine');
    expect(world.outside.starts).toEqual([]);
    media().onFile = undefined;
    await person.runs(clock, () => world.outside.starts.length > 0);
    expect(await files()).toMatchObject([{ state: 'kept', attempts: 0 }]);
  });

  test('does not take it: said, and the agent goes on', async () => {
    media().onFile = () => refusal('refused_file');
    await sends('look', [JPEG]);
    expect((await person.started()).texts[0]).toContain('The machine didn’t accept it.');
    expect((await person.gets(0)).body).toContain('didn’t accept your file');
  });

  test('has no room: three tries, then said', async () => {
    media().onFile = () => refusal('no_space');
    await sends('look', [JPEG]);
    await person.runs(clock, () => world.outside.starts.length === 1);
    expect((await person.gets(0)).body).toContain('disk is full');
  });

  test('has lost a file that an attempt names: it is brought again', async () => {
    let refuse = true;
    world.outside.onStart = () => {
      const answer = refuse ? refusal('unknown_file') : undefined;
      refuse = false;
      return answer;
    };
    await sends('look', [JPEG]);
    await person.runs(clock, () => world.outside.starts.length === 2);
    expect(media().shelf.map(({ id }) => id)).toEqual([media().shelf[0]?.id, media().shelf[0]?.id]);
    expect(await files()).toMatchObject([{ state: 'kept', attempts: 0, forgotten: 1 }]);
  });

  test('that never has it: the agent goes on without', async () => {
    world.outside.onStart = () => {
      const named = world.outside.starts.at(-1)?.body.messages[0]?.files;
      return named ? refusal('unknown_file') : undefined;
    };
    await sends('look', [JPEG]);
    await person.runs(clock, () => world.outside.attaches.length > 0);
    expect(world.outside.starts.at(-1)?.body.messages[0]?.text).toContain('lost it, several times');
    expect(media().shelf).toHaveLength(3);
  });
});

describe('in the middle of it', () => {
  test('the object is gone: the next one brings it', async () => {
    let held = true;
    media().onFile = async () => {
      while (held) await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error('cut');
    };
    await sends('look', [JPEG]);
    await world.outside.until(() => media().seen.some(({ url }) => url.includes('/files/')));
    await person.evicted();
    held = false;
    media().onFile = undefined;
    await world.outside.until(async () => (await person.ring()) || true);
    expect((await person.started()).texts[0]).toContain('safe-photo-1.jpg');
    expect(media().shelf).toHaveLength(1);
  });

  test('/stop: nothing is brought any more, and /retry brings it', async () => {
    media().onMedia = () => new Response('no', { status: 503 });
    await sends('look', [JPEG]);
    await world.outside.until(async () => (await files())[0]?.attempts === 1);
    await person.says('/stop');
    media().onMedia = undefined;
    await world.outside.until(async () => (await person.attempts())[0]?.outcome === 'stopped');
    expect(media().shelf).toEqual([]);
    expect(world.outside.starts).toEqual([]);
    await person.says('/retry');
    expect((await person.started()).texts[0]).toContain('safe-photo-1.jpg');
  });

  test('a continued attempt does not bring again what is there', async () => {
    await sends('look', [JPEG]);
    const { attempt } = await person.started();
    person.tells(attempt, interrupted);
    const again = await person.started(1);
    expect(again.texts[0]).toContain('safe-photo-1.jpg');
    expect(media().shelf).toHaveLength(1);
  });
});

describe('while a turn runs', () => {
  test('a photo that is steered in is there before it is given', async () => {
    await person.says('/queue steer');
    await person.says('begin');
    const { attempt } = await person.started();
    await sends('look at this', [JPEG]);
    const steer = await world.outside.until(() => world.outside.steers[0]);
    expect(steer).toMatchObject({ attempt, files: [media().shelf[0]?.id] });
    expect(steer.text).toMatch(/^look at this\n\n\[photo: safe-photo-3\.jpg/);
  });

  test('a text behind it waits for it', async () => {
    await person.says('/queue steer');
    await person.says('begin');
    await person.started();
    let held = true;
    media().onMedia = async () => {
      while (held) await new Promise((resolve) => setTimeout(resolve, 5));
      return new Response('no', { status: 404 });
    };
    await sends('look at this', [JPEG]);
    await person.says('and tell me');
    await world.outside.until(() => media().seen.length === 1);
    expect(world.outside.steers).toEqual([]);
    held = false;
    await world.outside.until(() => world.outside.steers.length === 2);
    expect(world.outside.steers.map(({ text }) => text.slice(0, 8))).toEqual(['look at ', 'and tell']);
  });
});

describe('messages that cannot start a turn', () => {
  test.each([
    ['sticker', 'stickers'],
    ['poll', 'polls'],
    ['unsupported', 'find anything to read'],
  ])('a %s gets one sentence', async (type, said) => {
    await person.says('', { MessageType: type });
    expect((await person.gets(0)).body).toContain(said);
    expect(await person.messageStates()).toBe('consumed');
    expect(world.outside.starts).toEqual([]);
  });
});

describe('a message that replies to another', () => {
  test('brings the quoted answer along', async () => {
    await person.says('first');
    await person.answered(0, 'The answer is 42.');
    const { sid } = await person.gets(0);
    await person.says('Why?', { OriginalRepliedMessageSid: sid, OriginalRepliedMessageSender: person.ours });
    expect((await person.started(1)).texts).toEqual([
      '[The person replies to this message of yours:]\n> The answer is 42.\n\nWhy?',
    ]);
  });

  test('quoted from another project it goes there, and that is said', async () => {
    await person.says('first');
    await person.answered(0, 'The answer is 42.');
    const { sid } = await person.gets(0);
    await person.rewrites("INSERT INTO projects (id, label, session_id) VALUES ('site', 'Site', NULL)");
    await person.rewrites("UPDATE conversation SET project = 'site'");
    await person.says('Why?', { OriginalRepliedMessageSid: sid });
    await person.started(1);
    expect(world.outside.starts[1]?.body.project).toBe('main');
    expect((await person.gets(1)).body).toBe('This goes to main, where that answer came from.');
  });

  test('their own earlier message, and an unknown one', async () => {
    const first = await person.says('first\nline');
    await person.answered(0, 'Yes.');
    await person.says('again', { OriginalRepliedMessageSid: first.MessageSid as string });
    expect((await person.started(1)).texts[0]).toBe(
      '[The person replies to this earlier message of their own:]\n> first\n> line\n\nagain',
    );
    person.tells((await person.started(1)).attempt, ...answerTo((await person.started(1)).uuids, 'Yes.'));
    await person.gets(1);
    await person.says('and this', { OriginalRepliedMessageSid: `SM${'9'.repeat(32)}` });
    expect((await person.started(2)).texts[0]).toMatch(/no longer known here\.]\n\nand this$/);
  });
});

describe('a voice note', () => {
  type Call = { model: string; input: { audio: string } };
  /** In place of Workers AI; the object finds it among its bindings. */
  const bind = (run: (call: Call) => Promise<unknown>): void => {
    const AI = { run: (model: string, input: { audio: string }) => run({ model, input }) };
    Object.assign(env, { AI });
  };
  afterEach(() => {
    Reflect.deleteProperty(env, 'AI');
  });
  const NOTE: Media = { type: 'audio/ogg', bytes: bytes(5000) };

  test('is written down where that is set up, and the person hears what was heard', async () => {
    const calls: Call[] = [];
    bind(async (call) => {
      calls.push(call);
      return { text: ' Turn the lights off. ', word_count: 4, segments: [], vtt: 'WEBVTT' };
    });
    await sends('', [NOTE]);
    expect((await person.started()).texts).toEqual([
      '[voice note: safe-voice-1.ogg, audio/ogg, 5 KB. Automatic transcript:]\n> Turn the lights off.',
    ]);
    expect((await person.gets(0)).body).toBe('I heard: “Turn the lights off.”');
    expect(calls.map(({ model }) => model)).toEqual(['@cf/openai/whisper-large-v3-turbo']);
    expect(Uint8Array.from(atob(calls[0]?.input.audio ?? ''), (c) => c.charCodeAt(0))).toEqual(NOTE.bytes);
    expect(media().shelf.map((f) => f.bytes)).toEqual([NOTE.bytes]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['fails', () => Promise.reject(new Error('3030: busy'))],
    ['answers what nobody expects', () => Promise.resolve({ vtt: 'WEBVTT' })],
    ['hears nothing', () => Promise.resolve({ text: '  ' })],
  ])('that service %s: it is a file, and both are told so', async (_how, run) => {
    bind(run);
    await sends('', [NOTE]);
    expect((await person.started()).texts[0]).toContain('There is no transcript.');
    expect((await person.gets(0)).body).toContain('couldn’t make out this voice note');
  });

  test('that is spoken for very long reaches the agent with a sign that there was more, and the person in its first words', async () => {
    bind(async () => ({ text: 'word '.repeat(5000) }));
    await sends('', [NOTE]);
    const [told = ''] = (await person.started()).texts;
    expect(told).toMatch(/word…$/);
    expect(told.length).toBeLessThan(20_200);
    const { body } = await person.gets(0);
    expect([body.length < 1300, body.endsWith('…”')]).toEqual([true, true]);
  });

  test('that is too long to hold is a file like any other', async () => {
    let asked = 0;
    bind(async () => ({ text: `${++asked}` }));
    await sends('', [{ ...NOTE, bytes: new Uint8Array(5 * 1024 * 1024) }]);
    expect((await person.started()).texts[0]).toContain('There is no transcript');
    expect((await person.gets(0)).body).toContain('couldn’t make out this voice note');
    expect(asked).toBe(0);
  });

  test('is a file where nothing is set up for it', async () => {
    await sends('', [NOTE]);
    expect((await person.started()).texts[0]).toContain('There is no transcript');
    expect((await person.gets(0)).body).toContain('can’t listen to voice notes');
  });
});

describe('with DELETE_MEDIA', () => {
  beforeEach(() => {
    vars.DELETE_MEDIA = 'on';
  });
  afterEach(() => {
    vars.DELETE_MEDIA = '';
  });

  test('the carrier’s copy goes when the message was answered; it is asked again where that fails', async () => {
    media().onDelete = () => new Response('no', { status: 500 });
    const [id] = await sends('look', [JPEG]);
    await person.answered(0, 'nice');
    expect(media().deleted).toEqual([]);
    await person.runs(clock, () => media().seen.some(({ method }) => method === 'DELETE'));
    media().onDelete = undefined;
    await person.runs(clock, async () => !(await person.timers()).includes('media'));
    expect(media().deleted).toEqual([id]);
  });

  test('it goes, too, when the message had been given up and a later answer is for it as well', async () => {
    const [id] = await sends('look', [JPEG]);
    const { attempt, uuids } = await person.started(0);
    person.tells(attempt, { type: 'ending' }, { type: 'ended', outcome: 'failed', reason: 'the key was refused' });
    await world.outside.until(() => world.outside.acknowledged.includes(attempt));
    await person.says('and now?');
    const next = await person.started(1);
    person.tells(next.attempt, ...answerTo([...uuids, ...next.uuids], 'both'));
    await world.outside.until(() => world.outside.acknowledged.includes(next.attempt));
    await person.runs(clock, async () => !(await person.timers()).includes('media'));
    expect(media().deleted).toEqual([id]);
  });
});

vi.setConfig({ testTimeout: 30_000 });
