import { runInDurableObject } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { Buffer } from 'node:buffer';
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONNECT_FOR_MS } from '../../src/conversation/policy/connections.ts';
import type { Connecting, Connection } from '../../src/conversation/state/connections.ts';
import type { Authorization, Connections } from '../../src/objects/connections.ts';
import { ExportStore } from '../../src/objects/stores/export-store.ts';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import type { OutsideGit } from './outside-git.ts';
import { Person, quiet } from './person.ts';
import { addressObject, useOutside, vars } from './relay.ts';

// Connecting an account at a git host: the link, its page, the code that is texted back, and what the host can say.

quiet();
const clock = useClock();
const world = useOutside();
const said = texts.connections;
const TOKEN = 'github_pat_of_mara_1';

/** PKCS#8, as the setting has it. */
const APP_KEY = {
  privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ format: 'pem', type: 'pkcs8' })
    .toString(),
};

let mara: Person;
let git: OutsideGit;

beforeEach(() => {
  clock.freeze();
  mara = new Person(world);
  git = mara.outside.git;
  git.accounts.set(TOKEN, { id: 7, login: 'mara' });
  git.repositories.push({ id: 11, path: 'mara/shop' });
});

/** The last text that the person got, once there is one that fits. */
async function heard(person: Person, part: string | RegExp): Promise<string> {
  const fits = (body: string): boolean => (typeof part === 'string' ? body.includes(part) : part.test(body));
  await person.runs(clock, () => person.bodies().some(fits));
  return person.bodies().findLast(fits) ?? '';
}

async function linkOf(person: Person, words = '/github'): Promise<string> {
  await person.says(words);
  return /https:\S+\/account\/\S+/.exec(await heard(person, '/account/'))?.[0] ?? '';
}

