import { exports } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loginUrl, sealSession } from '../../src/links/operator-link.ts';
import { texts } from '../../src/texts/index.ts';
import { operatorPage as words } from '../../src/texts/operator-page.ts';
import { HOUR, MINUTE } from '../../src/units.ts';
import { useClock } from './clock.ts';
import { Person, quiet } from './person.ts';
import { addressObject, useOutside, vars } from './relay.ts';

// The door of the operator's page: links, sessions, and everybody who tries without a right.

quiet();
const clock = useClock();
const world = useOutside();
const before = { ...vars };
const HOST = 'https://relay.example.com';
const KEY = JSON.parse(vars.MACHINE_SIGNING_KEY as string) as { d: string };
const OTHER_KEY = { d: `${'A'.repeat(42)}E` };
const OPERATOR = { id: 'operator', role: 'owner', isSelf: false } as const;
const ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const said = texts.access;
const numberOf = ({ address }: Person): string => address.replace('whatsapp:', '');
const idOf = ({ address }: Person): string => addressObject(address).id.toString();

beforeEach(() => {
  clock.freeze();
  Object.assign(vars, { OPERATOR_TOKEN: '', ADMIN_SENDERS: '' });
});
afterEach(() => {
  Object.assign(vars, before);
});

type Sent = { method?: string; cookie?: string; headers?: Record<string, string>; body?: string };
/** A browser, which follows no redirect. */
function browse(path: string, { method = 'GET', cookie, headers = {}, body }: Sent = {}): Promise<Response> {
  const own = method === 'POST' ? { origin: HOST } : {};
  const sent = { accept: 'text/html', 'user-agent': 'Mozilla/5.0 (X11; Linux) Firefox/150.0', ...own, ...headers };
  const all = cookie === undefined ? sent : { ...sent, cookie: `__Host-roost-operator=${cookie}` };
  const url = path.startsWith('http') ? path : HOST + path;
  return exports.default.fetch(url, {
    method,
    headers: all,
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  });
}

/** An owner who has just written. */
async function owned(also: readonly Person[] = []): Promise<Person> {
  const owner = new Person(world);
  Object.assign(vars, { ADMIN_SENDERS: [owner, ...also].map(numberOf).join(',') });
  await owner.says('/help');
  await owner.comesToRest(clock);
  return owner;
}

async function hears(person: Person, text: string, part: string): Promise<string> {
  const had = person.got().length;
  await person.says(text);
  let found: string | undefined;
  await person.runs(clock, () => {
    found = person
      .bodies()
      .slice(had)
      .find((body) => body.includes(part));
    return found !== undefined;
  });
  return found ?? '';
}

const linkFor = async (person: Person, text = '/operator'): Promise<string> =>
  /https:\S+/.exec(await hears(person, text, '/operator/login/'))?.[0] ?? '';

async function logIn(link: string): Promise<string> {
  const answer = await browse(link, { method: 'POST' });
  return /__Host-roost-operator=([\w-]+);/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '';
}

const statusOf = async (path: string, sent?: Sent): Promise<number> => (await browse(path, sent)).status;

