import { exports } from 'cloudflare:workers';
import type { JWK } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { CONNECT_AUDIENCE, signToken } from '../../src/protocol/index.ts';
import { HEAD, pullRequest, SHOP } from '../fixtures/host-events.ts';
import { accountRow, TOKEN } from './git-account.ts';
import { Person, quiet } from './person.ts';
import { rows, stubOf, useOutside, vars } from './relay.ts';

// Pull requests in the chat at the edge: what the relay asks the host with the person's credential, and what comes of it.

const world = useOutside();
beforeEach(quiet);
const API = 'https://api.github.com';
const PULL = '/repos/mara/shop/pulls/12';
const DIFF = 'diff --git a/cart.ts b/cart.ts\n--- a/cart.ts\n+++ b/cart.ts\n@@ -1 +1 @@\n-a\n+b <script>\n';

type Call = { method: string; path: string; authorization: string | null; accept: string | null; body: string };
type Answers = Record<string, (call: Call) => Response>;

const json = (value: unknown, status = 200): Response => Response.json(value, { status });
/** The host as it is when all is well. */
const USUAL: Answers = {
  [`GET ${PULL}`]: ({ accept }) => (accept?.includes('diff') ? new Response(DIFF) : json(pullRequest())),
  'GET /repos/mara/shop/pulls': () => json([pullRequest()]),
  'POST /repos/mara/shop/pulls': () => json({ number: 12 }, 201),
  [`GET /repos/mara/shop/commits/${HEAD}/check-runs`]: () =>
    json({
      check_runs: [{ name: 'lint', status: 'completed', conclusion: 'failure', html_url: 'https://ci.example.com/1' }],
    }),
  [`GET /repos/mara/shop/commits/${HEAD}/status`]: () => json({ statuses: [] }),
  [`PUT ${PULL}/merge`]: () => json({ merged: true }),
};

/** A person whose project has mara/shop, and what reaches the host. */
async function bound(answers: Answers = {}): Promise<{ person: Person; calls: Call[]; id: string }> {
  const person = new Person(world);
  await person.says('hello');
  await person.answered(0, 'Hi.');
  const id = stubOf(person.address).id.toString();
  await person.rewrites(`UPDATE projects SET repository = '${JSON.stringify(SHOP)}'`);
  await person.rewrites(await accountRow(id));
  const calls: Call[] = [];
  world.outside.onGit = async (request) => {
    const { pathname, origin } = new URL(request.url);
    const { method, headers } = request;
    const [authorization, accept] = [headers.get('authorization'), headers.get('accept')];
    const call = { method, path: pathname, authorization, accept, body: await request.text() };
    calls.push(call);
    const answer = { ...USUAL, ...answers }[`${method} ${pathname}`];
    if (origin !== API || answer === undefined) throw new Error(`nobody expects ${method} ${request.url}`);
    return answer(call);
  };
  return { person, calls, id };
}

/** Resolves with the reply that has these words. */
const told = (person: Person, words: string): Promise<string> =>
  world.outside.until(() => person.bodies().find((body) => body.includes(words)));

