import { env, exports } from 'cloudflare:workers';
import { ulid } from 'ulid';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { EXPORT_FOR_MS } from '../../src/conversation/policy/privacy.ts';
import { Directory } from '../../src/objects/directory.ts';
import { texts } from '../../src/texts/index.ts';
import { operatorConversation } from '../../src/texts/operator-conversation.ts';
import { useClock } from './clock.ts';
import { Person, quiet } from './person.ts';
import { addressObject, useOutside, vars } from './relay.ts';

// The copy of everything on the operator's page: it is made once, downloaded for a reason that is in the audit, and the
// person's own link is left as it is.

quiet();
const clock = useClock();
const world = useOutside();
const before = { ...vars };
const HOST = 'https://relay.example.com';
const { copy: words } = operatorConversation;
const DOWNLOADED = '<div>download the copy of everything</div>';
let cookie: string;

beforeEach(async () => {
  clock.freeze();
  Object.assign(vars, { OPERATOR_TOKEN: 'operator-token-of-these-tests', ADMIN_SENDERS: '' });
  cookie = await logIn(await tokenLink());
});
afterEach(() => {
  Object.assign(vars, before);
});

async function tokenLink(): Promise<string> {
  const headers = { authorization: `Bearer ${vars.OPERATOR_TOKEN}` };
  const made = await exports.default.fetch(`${HOST}/operator/login-links`, { method: 'POST', headers });
  return /https:[^"\s]+/.exec(await made.text())?.[0] ?? '';
}
async function logIn(link: string): Promise<string> {
  const headers = { origin: HOST, accept: 'text/html' };
  const answer = await exports.default.fetch(link, { method: 'POST', headers, redirect: 'manual' });
  return /__Host-roost-operator=[\w-]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? '';
}

const pathOf = ({ address }: Person): string => `/operator/people/${addressObject(address).id.toString()}`;
const get = (path: string): Promise<Response> =>
  exports.default.fetch(HOST + path, { headers: { cookie, accept: 'text/html' }, redirect: 'manual' });
const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
  exports.default.fetch(path.startsWith('https:') ? path : HOST + path, {
    method: 'POST',
    headers: {
      cookie,
      accept: 'text/html',
      origin: HOST,
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
    body: new URLSearchParams(fields).toString(),
    redirect: 'manual',
  });
const download = (person: Person, reason = 'asked by mail', headers = {}): Promise<Response> =>
  post(`${pathOf(person)}/copy`, { reason }, headers);
const make = async (person: Person, op = ulid()): Promise<string> => {
  const answer = await post(`${pathOf(person)}/act`, { op, do: 'make-copy', sure: 'yes' });
  return answer.headers.get('location')?.split('told=')[1] ?? `${answer.status}`;
};
const textOf = async (path: string): Promise<string> => (await get(path)).text();
const count = async (part: string): Promise<number> => (await textOf('/operator/audit')).split(part).length - 1;
const bytesOf = async (answer: Response): Promise<string> =>
  new TextDecoder('latin1').decode(await answer.arrayBuffer());

async function someone(): Promise<Person> {
  const person = new Person(world);
  await person.says('/help');
  await person.comesToRest(clock);
  return person;
}
async function copied(): Promise<Person> {
  const person = await someone();
  expect(await make(person)).toBe('done');
  await person.runs(clock, async () => (await textOf(pathOf(person))).includes(words.note.ready));
  return person;
}
/** Runs until the person has a link to the copy. */
async function linkOf(person: Person): Promise<string> {
  await person.says('/export');
  await person.runs(clock, () => person.bodies().some((body) => body.includes('/export/')));
  return /https:\S+/.exec(person.bodies().at(-1) ?? '')?.[0] ?? '';
}

test('two presses and two operators make one copy; the person is told, and gets no link by it', async () => {
  const person = await someone();
  const op = ulid();
  expect([await make(person, op), await make(person, op), await make(person)]).toEqual([
    'done',
    'done',
    'nothing-to-do',
  ]);
  await person.runs(clock, async () => (await textOf(pathOf(person))).includes(words.note.ready));
  expect(await make(person)).toBe('nothing-to-do');
  await person.runs(clock, () => person.bodies().includes(texts.operated.copy));
  expect(person.bodies().filter((body) => body === texts.operated.copy)).toHaveLength(1);
  expect(await person.rows("SELECT json_extract(exporting, '$.link') AS link FROM conversation")).toEqual([
    { link: null },
  ]);
  expect((await env.MEDIA.list({ prefix: 'exports/' })).objects).toHaveLength(1);
  expect(await count('<div>make-copy</div>')).toBe(3);
});

test('a download needs a reason, and is in the audit with who and why; a GET downloads nothing', async () => {
  const person = await copied();
  for (const reason of ['', ' x ']) expect((await download(person, reason)).status).toBe(403);
  expect((await download(person, 'asked by mail', { origin: 'https://evil.example.com' })).status).toBe(403);
  expect((await get(`${pathOf(person)}/copy`)).status).toBe(303);
  expect(await count(DOWNLOADED)).toBe(0);
  const answer = await download(person);
  const { headers } = answer;
  expect([answer.status, headers.get('content-type')]).toEqual([200, 'application/zip']);
  expect(headers.get('content-disposition')).toMatch(/^attachment;/);
  expect(headers.get('cache-control')).toContain('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  const archive = await bytesOf(answer);
  expect(archive.slice(0, 2)).toBe('PK');
  expect(archive).toContain('data/messages-0001.jsonl');
  const another = await download(person, 'a second look');
  await another.arrayBuffer();
  const page = await textOf('/operator/audit');
  expect(page.split(DOWNLOADED)).toHaveLength(3);
  for (const part of ['asked by mail', 'a second look']) expect(page).toContain(part);
});

test('what the audit could not keep is not sent', async () => {
  const person = await copied();
  const spy = vi.spyOn(Directory.prototype, 'recordAudit').mockImplementation(() => {
    throw new Error('the disk is full');
  });
  onTestFinished(() => spy.mockRestore());
  const answer = await download(person).catch(() => null);
  expect(answer?.headers.get('content-type')).not.toBe('application/zip');
});

test('a copy that the release before made is there', async () => {
  const person = await copied();
  await person.rewrites("UPDATE conversation SET exporting = json_remove(exporting, '$.wantsLink')");
  expect(await textOf(pathOf(person))).toContain(words.note.ready);
});

test('the person’s own link works once, before and after downloads', async () => {
  const person = await copied();
  const link = await linkOf(person);
  await (await download(person)).arrayBuffer();
  const taken = await post(link, {});
  expect([taken.status, (await bytesOf(taken)).slice(0, 2)]).toEqual([200, 'PK']);
  expect((await post(link, {})).status).toBe(410);
  const again = await download(person);
  expect(again.status).toBe(200);
  await again.arrayBuffer();
});

test('/export while an operator’s copy is made gives the person a link to it', async () => {
  const person = await someone();
  await make(person);
  const taken = await post(await linkOf(person), {});
  expect(taken.status).toBe(200);
  await taken.arrayBuffer();
  expect(person.bodies()).toContain(texts.privacy.exportGoesOn);
});

test('who isn’t an operator gets nothing: nobody logged in, and a member with an admin’s earlier login', async () => {
  const admin = new Person(world);
  const person = await copied();
  vars.ADMIN_SENDERS = admin.address.replace('whatsapp:', '');
  await admin.says('/operator');
  await admin.runs(clock, () => admin.bodies().join().includes('/operator/login/'));
  const link = /https:\S+/.exec(admin.bodies().find((body) => body.includes('/operator/login/')) ?? '')?.[0] ?? '';
  const session = await logIn(link);
  const asAdmin = await download(person, 'asked by mail', { cookie: session });
  expect(asAdmin.status).toBe(200);
  await asAdmin.arrayBuffer();
  vars.ADMIN_SENDERS = '';
  await admin.evicted();
  for (const other of [session, '']) {
    expect((await download(person, 'a try', { cookie: other })).status).toBe(401);
    expect((await post(`${pathOf(person)}/act`, { op: ulid(), do: 'make-copy' }, { cookie: other })).status).toBe(401);
  }
  expect(await count('a try')).toBe(0);
});

test('it is gone after a day, where there is none, and from the moment in which the person is deleted', async () => {
  const person = await copied();
  const other = await someone();
  expect((await download(other)).status).toBe(410);
  world.outside.onForget = () => new Response('away', { status: 503 });
  await person.says('/forget everything');
  await person.runs(clock, () => person.bodies().includes(texts.privacy.forgetSure(false)));
  await person.says('DELETE');
  expect((await download(person)).status).toBe(410);
  expect(await make(person)).toBe('410');
  expect(await textOf(pathOf(person))).not.toContain(words.title);
  world.outside.onForget = undefined;
  await person.runs(clock, async () => (await person.rows('SELECT 1 FROM conversation')).length === 0);
  expect((await download(person)).status).toBe(410);
  expect((await env.MEDIA.list({ prefix: 'exports/' })).objects).toEqual([]);
  await make(other);
  await other.runs(clock, async () => (await textOf(pathOf(other))).includes(words.note.ready));
  clock.move(EXPORT_FOR_MS);
  cookie = await logIn(await tokenLink());
  expect((await download(other)).status).toBe(410);
  await other.runs(clock, async () => (await env.MEDIA.list({ prefix: 'exports/' })).objects.length === 0);
});

test('without the bucket the page says so', async () => {
  const { MEDIA } = env;
  Reflect.deleteProperty(env, 'MEDIA');
  onTestFinished(() => void Object.assign(env, { MEDIA }));
  const person = await someone();
  expect(await textOf(pathOf(person))).toContain(words.note['no-bucket']);
  expect(await make(person)).toBe('nothing-to-do');
  expect(person.bodies()).not.toContain(texts.operated.copy);
});
