import { exports } from 'cloudflare:workers';
import { ulid } from 'ulid';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Directory } from '../../src/objects/directory.ts';
import { PersonObject } from '../../src/objects/person-object.ts';
import { texts } from '../../src/texts/index.ts';
import { operatorConversation as words } from '../../src/texts/operator-conversation.ts';
import { operatorPage } from '../../src/texts/operator-page.ts';
import { useClock } from './clock.ts';
import { answerTo, Person, quiet } from './person.ts';
import { addressObject, useOutside, vars } from './relay.ts';

// One conversation on the operator's page: its time line without words, words for a reason, and acts that are in the
// audit.

quiet();
const clock = useClock();
const world = useOutside();
const before = { ...vars };
const HOST = 'https://relay.example.com';
const TOKEN = 'operator-token-of-these-tests';
let cookie: string;

beforeEach(async () => {
  clock.freeze();
  Object.assign(vars, { OPERATOR_TOKEN: TOKEN, ADMIN_SENDERS: '' });
  const made = await exports.default.fetch(`${HOST}/operator/login-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const link = /https:[^"\s]+/.exec(await made.text())?.[0] ?? '';
  const headers = { origin: HOST, accept: 'text/html' };
  const answer = await exports.default.fetch(link, { method: 'POST', headers, redirect: 'manual' });
  cookie = /__Host-roost-operator=[\w-]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? '';
});
afterEach(() => {
  Object.assign(vars, before);
});

const pathOf = ({ address }: Person): string => `/operator/people/${addressObject(address).id.toString()}`;
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  exports.default.fetch(HOST + path, { headers: { cookie, accept: 'text/html', ...headers }, redirect: 'manual' });
const post = (path: string, fields: Record<string, string>, origin = HOST): Promise<Response> =>
  exports.default.fetch(HOST + path, {
    method: 'POST',
    headers: { cookie, accept: 'text/html', origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
    redirect: 'manual',
  });
const pageOf = async (person: Person, query = ''): Promise<string> => (await get(pathOf(person) + query)).text();
/** The hidden fields of an act's form. */
const formIn = (page: string, name: string): Record<string, string> => {
  const form = [...page.matchAll(/<form[^>]*\/act".*?<\/form>/gs)].map(([all]) => all);
  return fieldsIn(form.find((one) => one.includes(`value="${name}"`)) ?? '');
};
const fieldsIn = (form: string): Record<string, string> =>
  Object.fromEntries([...form.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, field, value]) => [field, value]));
const act = async (person: Person, wish: Record<string, string>, op = ulid()): Promise<string> => {
  const answer = await post(`${pathOf(person)}/act`, { op, sure: 'yes', ...wish });
  return answer.headers.get('location')?.split('told=')[1] ?? `${answer.status}`;
};
const audit = async (): Promise<string> => (await get('/operator/audit')).text();

/** A turn that the machine gave up, with script in a tool’s name and in the text. */
async function failed(person: Person, nth = 0): Promise<void> {
  await person.says('Deploy <script>alert("secret")</script> now.');
  const { attempt } = await person.started(nth);
  person.tells(
    attempt,
    { type: 'started' },
    {
      type: 'steps',
      steps: [{ name: 'mcp__<img src=x onerror=alert(1)>', after_ms: 5, ms: 9, outcome: 'error' }],
      left_out: 3,
    },
    { type: 'ended', outcome: 'failed', reason: 'the disk is full: 80 MB free', cause: 'disk' },
  );
  await person.comesToRest(clock);
}

describe('the view of one conversation', () => {
  test('says what happened and why, escapes what it shows, and hides what people wrote', async () => {
    const person = new Person(world);
    await failed(person);
    const page = await pageOf(person);
    expect(page).toContain('the disk is full: 80 MB free');
    expect(page).toContain('mcp__&lt;img src=x onerror=alert(1)&gt;');
    expect(page).toContain(words.toolsLeftOut(3));
    expect(page).toContain('Given up. The person reads:');
    expect(page).not.toMatch(/secret|<img|5555551|alert\("/);
    expect(page).toContain('1 attempt, 4 tool calls');
    const list = await (await get('/operator/people')).text();
    expect(list).toContain(`href="${pathOf(person)}"`);
    const part = await get(pathOf(person), { 'x-part': 'main' });
    expect(await part.text()).not.toContain('<html');
  });

  test('shows words for a reason, which is in the audit first, and only in that answer', async () => {
    const person = new Person(world);
    await failed(person);
    const show = `${pathOf(person)}/show`;
    for (const reason of [' x ', '\u200b\u200b\u200b', '...']) expect((await post(show, { reason })).status).toBe(403);
    expect((await post(show, { reason: 'asked for help' }, 'https://evil.example.com')).status).toBe(403);
    expect(await audit()).not.toContain('asked for help');
    const shown = await (await post(show, { reason: 'asked for help' })).text();
    expect(shown).toContain('Deploy &lt;script&gt;alert(&quot;secret&quot;)&lt;/script&gt; now.');
    expect(shown).toContain('data-keep');
    expect(await audit()).toContain('asked for help');
    expect((await get(show)).status).toBe(303);
    expect(await (await get(show, { 'x-part': 'main' })).text()).not.toContain('secret');
    expect(await pageOf(person)).not.toContain('secret');
  });

  test('hides what a person named: projects, schedules, files', async () => {
    const person = new Person(world);
    await person.says('/timezone Paris');
    await person.says('/project new Merger with Quillfeather');
    await failed(person);
    await person.says('/remind every friday at 16: call Quillfeather');
    const page = await pageOf(person);
    expect(page).not.toMatch(/quillfeather/i);
    expect(await (await get('/operator/schedules')).text()).not.toMatch(/quillfeather/i);
    const shown = await (await post(`${pathOf(person)}/show`, { reason: 'asked for help' })).text();
    expect(shown).toContain('Merger with Quillfeather');
    expect(shown).toContain('call Quillfeather');
  });

  test('has pages: a link to what is older, and nothing twice', async () => {
    const person = new Person(world);
    await person.says('/help');
    for (let n = 0; n < 30; n++) await person.says('/help');
    await person.comesToRest(clock);
    const page = await pageOf(person);
    const rest = /href="([^"]+)" rel="next"/.exec(page)?.[1] ?? '';
    const idsIn = (html: string): string[] => [...html.matchAll(/<details id="(\w+)"/g)].map(([, id]) => id ?? '');
    const other = await (await get(rest)).text();
    expect(idsIn(page)).toHaveLength(50);
    expect(idsIn(other).filter((id) => idsIn(page).includes(id))).toEqual([]);
    expect((await get(`${pathOf(person)}?before=1.2.'--.x`)).status).toBe(200);
  });

  test('is nothing for an unknown id, and nothing to whoever isn’t logged in', async () => {
    const stranger = new Person(world);
    expect((await get(pathOf(stranger))).status).toBe(404);
    expect((await get(`/operator/people/${'f'.repeat(64)}`)).status).toBe(404);
    cookie = '';
    expect((await get(pathOf(stranger))).status).toBe(401);
    expect((await post(`${pathOf(stranger)}/act`, { op: ulid(), do: 'stop' })).status).toBe(401);
  });
});