test('a pull request that the agent opens through the gateway is a message with its facts', async () => {
  const { person, id, calls } = await bound();
  await person.says('open it');
  const { attempt } = await person.started(1);
  const key = JSON.parse(vars.MACHINE_SIGNING_KEY as string) as JWK;
  const token = await signToken(key, { audience: CONNECT_AUDIENCE, conversation: id, attempt }, Date.now(), 600_000);
  const response = await exports.default.fetch(
    'https://relay.example.com/connect/api.github.com/repos/mara/shop/pulls',
    {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Mend the cart', head: 'mend-cart', base: 'main' }),
    },
  );
  expect(response.status).toBe(201);
  const body = await told(person, 'Pull request #12');
  expect(body).toContain('mend-cart → main · 3 files, +40 −12\nChecks: 1 failed\nhttps://github.com/mara/shop/pull/12');
  expect(new Set(calls.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${TOKEN}`]));
  expect(await rows(person.address, 'SELECT number, is_ours FROM pull_requests')).toEqual([{ number: 12, is_ours: 1 }]);
});

describe('an account that may not read every check', () => {
  const forbidden = () => json({ message: 'Resource not accessible by personal access token' }, 403);
  const RUNS = `GET /repos/mara/shop/commits/${HEAD}/check-runs`;
  const STATUSES = `GET /repos/mara/shop/commits/${HEAD}/status`;
  const passed = () => json({ statuses: [{ context: 'deploy', state: 'success' }] });
  test.each([
    ['runs', { [RUNS]: forbidden }, 'I can’t read the checks of #12 Mend the cart with the connected account'],
    ['both', { [RUNS]: forbidden, [STATUSES]: forbidden }, 'I can’t read the checks of #12'],
    ['runs, with a status', { [RUNS]: forbidden, [STATUSES]: passed }, '✓ deploy: passed\nThere may be more'],
  ])('/checks says so: %s', async (_, answers, expected) => {
    const { person } = await bound(answers);
    await person.says('/checks 12');
    expect(await told(person, expected)).toContain('https://github.com/mara/shop/pull/12/checks');
  });

  test('a kind that can’t be read for the moment is a host that doesn’t answer', async () => {
    const { person } = await bound({ [RUNS]: () => new Response(null, { status: 502 }), [STATUSES]: passed });
    await person.says('/checks 12');
    await told(person, 'The git host doesn’t answer.');
  });
});

test('/diff makes a page that opens for its link', async () => {
  const { person } = await bound();
  await person.says('/diff 12');
  const [link = ''] = /https:\/\/relay\.example\.com\/diff\/\S+/.exec(await told(person, '/diff/')) ?? [];
  const page = await (await exports.default.fetch(link)).text();
  expect(page).toContain('b &#60;script&#62;');
  expect(page).toContain('<h1>#12 Mend the cart</h1>');
});

test('a diff whose bytes are three each once they are read is kept as far as a row can have it', async () => {
  const bytes = new Uint8Array(999_000).fill(0xff);
  const diff = (): Response => new Response(new Blob([`diff --git a/x b/x\n@@ -0,0 +1 @@\n+`, bytes, '\n']));
  const { person } = await bound({
    [`GET ${PULL}`]: ({ accept }) => (accept?.includes('diff') ? diff() : json(pullRequest())),
  });
  await person.says('/diff 12');
  const [link = ''] = /https:\/\/relay\.example\.com\/diff\/\S+/.exec(await told(person, '/diff/')) ?? [];
  expect(await (await exports.default.fetch(link)).text()).toContain('This is the beginning');
});

test('/pr merge asks, and a yes merges the commit that was asked about', async () => {
  const { person, calls } = await bound();
  await person.says('/pr merge 12');
  await told(person, 'Merge #12 (Mend the cart) into main?');
  expect(calls.some(({ method }) => method === 'PUT')).toBe(false);
  await person.says('yes');
  await told(person, 'Merged #12 into main');
  expect(calls.filter(({ method }) => method === 'PUT')).toMatchObject([
    { path: `${PULL}/merge`, body: `{"sha":"${HEAD}"}` },
  ]);
});

test('a branch that changed after the question is not merged', async () => {
  let head = HEAD;
  const side = () => ({ ...pullRequest().head, sha: head });
  const { person, calls } = await bound({ [`GET ${PULL}`]: () => json(pullRequest({ head: side() })) });
  await person.says('/pr merge 12');
  await told(person, 'Merge #12');
  head = 'c'.repeat(40);
  await person.says('yes');
  await told(person, 'its branch has changed since I asked you');
  expect(calls.some(({ method }) => method === 'PUT')).toBe(false);
});

describe('a merge that the host refuses', () => {
  test.each([
    [
      'not mergeable',
      () => json({ message: 'Pull Request is not mergeable' }, 405),
      'saying “Pull Request is not mergeable”',
    ],
    ['other commits', () => json({ message: 'Head branch was modified.' }, 409), 'its branch has changed'],
    ['protected', () => json({ message: 'Required status check "ci" is expected.' }, 422), 'Required status check'],
    ['no right', () => json({ message: 'Resource not accessible' }, 403), 'may not do that'],
  ])('%s: says why', async (_, answer, expected) => {
    const { person } = await bound({ [`PUT ${PULL}/merge`]: answer });
    await person.says('/pr merge 12');
    await told(person, 'Merge #12');
    await person.says('yes');
    await told(person, expected);
  });
});

describe('a host that gives no answer of use', () => {
  const elsewhere = new Response(null, { status: 301, headers: { location: 'https://evil.example.com/steal' } });
  const limited = () => json({ message: 'slow down' }, 403);
  test.each([
    [
      'the token is refused',
      () => json({ message: 'Bad credentials' }, 401),
      'GitHub refused the token. Connect again: /github',
      'refused',
    ],
    ['not found', () => json({ message: 'Not Found' }, 404), 'The host doesn’t have that', 'good'],
    ['leads elsewhere', () => elsewhere.clone(), 'The repository has another name at the host by now.', 'good'],
    [
      'limits',
      () => new Response(limited().body, { status: 403, headers: { 'retry-after': '90' } }),
      'It answers again in 2 minutes.',
      'good',
    ],
    ['down', () => new Response('<html>', { status: 502 }), 'The git host doesn’t answer', 'good'],
    ['nonsense', () => new Response('<html>hello'), 'The git host doesn’t answer', 'good'],
    ['another shape', () => json([{ number: 'twelve' }]), 'The git host doesn’t answer', 'good'],
  ])('%s: a sentence, and the credential goes nowhere else', async (_, answer, expected, state) => {
    const { person, calls } = await bound({ 'GET /repos/mara/shop/pulls': answer });
    await person.says('/pr');
    await told(person, expected);
    expect(person.bodies()).toHaveLength(2);
    expect(calls).toHaveLength(1);
    expect(await rows(person.address, 'SELECT state FROM connections')).toEqual([{ state }]);
    expect(await rows(person.address, `SELECT 1 FROM timers WHERE kind = 'host'`)).toEqual([]);
  });
});

test('without a connection the host is not asked', async () => {
  const { person, calls } = await bound();
  await person.rewrites('DELETE FROM connections');
  await person.says('/checks');
  await told(person, 'No account is connected');
  expect(calls).toEqual([]);
});

test('an object that ends while the host is asked asks again', async () => {
  const held = Promise.withResolvers<void>();
  const { person } = await bound();
  const usual = world.outside.onGit;
  let asked = 0;
  world.outside.onGit = async (request, url) => {
    asked++;
    if (asked === 1) await held.promise;
    return usual?.(request, url) ?? new Response();
  };
  await person.says('/pr');
  await world.outside.until(() => asked === 1);
  await person.evicted();
  held.resolve();
  await person.moves(31_000);
  await told(person, 'Open pull requests in main');
});
