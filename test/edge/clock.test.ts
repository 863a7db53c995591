import { env, exports } from 'cloudflare:workers';
import { afterEach, describe, expect, test } from 'vitest';
import { FILE_FOR_MS } from '../../src/conversation/policy/files.ts';
import { MACHINE_TOKEN_MS, MODEL_TOKEN_MS } from '../../src/conversation/policy/machine.ts';
import { HELD_FOR_MS, PAGE_FOR_MS } from '../../src/conversation/policy/outbox.ts';
import { DEEP_IDLE_MS } from '../../src/conversation/policy/turn.ts';
import { openMediaLink } from '../../src/links/media-link.ts';
import { openPageLink } from '../../src/links/page-link.ts';
import { checkToken, MODEL_AUDIENCE } from '../../src/protocol/index.ts';
import { texts } from '../../src/texts/index.ts';
import type { Sent } from './outside.ts';
import { answerTo, Person, quiet } from './person.ts';
import { useOutside } from './relay.ts';

// The clock of a conversation's rows, moved as a local run moves it: the alarm fires without help and does what is due,
// while everything outside keeps its own time.

quiet();
const world = useOutside();
const vars = env as unknown as Record<string, string>;
const KEY = JSON.parse(vars.MACHINE_SIGNING_KEY as string) as JsonWebKey & { d: string };
const DAY = 24 * 60 * 60 * 1000;

const here = (): Person => new Person(world);
/** A text with an answer that the carrier accepted. */
async function answered(person: Person, nth: number, words: string): Promise<Sent> {
  const before = person.got().length;
  await person.says('hello');
  await person.answered(nth, words);
  return world.outside.until(() => person.got()[before]);
}
const isSoon = (at: number, within: number): boolean => at > Date.now() + within - 60_000 && at <= Date.now() + within;

describe('moved over a timer', () => {
  test('the alarm fires for it, at once and once', async () => {
    const person = here();
    await person.says('/deep build a bridge');
    await person.answered(0, 'built');
    await world.outside.until(() => world.outside.holds.open === 1);
    await person.moves(DEEP_IDLE_MS - 60_000);
    await world.outside.until(async () => (await person.alarm()) !== null);
    expect(world.outside.starts).toHaveLength(1);
    await person.moves(60_000);
    const wrapUp = await person.started(1);
    expect(wrapUp.texts).toEqual([texts.deep.wrapUp]);
    person.tells(wrapUp.attempt, ...answerTo(wrapUp.uuids, 'all is built'));
    await world.outside.until(() => person.bodies().at(-1) === 'all is built');
    await world.outside.until(() => person.isSettled());
    expect(world.outside.starts).toHaveLength(2);
  });

  test('later timers are armed at their time by the platform’s clock', async () => {
    const person = here();
    const sent = await answered(person, 0, 'the answer');
    await person.callback(sent, 'failed', 63016);
    await person.moves(HELD_FOR_MS - 3 * DAY);
    const [timer] = await person.rows<{ due_at: number }>(`SELECT due_at FROM timers WHERE kind = 'held'`);
    const at = await world.outside.until(async () => {
      const alarm = await person.alarm();
      return alarm !== null && alarm > Date.now() + DAY && alarm;
    });
    expect(at).toBe((timer?.due_at ?? 0) - (HELD_FOR_MS - 3 * DAY));
    expect(await person.replyStates()).toBe('held');
    await person.evicted();
    await person.moves(3 * DAY);
    await world.outside.until(async () => (await person.replyStates()) === 'parked');
  });

  test('the clock is as it was after an eviction, and only its own', async () => {
    const [person, other] = [here(), here()];
    for (const [nth, one] of [person, other].entries()) await answered(one, nth, 'the answer');
    await person.moves(2 * DAY);
    await person.moves(DAY);
    await person.evicted();
    const clock = await person.local.clock();
    expect(clock?.offset).toBe(3 * DAY);
    expect(Math.abs((clock?.now ?? 0) - Date.now() - 3 * DAY)).toBeLessThan(10_000);
    expect((await other.local.clock())?.offset).toBe(0);
    await person.says('/status');
    await person.gets(1);
    const [reply] = await person.rows<{ created_at: number }>('SELECT created_at FROM replies ORDER BY seq DESC');
    expect(isSoon(reply?.created_at ?? 0, 3 * DAY)).toBe(true);
  });
});

