import { createScheduledController, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, expect, test, vi } from 'vitest';
import { type Config, readConfig } from '../../src/config/config.ts';
import { Conversation } from '../../src/objects/conversation.ts';
import worker from '../../src/worker/index.ts';
import { reconcile } from '../../src/worker/reconcile.ts';
import { isUnset, newMessageSid, newPerson, OURS, post, rows, textForm, useOutside, vars } from './relay.ts';

// Messages that the carrier accepted and never delivered are found in its list: once, for people who may write, and
// nothing else happens.

const MINUTE = 60_000;
const LIST = `/2010-04-01/Accounts/${vars.TWILIO_ACCOUNT_SID}/Messages.json`;

type Taken = { sid: string; from: string; to: string; body: string; media: number; at: number };

useOutside();
const network = globalThis.fetch;
const accept = vi.spyOn(Conversation.prototype, 'accept');
const warn = vi.spyOn(console, 'warn');
/** Newest first. */
let taken: Taken[] = [];
let requests: URL[] = [];
let failing: (() => Response) | null = null;
/** A few messages reach the bound. */
let pageSize: number | null = null;
/** A carrier that ignores dates. */
let coarse = false;

beforeEach(async () => {
  await runInDurableObject(env.DIRECTORY.getByName('directory'), (_, { storage }) => {
    for (const table of ['watermarks', 'deliveries', 'alerts']) storage.sql.exec(`DELETE FROM ${table}`);
  });
  globalThis.fetch = async (input, init) => {
    const request = new Request(input as RequestInfo, init);
    const url = new URL(request.url);
    if (!url.searchParams.has('DateSent>')) return network(request);
    requests.push(url);
    expect(request.headers.get('authorization')).toMatch(/^Basic /);
    return failing?.() ?? Response.json(listOf(url.searchParams));
  };
  taken = [];
  requests = [];
  failing = null;
  pageSize = null;
  coarse = false;
  accept.mockClear();
  warn.mockReset().mockImplementation(() => undefined);
});

/** Filtered, sorted and cut as by the carrier. */
function listOf(query: URLSearchParams) {
  const bound = (name: string): number => {
    expect(query.get(name)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    return Date.parse(query.get(name) ?? '');
  };
  const size = pageSize ?? Number(query.get('PageSize'));
  const page = Number(query.get('Page') ?? 0);
  const wanted = taken
    .filter(
      ({ to, at }) => to === query.get('To') && (coarse || (at >= bound('DateSent>') && at <= bound('DateSent<'))),
    )
    .sort((a, b) => b.at - a.at);
  const next = new URLSearchParams([...query].filter(([name]) => name !== 'Page'));
  next.set('Page', String(page + 1));
  const date = (at: number): string => new Date(at).toUTCString().replace('GMT', '+0000');
  return {
    next_page_uri: wanted.length > (page + 1) * size ? `${LIST}?${next}` : null,
    messages: wanted.slice(page * size, (page + 1) * size).map(({ at, media, ...row }) => ({
      ...row,
      ...{ direction: 'inbound', status: 'received', num_media: String(media) },
      ...{ date_created: date(at - 1000), date_sent: date(at) },
    })),
  };
}

function take(from: string, body: string, minutesAgo: number, change: Partial<Taken> = {}): Taken {
  const at = Math.floor((Date.now() - minutesAgo * MINUTE) / 1000) * 1000;
  const one = { sid: newMessageSid(), from, to: OURS, body, media: 0, at, ...change };
  taken.push(one);
  return one;
}

const config = (change: Partial<Config> = {}): Config => {
  const read = readConfig(env);
  if (!read.ok) throw new Error(read.problems.join());
  return { ...read.config, TWILIO_SENDERS: [OURS], ...change };
};
/** A run this many minutes from now. */
const run = (later = 0, change: Partial<Config> = {}): Promise<void> =>
  reconcile(env, config(change), Date.now() + later * MINUTE);
const stored = (person: string) =>
  rows<{ provider_id: string; text: string; attachments: number; received_at: number }>(
    person,
    'SELECT provider_id, text, attachments, received_at FROM messages ORDER BY seq',
  );
/** Without the line above a text that says when it was written. */
const kept = async (person: string) =>
  (await stored(person)).map((row) => ({ ...row, text: row.text.replace(/^\[The person wrote [^\]]*\]\n\n/, '') }));
const alertCauses = async (): Promise<string[]> =>
  (await env.DIRECTORY.getByName('directory').alerts()).map(({ cause }) => cause);
const reached = async () => (await env.DIRECTORY.getByName('directory').watermark(OURS)).reached;

test('a message whose webhook was lost is handed over once, with the carrier’s date', async () => {
  const person = newPerson();
  const lost = take(person, 'hello', 5);
  await worker.scheduled(createScheduledController(), env);
  expect(await kept(person)).toEqual([{ provider_id: lost.sid, text: 'hello', attachments: 0, received_at: lost.at }]);
  accept.mockClear();
  requests = [];
  await run(5);
  await run(10);
  expect(accept).not.toHaveBeenCalled();
  expect(await kept(person)).toHaveLength(1);
  // Nothing new: one request for the address, and no conversation woke.
  expect(requests).toHaveLength(2);
  expect(requests[0]?.searchParams.get('To')).toBe(OURS);
});

