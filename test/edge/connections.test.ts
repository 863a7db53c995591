import { exports } from 'cloudflare:workers';
import { beforeEach, describe, expect, test } from 'vitest';
import { CONNECT_FOR_MS } from '../../src/conversation/policy/connections.ts';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import type { OutsideGit } from './outside-git.ts';
import { Person, quiet } from './person.ts';
import { useOutside, vars } from './relay.ts';

// Connecting an account at a git host: the link, its page, the code that is texted back, and what the host can say.

quiet();
const clock = useClock();
const world = useOutside();
const said = texts.connections;
const TOKEN = 'github_pat_of_mara_1';

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