const at = (url: string, form?: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
  exports.default.fetch(url, {
    redirect: 'manual',
    headers: form ? { 'content-type': 'application/x-www-form-urlencoded', ...headers } : headers,
    ...(form ? { method: 'POST', body: new URLSearchParams(form).toString() } : {}),
  });

const codeIn = (html: string): string => /\/github ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(html)?.[1] ?? '';

async function pressed(link: string, token = TOKEN, user = ''): Promise<string> {
  const answer = await at(link, { token, user });
  expect(answer.status).toBe(200);
  return codeIn(await answer.text());
}

async function connect(person: Person): Promise<void> {
  await person.says(`/github ${await pressed(await linkOf(person))}`);
  await heard(person, 'Connected: GitHub as mara');
}

const onConnections = <T>(person: Person, call: (keeper: Connections) => T | Promise<T>): Promise<T> =>
  runInDurableObject(addressObject(person.address), (object) =>
    call((object as unknown as { connections: Connections }).connections),
  );
const authorizationOf = (person: Person, path: string): Promise<Authorization> =>
  onConnections(person, (keeper) => keeper.authorizationFor({ host: 'github.com', path, purpose: 'api' }));

const connections = (person: Person) => person.rows('SELECT host, kind, state, login, email, sealed FROM connections');

describe('a token by the form', () => {
  test('is checked at the host, sealed, and the person’s once they text the code of the page', async () => {
    const link = await linkOf(mara);
    const shown = await at(link);
    const html = await shown.text();
    expect(html).toContain('type="password"');
    expect(html).not.toContain('<script');
    expect(shown.headers.get('content-security-policy')).toContain("default-src 'none'");
    const code = await pressed(link);
    expect(await connections(mara)).toEqual([]);
    await mara.says(`/github ${code.toLowerCase().replace('-', ' ')}`);
    await heard(
      mara,
      said.connected(
        'github.com',
        { login: 'mara', email: '7+mara@users.noreply.github.com', expiresAt: null },
        false,
        true,
      ),
    );
    const [row] = await connections(mara);
    expect(row).toMatchObject({
      kind: 'token',
      state: 'good',
      login: 'mara',
      email: '7+mara@users.noreply.github.com',
    });
    // Neither the token nor the code is in any row, and the link is used up.
    const rows = JSON.stringify([
      await mara.rows('SELECT * FROM messages'),
      await mara.rows('SELECT * FROM conversation'),
      row,
    ]);
    expect(rows).not.toContain(TOKEN);
    expect(rows).not.toContain(code);
    expect((await at(link)).status).toBe(410);
    expect((await at(link, { token: TOKEN })).status).toBe(410);
  });

  test('of a link that somebody else opens gets into no chat but the one it is for', async () => {
    const other = new Person(world);
    const code = await pressed(await linkOf(mara));
    await other.says(`/github ${code}`);
    await heard(other, said.noCode);
    expect(await connections(other)).toEqual([]);
  });

  test('wrong codes drop it', async () => {
    const code = await pressed(await linkOf(mara));
    for (let n = 0; n < 5; n++) await mara.says('/github AAAA-AAAA');
    await heard(mara, said.codesOver);
    await mara.says(`/github ${code}`);
    await heard(mara, said.noCode);
    expect(await connections(mara)).toEqual([]);
    await mara.outside.until(() => git.revoked.includes(TOKEN));
  });

  const isDropped = async (): Promise<boolean> =>
    (await mara.rows('SELECT connecting FROM conversation')).every(({ connecting }) => connecting === null);

  test('whose code isn’t texted in time is deleted and ended at its host', async () => {
    await pressed(await linkOf(mara));
    clock.move(CONNECT_FOR_MS);
    await mara.runs(clock, () => git.revoked.includes(TOKEN));
    expect(await isDropped()).toBe(true);
  });

  test('that is connected already isn’t ended with a page that was left', async () => {
    await connect(mara);
    await mara.says('/github new');
    await mara.runs(clock, () => mara.bodies().filter((body) => body.includes('/account/')).length === 2);
    await pressed(await heard(mara, '/account/').then((body) => /https:\S+\/account\/\S+/.exec(body)?.[0] ?? ''));
    const [row] = await mara.rows<{ connecting: string }>('SELECT connecting FROM conversation');
    const { found } = JSON.parse(row?.connecting ?? '') as Connecting;
    const toEnd = () => onConnections(mara, (keeper) => keeper.tokensToEnd('github.com', found?.sealed ?? ''));
    expect(await toEnd()).toEqual([]);
    await mara.says('/github off');
    await heard(mara, said.off('github.com', 'mara'));
    expect(await toEnd()).toEqual([TOKEN]);
  });

  test('a link that is expired, forged or older than the newest one opens nothing', async () => {
    const first = await linkOf(mara);
    await mara.says('/github new');
    await mara.runs(clock, () => mara.bodies().filter((body) => body.includes('/account/')).length === 2);
    expect((await at(first)).status).toBe(410);
    const second = /https:\S+\/account\/\S+/.exec(mara.bodies().at(-1) ?? '')?.[0] ?? '';
    expect((await at(second)).status).toBe(200);
    expect((await at(`${second.slice(0, -6)}AAAAAA`)).status).toBe(404);
    clock.move(CONNECT_FOR_MS);
    expect((await at(second)).status).toBe(410);
    expect((await at(second, { token: TOKEN })).status).toBe(410);
  });

  test.each([
    ['unknown to the host', {}, 'nobody_knows_this', 'refused'],
    ['with the right to change workflows', { scopes: 'repo, workflow' }, TOKEN, 'broad'],
    ['with an admin’s rights', { scopes: 'repo, admin:org' }, TOKEN, 'broad'],
    ['without repositories', { scopes: 'gist' }, TOKEN, 'narrow'],
    ['that is no token', {}, 'x', 'empty'],
  ] as const)('%s is refused with what to do, and the form stays', async (_, account, token, why) => {
    git.accounts.set(TOKEN, { id: 7, login: 'mara', ...account });
    const link = await linkOf(mara);
    const answer = await at(link, { token });
    expect(answer.status).toBe(422);
    const html = await answer.text();
    expect(html).toContain(said.page.refusals[why]);
    expect(html).not.toContain(`"${token}"`);
    expect((await at(link)).status).toBe(200);
  });

  test.each([
    ['down', () => new Response('', { status: 502 })],
    ['down', () => Promise.reject(new Error('no network'))],
    ['limited', () => new Response('', { status: 403, headers: { 'x-ratelimit-remaining': '0' } })],
    ['moved', () => new Response('', { status: 302, headers: { location: 'https://gitevil.example.org/user' } })],
  ] as const)('a host that is %s gets no credential further, and the page says so', async (why, answer) => {
    git.on = answer;
    const page = await at(await linkOf(mara), { token: TOKEN });
    expect(await page.text()).toContain(said.page.refusals[why]);
    expect(git.seen.every(({ url }) => url.startsWith('https://api.github.com/'))).toBe(true);
    expect(await connections(mara)).toEqual([]);
  });

  test('answers and forms that are too large are refused', async () => {
    const link = await linkOf(mara);
    expect((await at(link, { token: 'x'.repeat(10_001) })).status).toBe(413);
    git.on = () => new Response('['.padEnd(1_000_001, ' '));
    expect(await (await at(link, { token: TOKEN })).text()).toContain(said.page.refusals.down);
  });

  test('another site’s page presses no button', async () => {
    const link = await linkOf(mara);
    expect((await at(link, { token: TOKEN }, { origin: 'https://evil.example.org' })).status).toBe(403);
    expect((await at(link, { token: TOKEN }, { origin: vars.PUBLIC_URL as string })).status).toBe(200);
  });

  test('of another host is asked of its own API', async () => {
    git.accounts.set('glpat-of-mara-1', { id: 1, login: 'mara.g', email: 'mara@example.org' });
    const code = await pressed(await linkOf(mara, '/git gitlab.example.org'), 'glpat-of-mara-1');
    await mara.says(`/github ${code}`);
    await heard(mara, 'Connected: gitlab.example.org as mara.g. Commits are by mara@example.org.');
  });
});

test('a name of other letters goes to the host as UTF-8', async () => {
  git.accounts.set('glpat-of-mara-1', { id: 1, login: 'mara.g' });
  const code = await pressed(await linkOf(mara, '/git gitlab.example.org'), 'glpat-of-mara-1', 'mära名');
  await mara.says(`/github ${code}`);
  await heard(mara, 'Connected: gitlab.example.org');
  const ask = { host: 'gitlab.example.org', path: 'mara/shop', purpose: 'git' } as const;
  const given = await onConnections(mara, (keeper) => keeper.authorizationFor(ask));
  const basic = 'authorization' in given ? given.authorization.replace('Basic ', '') : '';
  expect(Buffer.from(basic, 'base64').toString('utf8')).toBe('mära名:glpat-of-mara-1');
});

describe('the device flow', () => {
  beforeEach(() => Object.assign(vars, { GITHUB_CLIENT_ID: 'client-1' }));
  afterEach(() => Object.assign(vars, { GITHUB_CLIENT_ID: '' }));

  test('polls at GitHub’s pace until the person has typed the code', async () => {
    git.device.push('authorization_pending', 'slow_down', 'authorization_pending');
    await mara.says('/github');
    await heard(mara, said.deviceCode('WDJB-MJHT', 'https://github.com/login/device'));
    const polls = (): number => git.seen.filter(({ url }) => url.endsWith('/access_token')).length;
    for (const [wait, count] of [
      [5_000, 1],
      [5_000, 2],
      [5_000, 2],
      [5_000, 3],
      [10_000, 4],
    ] as const) {
      clock.move(wait);
      await mara.runs(clock, () => polls() >= count);
      expect(polls()).toBe(count);
    }
    await heard(mara, 'Connected: GitHub as mara');
    const [row] = await connections(mara);
    expect(row).toMatchObject({ kind: 'device', state: 'good' });
    const asked = git.seen.find(({ url }) => url.endsWith('/device/code'));
    expect(asked?.authorization).toBe(null);
  });

  test.each([
    ['access_denied', 'denied'],
    ['expired_token', 'over'],
  ] as const)('ends in words with %s', async (error, why) => {
    git.device.push(error);
    await mara.says('/github');
    await heard(mara, 'WDJB-MJHT');
    clock.move(5_000);
    await heard(mara, said.failed('github.com', why));
    expect(await connections(mara)).toEqual([]);
  });

  test('goes on after a crash', async () => {
    git.device.push('authorization_pending');
    await mara.says('/github');
    await heard(mara, 'WDJB-MJHT');
    await mara.evicted();
    clock.move(5_000);
    await mara.runs(clock, () => git.device.length === 0);
    clock.move(5_000);
    await heard(mara, 'Connected: GitHub as mara');
  });
});

describe('the operator’s App', () => {
  const { privateKey } = APP_KEY;
  const APP = {
    GITHUB_APP_ID: '4711',
    GITHUB_APP_SLUG: 'roost-of-the-test',
    GITHUB_APP_PRIVATE_KEY: privateKey,
    GITHUB_CLIENT_ID: 'Iv1.test',
    GITHUB_CLIENT_SECRET: 'secret-of-the-test',
  };
  beforeEach(() => {
    Object.assign(vars, APP);
    git.installations = [31];
  });
  afterEach(() => Object.assign(vars, Object.fromEntries(Object.keys(APP).map((name) => [name, '']))));

  /** As far as GitHub: the address where the person says yes, with the state that comes back. */
  async function atGitHub(): Promise<URL> {
    const answer = await at(await linkOf(mara), {});
    expect(answer.status).toBe(303);
    return new URL(answer.headers.get('location') ?? '');
  }
  const back = (state: string | null, code = 'code-1'): Promise<Response> =>
    at(
      `${vars.PUBLIC_URL}/account/callback?${new URLSearchParams({ code, state: state ?? '', installation_id: '99' })}`,
    );

  async function connectByApp(): Promise<void> {
    const answer = await back((await atGitHub()).searchParams.get('state'));
    expect(answer.status).toBe(200);
    await mara.says(`/github ${codeIn(await answer.text())}`);
    await heard(mara, 'Connected: GitHub as mara');
  }

  test('is let in by the person, and makes a token for one repository without workflows', async () => {
    const address = await atGitHub();
    expect(`${address.origin}${address.pathname}`).toBe('https://github.com/login/oauth/authorize');
    const answer = await back(address.searchParams.get('state'));
    await mara.says(`/github ${codeIn(await answer.text())}`);
    await heard(mara, 'Connected: GitHub as mara');
    const given = await authorizationOf(mara, 'mara/shop');
    expect(given).toMatchObject({ authorization: expect.stringMatching(/^Bearer ghs_/) as string });
    expect(git.made).toEqual([
      {
        repository_ids: [11],
        permissions: {
          contents: 'write',
          pull_requests: 'write',
          checks: 'read',
          statuses: 'read',
          metadata: 'read',
        },
      },
    ]);
    // The next request has the same token, and GitHub isn't asked again.
    expect(await authorizationOf(mara, 'mara/shop')).toMatchObject({
      authorization: 'authorization' in given && given.authorization,
    });
    expect(git.made).toHaveLength(1);
    const app = git.seen.find(({ url }) => url.endsWith('/access_tokens'));
    const [, claims = ''] = (app?.authorization ?? '').replace('Bearer ', '').split('.');
    const { iss, iat, exp } = JSON.parse(atob(claims)) as { iss: string; iat: number; exp: number };
    expect(iss).toBe('4711');
    expect(exp - iat).toBeLessThanOrEqual(600);
  });

  test('a person who may not push gets no token, whatever the App may', async () => {
    await connectByApp();
    Object.assign(git.repositories[0] ?? {}, { push: false });
    expect(await authorizationOf(mara, 'mara/shop')).toEqual({ refused: 'unavailable' });
    expect(await authorizationOf(mara, 'other/shop')).toEqual({ refused: 'unavailable' });
    expect(git.made).toEqual([]);
  });

  test('a return counts once, with its own state, and only while somebody waits for it', async () => {
    const state = (await atGitHub()).searchParams.get('state') ?? '';
    expect((await back('')).status).toBe(404);
    expect((await back(`${state.slice(0, -6)}AAAAAA`)).status).toBe(404);
    expect((await back(state, '')).status).toBe(200);
    expect((await back(state, 'wrong')).status).toBe(422);
    expect((await back(state)).status).toBe(200);
    expect((await back(state)).status).toBe(410);
    clock.move(CONNECT_FOR_MS);
    expect((await back(state)).status).toBe(410);
  });

  test('without an installation of theirs the person is led to choose repositories; the id in the address counts nothing', async () => {
    git.installations = [];
    const answer = await back((await atGitHub()).searchParams.get('state'));
    const html = await answer.text();
    expect(codeIn(html)).toBe('');
    const next = /href="([^"]+installations[^"]+)"/.exec(html)?.[1]?.replaceAll('&#38;', '&') ?? '';
    expect(next).toContain('https://github.com/apps/roost-of-the-test/installations/new?state=');
    git.installations = [31];
    expect(codeIn(await (await back(new URL(next).searchParams.get('state'))).text())).not.toBe('');
  });

  test('its person’s token is renewed before its end, once for requests at a time', async () => {
    await connectByApp();
    const before = await connections(mara);
    clock.move(8 * 3_600_000);
    const asked = () => authorizationOf(mara, 'mara/shop');
    const [one, two] = await Promise.all([asked(), asked()]);
    expect(one).toEqual(two);
    expect(git.seen.filter(({ url }) => url.endsWith('/login/oauth/access_token'))).toHaveLength(2);
    expect((await connections(mara))[0]?.sealed).not.toBe(before[0]?.sealed);
  });

  const refusals = (): number => mara.bodies().filter((body) => body === said.refusedByHost('github.com')).length;

  test('a renewal that GitHub refuses is told once, whoever needed it', async () => {
    await connectByApp();
    clock.move(8 * 3_600_000);
    git.on = (_, { pathname }) =>
      pathname === '/login/oauth/access_token' ? Response.json({ error: 'bad_refresh_token' }) : undefined;
    await mara.says('/project new shop mara/shop');
    await heard(mara, said.refusedByHost('github.com'));
    await mara.runs(clock, async () => (await mara.rows("SELECT 1 FROM timers WHERE kind = 'look-up'")).length === 0);
    expect(await authorizationOf(mara, 'mara/shop')).toEqual({ refused: 'refused' });
    expect(refusals()).toBe(1);
  });

  test('a person’s token that GitHub refuses while it makes a repository’s is told once', async () => {
    await connectByApp();
    git.accounts.clear();
    expect(await authorizationOf(mara, 'mara/shop')).toEqual({ refused: 'just-refused' });
    expect(await authorizationOf(mara, 'mara/shop')).toEqual({ refused: 'refused' });
    await heard(mara, said.refusedByHost('github.com'));
    expect(refusals()).toBe(1);
  });
});

test('the account of somebody who is a guest by now goes nowhere, and is good again when they are a member', async () => {
  await connect(mara);
  const home = addressObject(mara.address);
  const become = (role: 'guest' | 'member') =>
    home.changeAccess({ to: 'role', role }, { id: 'operator', role: 'owner', isSelf: false, op: role });
  await become('guest');
  expect(await authorizationOf(mara, 'mara/shop')).toEqual({ refused: 'guest' });
  await mara.says('/github');
  await heard(mara, texts.access.notForRole('github', 'guest', 'member'));
  await become('member');
  expect(await authorizationOf(mara, 'mara/shop')).toMatchObject({ authorization: `Bearer ${TOKEN}` });
});

test('after a rotation of the key a credential opens, and is sealed anew; without the key it never opens', async () => {
  const first = vars.SECRETS_KEY as string;
  await connect(mara);
  const [before] = await connections(mara);
  try {
    Object.assign(vars, { SECRETS_KEY: `${'B'.repeat(42)}A`, SECRETS_KEY_PREVIOUS: first });
    await mara.evicted();
    expect(await authorizationOf(mara, 'mara/shop')).toMatchObject({ authorization: `Bearer ${TOKEN}` });
    const [after] = await connections(mara);
    expect(after?.sealed).not.toBe(before?.sealed);
    Object.assign(vars, { SECRETS_KEY: `${'B'.repeat(42)}A`, SECRETS_KEY_PREVIOUS: '' });
    await mara.evicted();
    expect(await authorizationOf(mara, 'mara/shop')).toMatchObject({ authorization: `Bearer ${TOKEN}` });
    Object.assign(vars, { SECRETS_KEY: first });
    await mara.evicted();
    expect(await authorizationOf(mara, 'mara/shop')).toEqual({ refused: 'not-connected' });
  } finally {
    Object.assign(vars, { SECRETS_KEY: first, SECRETS_KEY_PREVIOUS: '' });
  }
});

test('a token whose time is over, or that the host refused, goes nowhere; the person is told once', async () => {
  git.accounts.set(TOKEN, { id: 7, login: 'mara', expires: '2099-01-01 00:00:00 UTC' });
  await connect(mara);
  expect(await authorizationOf(mara, 'mara/shop')).toMatchObject({ authorization: `Bearer ${TOKEN}` });
  const [row] = await connections(mara);
  const refuse = (sealed: unknown) =>
    onConnections(mara, (keeper) => keeper.refusedByHost({ host: 'github.com', sealed } as Connection));
  // The host's refusal of a former account doesn't concern the present one.
  expect(await refuse('v1.before')).toBe(false);
  expect(await authorizationOf(mara, 'mara/shop')).toMatchObject({ authorization: `Bearer ${TOKEN}` });
  expect([await refuse(row?.sealed), await refuse(row?.sealed)]).toEqual([true, true]);
  await heard(mara, said.refusedByHost('github.com'));
  expect(mara.bodies().filter((body) => body === said.refusedByHost('github.com'))).toHaveLength(1);
  expect(await authorizationOf(mara, 'mara/shop')).toEqual({ refused: 'refused' });
  await mara.rewrites("UPDATE connections SET state = 'good', expires_at = 1");
  expect(await authorizationOf(mara, 'mara/shop')).toEqual({ refused: 'expired' });
});

test('the operator takes an account away; the person is told, and the press counts once', async () => {
  await connect(mara);
  const home = addressObject(mara.address);
  const wish = { do: 'disconnect', host: 'github.com' } as const;
  expect(await home.operate(wish, '01J00000000000000000000001')).toBe('done');
  await heard(mara, texts.operated.disconnected('GitHub'));
  expect(await connections(mara)).toEqual([]);
  expect(await authorizationOf(mara, 'mara/shop')).toEqual({ refused: 'not-connected' });
  expect(await home.operate(wish, '01J00000000000000000000002')).toBe('nothing-to-do');
});

test('the detail for the operator and a copy of everything have no credential', async () => {
  await connect(mara);
  await mara.says('/github new');
  await heard(mara, /\/account\//);
  const [row] = await connections(mara);
  const sealed = String(row?.sealed);
  const home = addressObject(mara.address);
  expect(JSON.stringify(await home.detail(true))).not.toContain(sealed);
  expect(JSON.stringify(await home.detail(false))).not.toContain('mara"');
  const lines = await runInDurableObject(home, (_, { storage }) => {
    const store = new ExportStore(storage);
    let all = '';
    for (let piece = store.rows(null); piece !== null; piece = piece.next && store.rows(piece.next)) all += piece.lines;
    return all;
  });
  expect(lines).toContain('"login":"mara"');
  expect(lines).not.toContain(sealed);
  expect(lines).not.toContain('"connecting"');
});

test.each([
  ['an account', () => connect(mara)],
  ['one whose code wasn’t texted yet', async () => void (await pressed(await linkOf(mara)))],
])('/forget deletes %s first of all, and has the host end it', async (_, begin) => {
  await begin();
  await mara.says('/forget everything');
  await mara.says('DELETE');
  await mara.outside.until(() => git.revoked.includes(TOKEN));
});

describe('who may connect', () => {
  test('nobody by SMS', async () => {
    Object.assign(vars, { SMS: 'on' });
    try {
      const other = new Person(world, 'sms');
      await other.says('/github');
      await heard(other, said.notHere('SMS'));
    } finally {
      Object.assign(vars, { SMS: 'off' });
    }
  });

  test('with a PIN set, whoever knows it', async () => {
    await mara.says('/pin 4821');
    await mara.says('/github');
    await heard(mara, said.pin);
    await mara.says('/github 1111');
    await heard(mara, texts.access.wrongPin(4));
    expect(await linkOf(mara, '/github 4821')).not.toBe('');
    expect(JSON.stringify(await mara.rows('SELECT text FROM messages'))).not.toContain('4821');
  });

  test('nobody with a token typed in the chat, which gets into no row', async () => {
    await mara.says(`/github ${TOKEN}`);
    await heard(mara, said.use);
    expect(JSON.stringify(await mara.rows('SELECT text FROM messages'))).not.toContain(TOKEN);
  });

  test('nobody without SECRETS_KEY', async () => {
    const key = vars.SECRETS_KEY;
    try {
      Object.assign(vars, { SECRETS_KEY: '' });
      await mara.says('/github');
      await heard(mara, said.noKey);
    } finally {
      Object.assign(vars, { SECRETS_KEY: key });
    }
  });
});

test('/github off deletes the account at once and has the host end its token', async () => {
  await connect(mara);
  await mara.says('/github off');
  await heard(mara, said.off('github.com', 'mara'));
  expect(await connections(mara)).toEqual([]);
  await mara.outside.until(() => git.revoked.includes(TOKEN));
});

describe('a project of a repository', () => {
  test('is made after the host was asked, and the machine clones it', async () => {
    await connect(mara);
    await mara.says('/project new shop https://github.com/mara/shop.git');
    await heard(mara, said.cloning('shop', 'github.com/mara/shop', null));
    const start = await mara.started(0);
    expect(start.texts).toEqual(['https://github.com/mara/shop.git']);
    expect(mara.outside.starts[0]?.body.messages[0]?.action).toBe('clone');
    const [row] = await mara.rows<{ repository: string }>("SELECT repository FROM projects WHERE label = 'shop'");
    expect(JSON.parse(row?.repository ?? '')).toMatchObject({
      host: 'github.com',
      path: 'mara/shop',
      defaultBranch: 'main',
    });
  });

  test('without an account is made once one is connected', async () => {
    await mara.says('/project new shop mara/shop');
    const link = /https:\S+\/account\/\S+/.exec(await heard(mara, '/account/'))?.[0] ?? '';
    await mara.says(`/github ${await pressed(link)}`);
    await heard(mara, said.cloning('shop', 'github.com/mara/shop', null));
  });

  test('without an account and with a PIN is made once both are there', async () => {
    await mara.says('/pin 4821');
    await mara.says('/project new shop mara/shop');
    await heard(mara, said.connectFirst('github.com', true));
    await mara.says(`/github ${await pressed(await linkOf(mara, '/github 4821'))}`);
    await heard(mara, said.cloning('shop', 'github.com/mara/shop', null));
  });

  test('is offered for a new project without one; /project clone binds it, once, and clones again', async () => {
    await connect(mara);
    await mara.says('/project new garden');
    await heard(mara, said.pick);
    const [offer] = [...mara.outside.contents.values()].filter(({ body }) => body === said.pick);
    const shown = offer?.items ?? offer?.actions ?? [];
    expect(shown.map(({ id }) => id)).toEqual(['w:/project clone mara/shop']);
    await mara.says('/project clone mara/shop');
    await heard(mara, said.bound('garden', 'github.com/mara/shop'));
    await mara.says('/project clone mara/other');
    await heard(mara, said.hasRepository('garden', 'github.com/mara/shop'));
    await mara.says('/project clone');
    await heard(mara, said.cloneAgain('garden', 'github.com/mara/shop'));
    await mara.says('/project new second mara/shop');
    await heard(mara, said.cloning('second', 'github.com/mara/shop', 'garden'));
    await mara.says('/status');
    await heard(mara, 'Project: second · github.com/mara/shop');
  });

  test('that was renamed gets its new name', async () => {
    git.renamed.set('mara/old', 11);
    await connect(mara);
    await mara.says('/project new shop git@github.com:mara/old.git');
    await heard(mara, said.cloning('shop', 'github.com/mara/shop', null));
  });

  test.each([
    ['missing', 'mara/gone', {}],
    ['read-only', 'mara/shop', { push: false }],
    ['read-only', 'mara/shop', { archived: true }],
  ] as const)('that is %s is refused, and no project is made', async (why, path, change) => {
    Object.assign(git.repositories[0] ?? {}, change);
    await connect(mara);
    await mara.says(`/project new shop ${path}`);
    await heard(mara, said.lookUpRefused('github.com', path, why));
    expect(await mara.rows("SELECT 1 FROM projects WHERE label = 'shop'")).toEqual([]);
  });

  test('of a host that is down is asked for again, then given up in words', async () => {
    await connect(mara);
    git.on = () => new Response('', { status: 503 });
    await mara.says('/project new shop mara/shop');
    await heard(mara, said.hostTrouble('github.com', 'down'));
    expect(git.seen.filter(({ url }) => url.endsWith('/repos/mara/shop'))).toHaveLength(3);
  });
});