test('a text that names a sender, whose webhook is refused for it, comes from the list as its writer’s', async () => {
  const [person, other] = [newPerson(), newPerson()];
  const words = `see the header: From${other} MessageSid${newMessageSid()}`;
  const sent = take(person, words, 5);
  expect((await post('/webhooks/twilio', textForm(person, words, { MessageSid: sent.sid }))).status).toBe(400);
  expect(accept).not.toHaveBeenCalled();
  await run();
  expect(await kept(person)).toEqual([{ provider_id: sent.sid, text: words, attachments: 0, received_at: sent.at }]);
  expect(await stored(other)).toEqual([]);
});

test('messages that came by webhook change nothing, and stay in order with the others', async () => {
  const person = newPerson();
  const form = textForm(person, 'by webhook');
  await post('/webhooks/twilio', form);
  take(person, 'second', 4);
  take(person, 'first', 7);
  take(person, 'by webhook', 3, { sid: form.MessageSid as string });
  await run();
  expect((await kept(person)).map(({ text }) => text)).toEqual(['by webhook', 'first', 'second']);
});

test('the person is told what came late, and the agent when it was written', async () => {
  const person = newPerson();
  await post('/webhooks/twilio', textForm(person, 'the later one'));
  take(person, 'the earlier one', 3);
  take(person, '/new', 3);
  await run();
  await run(1);
  const said = (await rows<{ body: string }>(person, 'SELECT body FROM replies ORDER BY seq')).map(({ body }) => body);
  const late = said.filter((body) => body.includes('late')).join('\n');
  expect(late).toMatch(/This reached me 3 minutes late: “the earlier one”/);
  expect(late).toMatch(/“\/new” reached me 3 minutes late, after newer messages, so I didn’t act on it/);
  expect(late.match(/late/g)).toHaveLength(2);
  const texts = (await stored(person)).map(({ text }) => text);
  expect(texts).toContainEqual(
    expect.stringMatching(/^\[The person wrote this 3 minutes before.*\]\n\nthe earlier one$/),
  );
});

test('what the list has just behind the text that came in last has not been overtaken by it', async () => {
  const person = newPerson();
  const form = textForm(person, 'by webhook');
  await post('/webhooks/twilio', form);
  take(person, '/queue', 3);
  take(person, 'by webhook', 3, { sid: form.MessageSid as string });
  await run();
  const said = (await rows<{ body: string }>(person, 'SELECT body FROM replies ORDER BY seq')).map(({ body }) => body);
  expect(said).toContain('This reached me 3 minutes late: “/queue”');
});

test('too young and too old ones are left alone', async () => {
  const person = newPerson();
  take(person, 'on its way', 1);
  take(person, 'long ago', 41);
  await run();
  expect(await kept(person).catch(() => [])).toEqual([]);
  await run(2);
  expect((await kept(person)).map(({ text }) => text)).toEqual(['on its way']);
});

test('strangers, and SMS while it is off, are refused as at the door', async () => {
  const person = newPerson();
  const sms = person.replace('whatsapp:', '');
  take('whatsapp:+4915112345678', 'let me in', 5);
  take('whatsapp:ID.withheld', 'who am I', 5);
  take(sms, 'by SMS', 5, { to: '+15555550100' });
  await run(0, { TWILIO_SENDERS: [OURS, '+15555550100'] });
  for (const stranger of ['whatsapp:+4915112345678', 'whatsapp:ID.withheld', sms])
    expect(await isUnset(stranger)).toBe(true);
  expect(requests.map((url) => url.searchParams.get('To'))).toEqual([OURS]);
  expect(warn.mock.calls.join()).not.toContain('4915112345678');
  accept.mockClear();
  await run(5, { TWILIO_SENDERS: ['+15555550100'], SMS: 'on' });
  // Who writes by SMS for the first time may have a conversation on WhatsApp.
  expect(accept.mock.calls.map(([address]) => address)).toEqual([sms, person, sms]);
});

test('content that the list lacks is reported, to be asked for again', async () => {
  const person = newPerson();
  take(person, '', 5);
  take(person, '', 4, { media: 1 });
  take(person, 'with a photo', 3, { media: 1 });
  await run();
  const messages = accept.mock.calls.map(([, message]) => message);
  expect(messages).toMatchObject([
    { text: '', attachments: 0, late: true },
    { text: '', attachments: 1, late: true },
    { text: expect.stringContaining('with a photo'), attachments: 1, late: true },
  ]);
});

test('page by page; at the bound the rest is left for the next run, the oldest not skipped', async () => {
  const people = Array.from({ length: 13 }, newPerson);
  for (const [n, person] of people.entries()) take(person, `text ${n}`, 3 + n);
  pageSize = 1;
  await run();
  expect(requests).toHaveLength(10);
  expect(accept).toHaveBeenCalledTimes(10);
  expect(await reached()).toBeLessThan(taken[12]?.at ?? 0);
  requests = [];
  await run(5);
  expect(accept.mock.calls.map(([address]) => address).sort()).toEqual(expect.arrayContaining([...people].sort()));
  for (const person of people) expect(await kept(person)).toHaveLength(1);
  accept.mockClear();
  await run(10);
  await run(15);
  expect(accept).not.toHaveBeenCalled();
});