test('an object that doesn’t answer: the page says so', async () => {
  const person = new Person(world);
  await person.says('/help');
  const spy = vi.spyOn(PersonObject.prototype, 'timeline').mockImplementation(() => new Promise(() => undefined));
  onTestFinished(() => spy.mockRestore());
  expect((await get(pathOf(person))).status).toBe(503);
});

test('a directory that doesn’t answer: a press is told so on a page, and what is not in the audit is not done', async () => {
  const person = new Person(world);
  await person.says('Work for hours.');
  await person.started(0);
  const page = await pageOf(person);
  const fails = (): never => {
    throw new Error('what was said in private');
  };
  const methods = ['recordAudit', 'wish', 'acknowledge', 'beginRolloutAnew'] as const;
  for (const method of methods) {
    const spy = vi.spyOn(Directory.prototype, method).mockImplementation(fails);
    onTestFinished(() => spy.mockRestore());
  }
  const presses: [string, Record<string, string>][] = [
    [`${pathOf(person)}/act`, { ...formIn(page, 'stop'), sure: 'yes' }],
    [`${pathOf(person)}/show`, { reason: 'asked for help' }],
    ['/operator/strangers/1/yes', { op: ulid() }],
    [`/operator/alerts/${'0'.repeat(26)}/acknowledge`, {}],
    ['/operator/rollout/retry', {}],
  ];
  for (const [path, fields] of presses) {
    const answer = await post(path, fields);
    expect([path, answer.status, await answer.text()]).toEqual([path, 503, expect.stringContaining(words.unsure.text)]);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  }
  expect(formIn(await pageOf(person), 'stop').do).toBe('stop');
});