describe('after a move of three days', () => {
  test('a text opens the window, brings what was held, and is answered', async () => {
    const person = here();
    await answered(person, 0, 'the answer');
    await person.moves(3 * DAY);
    const note = { address: person.address, sender: person.ours, id: 'of-a-test', text: 'the machine is back' };
    await person.local.notify(note);
    await world.outside.until(async () => (await person.replyStates()).endsWith('held'));
    await answered(person, 1, 'another answer');
    await person.gets(2);
    expect(person.bodies()).toEqual(['the answer', 'the machine is back', 'another answer']);
  });

  test('tokens are of the time that those have who check them', async () => {
    const person = here();
    await answered(person, 0, 'the answer');
    await person.moves(3 * DAY);
    const machine: string[] = [];
    const usual = globalThis.fetch;
    globalThis.fetch = (input, init) => {
      const { headers, url } = new Request(input as RequestInfo, init);
      if (url.startsWith('https://machine.example.com')) machine.push(headers.get('authorization')?.slice(7) ?? '');
      return usual(input as RequestInfo, init);
    };
    await answered(person, 1, 'another answer');
    const expiry = async (token: string, audience: string): Promise<number> => {
      const check = await checkToken(token, [KEY], audience, Date.now());
      return check.ok ? check.expiresAt : 0;
    };
    expect(machine.length).toBeGreaterThan(2);
    for (const token of machine) expect(isSoon(await expiry(token, 'static'), MACHINE_TOKEN_MS)).toBe(true);
    const { token, expires_at } = world.outside.starts[1]?.body.model_token ?? { token: '', expires_at: 0 };
    expect(isSoon(expires_at, MODEL_TOKEN_MS)).toBe(true);
    expect(isSoon(await expiry(token, MODEL_AUDIENCE), MODEL_TOKEN_MS)).toBe(true);
    expect(await expiry(world.outside.attaches[1]?.modelToken ?? '', MODEL_AUDIENCE)).toBeGreaterThan(Date.now());
  });

  test('links are valid for their time from now', async () => {
    const person = here();
    await answered(person, 0, 'the answer');
    await person.moves(3 * DAY);
    const { body } = await answered(person, 1, 'word '.repeat(5000));
    const page = openPageLink(/\/read\/(\S+)/.exec(body)?.[1] ?? '', KEY, Date.now());
    expect(page !== null && page !== 'expired' && isSoon(page.expiresAt, PAGE_FOR_MS)).toBe(true);

    const bytes = new Uint8Array(100);
    const id = 'cd'.repeat(32);
    world.outside.offered.set(id, bytes);
    await person.says('send me the file');
    const { attempt } = await person.started(2);
    const file = { id, name: 'hen.png', type: 'image/png', size: bytes.length };
    const request = { kind: 'send_file', file, caption: 'A hen' } as const;
    person.tells(attempt, { type: 'started' }, { type: 'request', request_id: 'toolu_1', request });
    const sent = await world.outside.until(() => person.got().find(({ mediaUrl }) => mediaUrl !== null));
    const media = openMediaLink(sent.mediaUrl?.split('/media/')[1] ?? '', KEY, Date.now());
    expect(media !== null && media !== 'expired' && isSoon(media.expiresAt, FILE_FOR_MS)).toBe(true);
    expect((await exports.default.fetch(sent.mediaUrl ?? '')).status).toBe(200);
    const [row] = await person.rows<{ expires_at: number }>('SELECT expires_at FROM outgoing');
    expect(isSoon(row?.expires_at ?? 0, FILE_FOR_MS + 3 * DAY)).toBe(true);
  });

  test('a send that nobody heard the end of is found in the carrier’s list', async () => {
    const person = here();
    await answered(person, 0, 'the answer');
    await person.moves(3 * DAY);
    world.outside.onSend = (sent) => {
      world.outside.stored.unshift(sent);
      return new Response('', { status: 500 });
    };
    await person.says('hello');
    await person.answered(1, 'another answer');
    await world.outside.until(async () => (await person.replyStates()) === 'accepted accepted');
    expect(person.bodies()).toEqual(['the answer', 'another answer']);
  });
});