describe('a login', () => {
  test('by link: reading it uses nothing up, the button logs in once, and the cookie opens the page', async () => {
    const owner = await owned();
    const link = await linkFor(owner);
    for (const method of ['GET', 'HEAD', 'GET']) expect(await statusOf(link, { method })).toBe(200);
    // Who got the link from somebody else reads whose login it is.
    expect(await (await browse(link)).text()).toContain(words.welcome.text(`WhatsApp …${numberOf(owner).slice(-4)}`));
    const answer = await browse(link, { method: 'POST' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/operator']);
    const cookie = answer.headers.get('set-cookie') ?? '';
    for (const part of ['__Host-', 'HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/', 'Max-Age=43200'])
      expect(cookie).toContain(part);
    const token = /=([\w-]+);/.exec(cookie)?.[1] ?? '';
    const page = await browse('/operator/audit', { cookie: token });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Firefox on Linux');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(await statusOf(link, { method: 'POST' })).toBe(410);
    expect(await statusOf(link)).toBe(410);
  });

  test('is told to the other admins, and is in the audit', async () => {
    const other = new Person(world);
    const owner = await owned([other]);
    await other.says('/help');
    await other.comesToRest(clock);
    const had = other.got().length;
    const cookie = await logIn(await linkFor(owner));
    await other.runs(clock, () => other.bodies().slice(had).join().includes('logged in to the operator’s page'));
    expect(owner.bodies().join()).not.toContain('logged in to the operator’s page (');
    const page = await (await browse('/operator/audit', { cookie })).text();
    expect(page).toContain('logged in');
    expect(page).not.toContain(numberOf(owner).slice(2));
  });

  test('ends after 12 hours, at the button, by /operator off, and by another admin’s hand', async () => {
    const owner = await owned();
    const login = async (): Promise<string> => logIn(await linkFor(owner));
    const first = await login();
    clock.move(12 * HOUR);
    expect(await statusOf('/operator/audit', { cookie: first })).toBe(401);
    const second = await login();
    expect(await statusOf('/operator/logout', { method: 'POST', cookie: second })).toBe(401);
    expect(await statusOf('/operator/audit', { cookie: second })).toBe(401);
    const third = await login();
    await hears(owner, '/operator off', said.operatorOff(1));
    expect(await statusOf('/operator/audit', { cookie: third })).toBe(401);
    const [mine, lost] = [await login(), await login()];
    const page = await (await browse('/operator/audit', { cookie: lost })).text();
    const lostId = /sessions\/(\w{26})\/end/.exec(page.slice(page.indexOf(words.audit.thisBrowser)))?.[1];
    const sure = {
      method: 'POST',
      cookie: mine,
      body: 'sure=yes',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
    const ended = await browse(`/operator/sessions/${lostId}/end`, sure);
    expect(ended.headers.get('location')).toBe('/operator/audit?told=login-ended');
    expect(await statusOf('/operator/audit', { cookie: lost })).toBe(401);
    expect(await statusOf('/operator/audit', { cookie: mine })).toBe(200);
    const again = await browse(`/operator/sessions/${lostId}/end`, sure);
    expect(again.headers.get('location')).toBe('/operator/audit?told=nothing-to-do');
  });

  test('by the operator’s token: a script gets a link, and another token ends what came of it', async () => {
    Object.assign(vars, { OPERATOR_TOKEN: 'operator-token-of-these-tests' });
    const made = await exports.default.fetch(`${HOST}/operator/login-links`, {
      method: 'POST',
      headers: { authorization: 'Bearer operator-token-of-these-tests' },
    });
    const { url } = (await made.json()) as { url: string };
    const cookie = await logIn(url);
    expect(await statusOf('/operator/audit', { cookie })).toBe(200);
    Object.assign(vars, { OPERATOR_TOKEN: 'operator-token-of-tomorrow-x' });
    expect(await statusOf('/operator/audit', { cookie })).toBe(401);
  });
});

describe('nobody gets in', () => {
  test('with a link that is late, replaced, cut, forged, or for a session', async () => {
    const owner = await owned();
    const late = await linkFor(owner);
    clock.move(5 * MINUTE);
    for (const method of ['GET', 'POST']) expect(await statusOf(late, { method })).toBe(410);
    const replaced = await linkFor(owner);
    const newest = await linkFor(owner);
    expect(await statusOf(replaced, { method: 'POST' })).toBe(410);
    const ref = { person: idOf(owner), link: ID, session: ID, expiresAt: Date.now() + HOUR };
    const session = `${HOST}/operator/login/${sealSession(KEY, ref)}`;
    const forged = loginUrl(HOST, OTHER_KEY, ref);
    for (const link of [newest.slice(0, -1), forged, session])
      expect(await statusOf(link, { method: 'POST' })).toBe(404);
    expect(await statusOf(loginUrl(HOST, KEY, ref), { method: 'POST' })).toBe(410);
    expect(await logIn(newest)).not.toBe('');
  });

  test('with a forged cookie, a link in place of it, or one whose session there is not', async () => {
    const owner = await owned();
    const link = await linkFor(owner);
    const ref = { person: idOf(owner), session: ID, expiresAt: Date.now() + HOUR };
    const cookies = [
      sealSession(OTHER_KEY, ref),
      sealSession(KEY, ref),
      link.split('/').at(-1) ?? '',
      '',
      'x'.repeat(5000),
    ];
    for (const cookie of cookies) expect(await statusOf('/operator/audit', { cookie })).toBe(401);
  });

  test('from another site, or from a page without an origin', async () => {
    const owner = await owned();
    const link = await linkFor(owner);
    const wrong = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: '' },
      { 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of wrong) expect(await statusOf(link, { method: 'POST', headers })).toBe(403);
    const cookie = await logIn(link);
    for (const headers of wrong)
      expect(await statusOf('/operator/logout', { method: 'POST', cookie, headers })).toBe(403);
    expect(await statusOf('/operator/audit', { cookie })).toBe(200);
  });

  test.each([
    ['demoted', { to: 'role', role: 'member' }],
    ['blocked', { to: 'block' }],
    ['locked', { to: 'lock' }],
  ] as const)('who is %s meanwhile: the next request is refused, and so is a link', async (_, change) => {
    await owned();
    const admin = new Person(world);
    await admin.says('/help');
    await admin.comesToRest(clock);
    await addressObject(admin.address).changeAccess({ to: 'role', role: 'admin' }, OPERATOR);
    const cookie = await logIn(await linkFor(admin));
    expect(await statusOf('/operator/audit', { cookie })).toBe(200);
    const link = await linkFor(admin);
    await addressObject(admin.address).changeAccess(change, OPERATOR);
    expect(await statusOf('/operator/logout', { method: 'POST', cookie })).toBe(401);
    expect(await statusOf('/operator/audit', { cookie })).toBe(401);
    expect(await statusOf(link, { method: 'POST' })).toBe(403);
  });

  test('as an admin by session to the API of the token', async () => {
    const owner = await owned();
    const cookie = await logIn(await linkFor(owner));
    expect(await statusOf('/operator/people/1/block', { method: 'POST', cookie })).toBe(404);
    expect(await statusOf('/operator/health', { cookie })).toBe(404);
  });

  test('without encryption: a browser is led to https, and nothing else is taken', async () => {
    const owner = await owned();
    const link = await linkFor(owner);
    const plain = (url: string): string => url.replace('https:', 'http:');
    const led = await browse(plain(`${HOST}/operator/people?q=ann`));
    expect([led.status, led.headers.get('location')]).toEqual([308, `${HOST}/operator/people?q=ann`]);
    const origin = plain(HOST);
    const pressed = await browse(plain(link), { method: 'POST', headers: { origin } });
    expect([pressed.status, await pressed.text()]).toEqual([403, expect.stringContaining(words.notEncrypted.text)]);
    Object.assign(vars, { OPERATOR_TOKEN: 'operator-token-of-these-tests' });
    const headers = { authorization: 'Bearer operator-token-of-these-tests' };
    expect(await statusOf(`${plain(HOST)}/operator/login-links`, { method: 'POST', headers })).toBe(403);
    expect(await logIn(link)).not.toBe('');
  });

  test('by another spelling of an address', async () => {
    const owner = await owned();
    const spellings = [
      '//operator/now',
      '/operator//now',
      '/operator/now/',
      '/OPERATOR/now',
      '/operator/%6eow',
      '/operator/login/../now',
      '/operator/login/%2e%2e/now',
      '/operator/login/..%2fnow',
      '/operator/login/x/now',
      '/operator/login/',
      '/operator/login',
      '/operator/now;/login/x',
      '/operator/now%00',
      '/operator/operator.css/../now',
      `/operator/people/${idOf(owner).toUpperCase()}`,
      `/operator/login/${idOf(owner)}`,
    ];
    for (const path of spellings) {
      const answer = await browse(HOST + path);
      const text = await answer.text();
      expect([path, [401, 404].includes(answer.status), /<nav|<table/.test(text)]).toEqual([path, true, false]);
    }
  });

  test('where nobody is configured there is no page', async () => {
    expect(await statusOf('/operator')).toBe(404);
    expect(await statusOf(`/operator/login/${'A'.repeat(91)}`, { method: 'POST' })).toBe(404);
  });

  test('by trying again and again: it is told to wait, and a real login still works', async () => {
    const owner = await owned();
    const cookie = await logIn(await linkFor(owner));
    clock.move(2 * MINUTE);
    const tries = await Promise.all(Array.from({ length: 40 }, () => browse('/operator/audit', { cookie: 'wrong' })));
    const slowed = tries.filter(({ status }) => status === 429);
    expect(slowed.length).toBe(10);
    expect(slowed[0]?.headers.get('retry-after')).toBe('60');
    // A page that is still open in a browser whose login is over is told so, and is no wrong try.
    const ref = { person: idOf(owner), session: ID, expiresAt: Date.now() + HOUR };
    for (const expiresAt of [ref.expiresAt, Date.now()]) {
      const over = await browse('/operator/now', { cookie: sealSession(KEY, { ...ref, expiresAt }) });
      expect([over.status, await over.text()]).toEqual([401, expect.stringContaining(words.loggedOut.text)]);
    }
    expect(await statusOf('/operator/audit', { cookie: sealSession(OTHER_KEY, ref) })).toBe(429);
    expect(await statusOf('/operator/audit', { cookie })).toBe(200);
    clock.move(2 * MINUTE);
  });
});

test('who isn’t logged in learns how; nothing else is said', async () => {
  await owned();
  const page = await browse('/operator');
  expect(page.status).toBe(401);
  expect(await page.text()).toContain(words.logIn.text);
});

test('a login leads to the view that was asked for before, and to no other place', async () => {
  const owner = await owned();
  const path = `/operator/people/${idOf(owner)}`;
  const asked = await browse(path);
  expect(asked.status).toBe(401);
  const wanted = /^roost-operator-wanted=([^;]+)/.exec(asked.headers.get('set-cookie') ?? '')?.[1];
  expect(wanted).toBe(path);
  const to = async (cookie: string): Promise<string | null> => {
    const link = await linkFor(owner);
    const answer = await browse(link, { method: 'POST', headers: { cookie: `roost-operator-wanted=${cookie}` } });
    return answer.headers.get('location');
  };
  expect(await to(path)).toBe(path);
  for (const elsewhere of [
    'https://evil.example.com',
    '//evil.example.com',
    '/operator/../export',
    '/operator/login/x',
  ])
    expect(await to(elsewhere)).toBe('/operator');
});

describe('/operator', () => {
  test('keeps a PIN in no row', async () => {
    const owner = await owned();
    await hears(owner, '/pin 4821', said.pinSet);
    expect(await linkFor(owner, '/operator 4821')).toContain('/operator/login/');
    expect(JSON.stringify(await owner.rows('SELECT * FROM messages'))).not.toContain('4821');
  });
});