/** The forms of a page that the script would ask about: what it asks, where they go, and their hidden fields. */
const askedIn = (page: string): { text: string; path: string; fields: Record<string, string> }[] =>
  [...page.matchAll(/<form method="post" action="([^"]+)" data-confirm="([^"]+)">(.*?)<\/form>/gs)].map(
    ([, path = '', text = '', inside = '']) => ({ path, text, fields: fieldsIn(inside) }),
  );

test('without a script, what can’t be undone is asked about on a page first, and its button acts once', async () => {
  const person = new Person(world);
  await person.says('Work for hours.');
  const { attempt } = await person.started(0);
  person.tells(attempt, { type: 'session', session_id: '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10' });
  await person.runs(clock, async () => (await pageOf(person)).includes(words.acts['reset-session']));
  const asked = [...askedIn(await pageOf(person)), ...askedIn(await audit())];
  const { stop, block, 'reset-session': fresh, 'make-copy': copy } = words.asks;
  for (const text of [stop, block, fresh, copy, operatorPage.audit.asksEnd])
    expect(asked.map((one) => one.text.replaceAll('&#39;', "'"))).toContain(text);
  for (const { path, text, fields } of asked) {
    const answer = await post(path, { ...fields, more: '"><script>' });
    const question = await answer.text();
    expect([path, answer.status, question.includes(text), question.includes('<script>')]).toEqual([
      path,
      200,
      true,
      false,
    ]);
    expect(fieldsIn(question)).toMatchObject({ ...fields, sure: 'yes' });
    if (path.startsWith(pathOf(person))) expect(question).toContain(`<p>WhatsApp …${person.address.slice(-4)}</p>`);
  }
  expect(await audit()).not.toMatch(/<div>(stop|block|ended a login)/);
  const { path = '', fields = {} } = asked.find(({ text }) => text === stop) ?? {};
  for (let n = 0; n < 2; n++)
    expect((await post(path, { ...fields, sure: 'yes' })).headers.get('location')).toContain('told=done');
  expect((await audit()).match(/<div>stop/g)).toHaveLength(1);
});

describe('an act', () => {
  test('is done once for each press, is in the audit, and a second operator finds nothing to do', async () => {
    const person = new Person(world);
    await person.says('Work for hours.');
    const { attempt, uuids } = await person.started(0);
    const { op = '', ...stop } = formIn(await pageOf(person), 'stop');
    expect(await act(person, stop, op)).toBe('done');
    expect(await act(person, stop, op)).toBe('done');
    expect(await act(person, stop)).toBe('nothing-to-do');
    expect(await (await get(`${pathOf(person)}?told=nothing-to-do`)).text()).toContain(
      operatorPage.told['nothing-to-do'],
    );
    const rows = (await audit()).match(/<div>stop(?:: nothing-to-do)?<\/div>/g);
    expect(rows).toHaveLength(3);
    person.tells(attempt, ...answerTo(uuids, 'too late'));
    await person.runs(clock, () => person.bodies().includes(texts.operated.stopped));
  });

  test('means what its page showed: another turn, failure or session stays as it is', async () => {
    const person = new Person(world);
    const SESSION = '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10';
    await person.says('Work for hours.');
    const { attempt, uuids } = await person.started(0);
    const stop = formIn(await pageOf(person), 'stop');
    person.tells(attempt, { type: 'session', session_id: SESSION }, ...answerTo(uuids, 'done'));
    await person.comesToRest(clock);
    const fresh = formIn(await pageOf(person), 'reset-session');
    await failed(person, 1);
    const retry = formIn(await pageOf(person), 'retry');
    await person.says('/retry');
    await person.started(2);
    expect(await act(person, stop, stop.op)).toBe('nothing-to-do');
    expect(await act(person, { ...stop, turn: '' })).toBe('nothing-to-do');
    const again = formIn(await pageOf(person), 'stop');
    expect(await act(person, again, again.op)).toBe('done');
    expect(await act(person, retry, retry.op)).toBe('nothing-to-do');
    await person.says('/project new Garden');
    expect(await act(person, fresh, fresh.op)).toBe('nothing-to-do');
    expect((await person.rows('SELECT session_id FROM projects')).map(Object.values)).toContainEqual([SESSION]);
  });

  test('that isn’t one changes nothing; and on a conversation that was forgotten meanwhile it says so', async () => {
    const person = new Person(world);
    await person.says('/help');
    await person.comesToRest(clock);
    expect(await act(person, { do: 'delete-everything' })).toBe('403');
    expect(await act(person, { do: 'pause-schedule', schedule: '1 OR 1' })).toBe('403');
    expect(await act(person, { do: 'stop', turn: '1 OR 1' })).toBe('403');
    const names = ['not-a-ulid', '0'.repeat(26), `7${'Z'.repeat(25)}`, ulid(Date.now() + 3_600_000)];
    for (const name of names) expect(await act(person, { do: 'stop' }, name)).toBe('403');
    expect((await post(`${pathOf(person)}/act`, { op: ulid(), do: 'stop' }, 'https://evil.example.com')).status).toBe(
      403,
    );
    await person.rewrites('DELETE FROM conversation');
    expect(await act(person, { do: 'stop' })).toBe('410');
    expect(await audit()).toContain('<div>stop: gone</div>');
  });
});