describe('is not moved', () => {
  test('while a turn is open or a reply is on its way, nor backwards, nor too far, nor for nobody', async () => {
    const person = here();
    expect(await person.local.moveClock({ by_ms: 1 })).toEqual({ unknown: expect.stringContaining('Nobody') });
    await person.says('hello');
    const { attempt, uuids } = await person.started();
    expect(await person.local.moveClock({ by_ms: 1 })).toEqual({ refused: expect.stringContaining('/stop') });
    world.outside.held.send = 'before';
    person.tells(attempt, ...answerTo(uuids, 'the answer'));
    await world.outside.until(async () => (await person.replyStates()) === 'sending');
    await world.outside.until(async () => (await person.attempts())[0]?.state === 'ended');
    expect(await person.local.moveClock({ by_ms: 1 })).toEqual({ refused: expect.stringContaining('being sent') });
    world.outside.release();
    const { now } = await person.moves(DAY);
    const backwards = { refused: expect.stringContaining('forward') };
    expect(await person.local.moveClock({ by_ms: -1 })).toEqual(backwards);
    expect(await person.local.moveClock({ to_ms: now - DAY })).toEqual(backwards);
    expect(await person.local.moveClock({ by_ms: 3661 * DAY })).toEqual({ refused: expect.stringContaining('ten') });
    expect(await person.local.moveClock({ to_ms: now + DAY })).toMatchObject({ now: now + DAY });
  });
});

describe('the route', () => {
  const url = 'http://127.0.0.1:8787/local/clock';
  const settings = { LOCAL_MODE: '1', PUBLIC_URL: 'http://127.0.0.1:8787' };
  const before = { LOCAL_MODE: vars.LOCAL_MODE, PUBLIC_URL: vars.PUBLIC_URL };
  const json = { 'content-type': 'application/json' };
  const ask = async (init?: RequestInit, query = ''): Promise<{ status: number; body: unknown }> => {
    const response = await exports.default.fetch(`${url}${query}`, init);
    return { status: response.status, body: await response.json() };
  };
  const post = (body: unknown, headers: Record<string, string> = json) =>
    ask({ method: 'POST', headers, body: JSON.stringify(body) });
  afterEach(() => {
    Object.assign(vars, before);
  });

  test('is refused in plain words without LOCAL_MODE', async () => {
    const person = here();
    await answered(person, 0, 'the answer');
    for (const { status, body } of [await post({ address: person.address, by_ms: DAY }), await ask()]) {
      expect(status).toBe(403);
      expect(body).toEqual({ error: 'This works in local runs only: set LOCAL_MODE=1.' });
    }
    expect((await person.local.clock())?.offset).toBe(0);
  });

  test('moves the clock by or to, and tells it', async () => {
    const person = here();
    await answered(person, 0, 'the answer');
    await world.outside.until(() => person.isSettled());
    Object.assign(vars, settings);
    const { address } = person;
    const first = await post({ address, by_ms: DAY });
    expect(first).toMatchObject({ status: 200, body: { offset: DAY } });
    const to_ms = Date.now() + 3 * DAY;
    expect(await post({ address, to_ms })).toMatchObject({ status: 200, body: { now: to_ms } });
    const query = `?address=${encodeURIComponent(address)}`;
    const { status, body } = await ask(undefined, query);
    expect(status).toBe(200);
    expect((body as { now: number }).now).toBeGreaterThanOrEqual(to_ms);
    expect(await post({ address, by_ms: -1 })).toMatchObject({ status: 409 });
  });

  test('is asked from this computer alone, and for an address', async () => {
    Object.assign(vars, settings);
    const body = { address: here().address, by_ms: 1 };
    for (const headers of [
      { host: 'evil.example.com' },
      { origin: 'http://evil.example.com' },
      { origin: 'null' },
      { host: '127.0.0.1.example.com' },
    ]) {
      expect(await post(body, { 'content-type': 'application/json', ...headers })).toMatchObject({ status: 403 });
    }
    expect(await post({ address: '../../etc', by_ms: 1 })).toMatchObject({ status: 400 });
    expect(await ask(undefined, '?address=nobody')).toMatchObject({ status: 400 });
  });

  test('takes nothing else', async () => {
    Object.assign(vars, settings);
    const { address } = here();
    for (const wrong of [
      null,
      {},
      { address },
      { address, by_ms: '1' },
      { address, by_ms: 1, to_ms: 1 },
      { by_ms: 1 },
    ]) {
      expect(await post(wrong)).toMatchObject({ status: 400, body: { error: expect.stringContaining('by_ms') } });
    }
    expect(await post({ address, by_ms: 1 })).toMatchObject({ status: 404 });
    expect(await post({ address, by_ms: 1 }, { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    expect(await ask()).toMatchObject({ status: 400 });
    expect(await ask(undefined, `?address=${encodeURIComponent(address)}`)).toMatchObject({ status: 404 });
  });

  test('is the only one that the local entry has of its own', async () => {
    expect((await exports.default.fetch('https://relay.example.com/healthz')).status).toBe(200);
    expect((await exports.default.fetch('https://relay.example.com/local/other')).status).toBe(404);
  });
});