test('a carrier that filters more coarsely than asked is read no further than needed', async () => {
  const [person, before] = [newPerson(), newPerson()];
  for (let n = 0; n < 3; n++) take(person, `text ${n}`, 1 + n);
  for (let n = 0; n < 40; n++) take(before, `old ${n}`, 41 + n);
  [coarse, pageSize] = [true, 2];
  await run();
  expect(requests).toHaveLength(2);
  expect(accept.mock.calls.map(([, { text }]) => text)).toEqual(['text 2', 'text 1']);
});

test('a hand-over that fails stops no other, and is tried again by the next run', async () => {
  const [first, second] = [newPerson(), newPerson()];
  take(first, 'one', 6);
  take(second, 'two', 5);
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  accept.mockImplementationOnce(() => {
    throw new Error('not now');
  });
  await run();
  expect(await reached()).toBe(null);
  const got = await Promise.all([first, second].map((person) => kept(person).catch(() => [])));
  expect(got.flat()).toHaveLength(1);
  await run(1);
  for (const person of [first, second]) expect(await kept(person)).toHaveLength(1);
  expect(await reached()).not.toBe(null);
});

test.each([
  ['refused', () => new Response('{"code":20003}', { status: 401 })],
  ['unreadable', () => new Response('<html>')],
  [
    'leading elsewhere',
    () => Response.json({ messages: [], next_page_uri: '//elsewhere.example.com/x?DateSent%3E=1' }),
  ],
])('a list that is %s keeps the watermark, and after 30 minutes the operator is told', async (_, answer) => {
  const person = newPerson();
  take(person, 'hello', 5);
  failing = answer;
  await run();
  expect(await reached()).toBe(null);
  expect(await alertCauses()).toEqual([]);
  await runInDurableObject(env.DIRECTORY.getByName('directory'), (_, { storage }) => {
    storage.sql.exec('UPDATE watermarks SET failing_since = failing_since - ?', 30 * MINUTE);
  });
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  await run();
  expect(await alertCauses()).toEqual(['inbound-not-compared']);
  expect(accept).not.toHaveBeenCalled();
  failing = null;
  await run();
  expect(await kept(person)).toHaveLength(1);
  // The account's password went to the list and nowhere else.
  expect(new Set(requests.map(({ host, pathname }) => host + pathname))).toEqual(
    new Set([`twilio.example.com${LIST}`]),
  );
  failing = answer;
  await run();
  expect(await alertCauses()).toEqual(['inbound-not-compared']);
});

test('after hours without a run the operator hears of it, and who wrote meanwhile can have it done with /retry', async () => {
  const [person, other] = [newPerson(), newPerson()];
  await run();
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const came = take(other, 'this arrived', -30);
  await post('/webhooks/twilio', textForm(other, 'this arrived', { MessageSid: came.sid }));
  const lost = take(person, 'book a table', -30);
  take(person, 'and this is young', -170);
  await run(180);
  expect(await alertCauses()).toEqual(['inbound-unseen']);
  const statesOf = (who: string) => rows(who, 'SELECT provider_id, state FROM messages ORDER BY received_at');
  expect((await statesOf(person))[0]).toEqual({ provider_id: lost.sid, state: 'failed' });
  expect(await kept(person)).toHaveLength(2);
  expect((await statesOf(other)).map(({ provider_id }) => provider_id)).toEqual([came.sid]);
  const said = await rows<{ body: string }>(person, `SELECT body FROM replies WHERE kind = 'notice'`);
  expect(said.filter(({ body }) => body.includes('• “book a table”'))).toHaveLength(1);
  accept.mockClear();
  await run(185);
  expect(await alertCauses()).toEqual(['inbound-unseen']);
  expect(accept).not.toHaveBeenCalled();
});

test('a list that cannot be read down to then is asked again: nobody is left without a word', async () => {
  const person = newPerson();
  await run();
  take(person, 'book a table', -30);
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  failing = () =>
    requests.length % 2 === 0
      ? new Response(null, { status: 500 })
      : Response.json(listOf(requests.at(-1)?.searchParams ?? new URLSearchParams()));
  requests = [];
  await run(180);
  expect(await alertCauses()).toEqual([]);
  failing = null;
  await run(185);
  expect(await alertCauses()).toEqual(['inbound-unseen']);
  expect(await kept(person)).toHaveLength(1);
});

test('two runs at once do not undo each other’s progress', async () => {
  const directory = env.DIRECTORY.getByName('directory');
  const before = await directory.watermark(OURS);
  expect(await directory.advance(before, { ...before, reached: 2000 })).toBe(true);
  expect(await directory.advance(before, { ...before, reached: 1000 })).toBe(false);
  expect(await reached()).toBe(2000);
});