test('an act that gets no answer in time may be done all the same: the page and the audit say so', async () => {
  const person = new Person(world);
  await person.says('/help');
  const spy = vi.spyOn(PersonObject.prototype, 'operate').mockImplementation(() => new Promise(() => undefined));
  onTestFinished(() => spy.mockRestore());
  const answer = await post(`${pathOf(person)}/act`, { op: ulid(), do: 'restart-machine', sure: 'yes' });
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain(words.unsure.text);
  expect(await audit()).toContain('<div>restart-machine: no answer</div>');
});

test('a press with the name of another one is in the audit as well', async () => {
  const [one, other] = [new Person(world), new Person(world)];
  for (const person of [one, other]) {
    await person.says('/help');
    await person.comesToRest(clock);
  }
  const op = ulid();
  await act(one, { do: 'retry', failed: 'x' }, op);
  await act(other, { do: 'wake-machine' }, op);
  await post(`${pathOf(other)}/access`, { op, change: 'lock' });
  const page = await audit();
  for (const action of ['retry', 'wake-machine', 'lock']) expect(page).toContain(`<div>${action}</div>`);
});

test('what a person may is changed as by an admin, once, and a refusal says why', async () => {
  const person = new Person(world);
  await person.says('/help');
  await person.comesToRest(clock);
  const change = async (fields: Record<string, string>, op = ulid()): Promise<string> =>
    (await post(`${pathOf(person)}/access`, { op, ...fields })).text();
  const op = ulid();
  expect(await change({ change: 'lock' }, op)).toMatch(/class="tag bad">locked/);
  await change({ change: 'lock' }, op);
  expect((await audit()).match(/<div>lock<\/div>/g)).toHaveLength(1);
  expect(await change({ change: 'unlock' })).toMatch(/class="tag good">in/);
  // The page of the first press is loaded again: it was carried out, and the audit has it.
  expect(await change({ change: 'lock' }, op)).toMatch(/class="tag good">in/);
  expect((await audit()).match(/<div>lock<\/div>/g)).toHaveLength(1);
  expect(await change({ change: 'role', role: 'guest' }, op)).toContain('· guest');
  expect((await audit()).match(/<div>role<\/div>/g)).toHaveLength(1);
  await change({ change: 'role', role: 'member' });
  expect(await change({ change: 'role', role: 'guest' })).toContain('· guest');
  expect(await change({ change: 'budget', dollars: '12.50' })).toContain('$12.50');
  expect((await post(`${pathOf(person)}/access`, { op: ulid(), change: 'role', role: 'emperor' })).status).toBe(403);
  expect((await post(`${pathOf(person)}/access`, { op: ulid(), change: 'budget', dollars: '-1' })).status).toBe(403);
  expect((await get(`${pathOf(person)}/access`)).status).toBe(303);
});
