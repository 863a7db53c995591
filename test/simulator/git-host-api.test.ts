import { generateKeyPairSync, sign } from 'node:crypto';
import { Octokit } from '@octokit/rest';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { App, Installation, Permissions } from '../../simulator/git-host/records.ts';
import { type GitHostStand, openGitHost, ROBIN } from './git-host-stand.ts';

// The stand-in's REST API under Octokit: accounts, tokens of every kind and what they may do, pull requests.

const SHOP = { owner: 'robin-field', repo: 'shop' };
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

let stand: GitHostStand;
let now: number;
beforeEach(async () => {
  now = Date.parse('2026-11-20T09:00:00Z');
  stand = await openGitHost({ now: () => now });
});
afterEach(() => stand.close());

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const octokit = (auth: string): Octokit => new Octokit({ auth, baseUrl: stand.apiUrl, log: quiet });
const person = (scopes = ['repo']): Octokit =>
  octokit(stand.world.addToken({ kind: 'classic', login: 'robin-field', scopes }).token);
const refusal = (call: Promise<unknown>): Promise<{ status: number; message: string }> =>
  call.then(
    () => Promise.reject(new Error('The call was not refused.')),
    ({ status, message }: { status: number; message: string }) => ({ status, message }),
  );

function jwt(claims: Record<string, unknown>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
}
const seconds = (): number => Math.floor(now / 1000);
const ours = (more: object = {}): string => jwt({ iss: '77', iat: seconds() - 60, exp: seconds() + 540, ...more });

function addApp(): App {
  return stand.world.addApp({ id: 77, slug: 'roost', clientId: 'Iv23liApp', clientSecret: 'secret' }, PEM);
}
const shortToken = async (
  installation: Installation,
  permissions?: Permissions,
  repositories?: string[],
): Promise<string> => {
  const { data } = await octokit(ours()).rest.apps.createInstallationAccessToken({
    installation_id: installation.id,
    ...(permissions ? { permissions } : {}),
    ...(repositories ? { repositories } : {}),
  });
  return data.token;
};

/** A branch with one commit, written through the API. */
async function branch(as: Octokit, name: string, path = 'new.txt'): Promise<void> {
  const { data } = await as.rest.git.getRef({ ...SHOP, ref: 'heads/main' });
  await as.rest.git.createRef({ ...SHOP, ref: `refs/heads/${name}`, sha: data.object.sha });
  const content = Buffer.from(`${name}\n`).toString('base64');
  await as.rest.repos.createOrUpdateFileContents({ ...SHOP, path, message: `Add ${path}`, content, branch: name });
}

describe('tokens', () => {
  test('a classic token shows its scopes; an unknown or expired one is refused', async () => {
    const { headers, data } = await person(['repo', 'workflow']).rest.users.getAuthenticated();
    expect([data.login, data.name, data.email, headers['x-oauth-scopes']]).toEqual([
      'robin-field',
      ROBIN.name,
      null,
      'repo, workflow',
    ]);
    expect(await refusal(octokit('ghp_nobody').rest.users.getAuthenticated())).toMatchObject({
      status: 401,
      message: expect.stringContaining('Bad credentials'),
    });
    const short = stand.world.addToken({ kind: 'fine-grained', login: 'robin-field', expiresAt: now + 1_000 });
    expect(
      (await octokit(short.token).rest.users.getAuthenticated()).headers['github-authentication-token-expiration'],
    ).toBe('2026-11-20 09:00:01 UTC');
    now += 1_000;
    expect((await refusal(octokit(short.token).rest.users.getAuthenticated())).status).toBe(401);
  });

  test('a fine-grained token reaches its repositories with its permissions', async () => {
    const other = await stand.world.addRepository('robin-field/other');
    const { token } = stand.world.addToken({
      kind: 'fine-grained',
      login: 'robin-field',
      permissions: { contents: 'read' },
      repositories: [stand.world.repository('robin-field/shop').id],
    });
    const as = octokit(token);
    expect((await as.rest.repos.listForAuthenticatedUser()).data.map(({ full_name }) => full_name)).toEqual([
      'robin-field/shop',
    ]);
    expect((await refusal(as.rest.repos.get({ owner: 'robin-field', repo: other.name }))).status).toBe(404);
    expect(await refusal(as.rest.git.createRef({ ...SHOP, ref: 'refs/heads/x', sha: '0'.repeat(40) }))).toMatchObject({
      status: 403,
      message: expect.stringContaining('Resource not accessible by personal access token'),
    });
    expect((await refusal(as.rest.users.listEmailsForAuthenticatedUser())).status).toBe(403);
  });

  test.each([
    ['is signed by another key', () => `${ours().slice(0, -8)}AAAAAAAA`],
    ['lasts longer than ten minutes', () => ours({ exp: seconds() + 660 })],
    ['has expired', () => ours({ exp: seconds() - 1 })],
    ['names another App', () => ours({ iss: '78' })],
    ['is of tomorrow', () => ours({ iat: seconds() + 3_600 })],
  ])('an App’s own token is refused when it %s', async (_what, token) => {
    addApp();
    expect((await octokit(ours()).rest.apps.getAuthenticated()).data?.slug).toBe('roost');
    expect((await refusal(octokit(token()).rest.apps.getAuthenticated())).status).toBe(401);
  });

  test('an installation’s token is narrowed, lasts an hour and never gets more than the installation', async () => {
    for (const name of ['second', 'other']) await stand.world.addRepository(`robin-field/${name}`);
    const installation = stand.world.install(addApp(), 'robin-field', ['robin-field/shop', 'robin-field/second']);
    const read = octokit(await shortToken(installation, { contents: 'read' }, ['shop']));
    expect(
      (await read.rest.apps.listReposAccessibleToInstallation()).data.repositories.map(({ name }) => name),
    ).toEqual(['shop']);
    expect((await read.rest.repos.getContent({ ...SHOP, path: 'README.md' })).status).toBe(200);
    expect((await refusal(read.rest.repos.get({ ...SHOP, repo: 'second' }))).status).toBe(404);
    expect(await refusal(read.rest.pulls.create({ ...SHOP, head: 'x', base: 'main', title: 'x' }))).toMatchObject({
      status: 403,
      message: expect.stringContaining('Resource not accessible by integration'),
    });
    expect((await refusal(shortToken(installation, { workflows: 'write' }))).status).toBe(422);
    expect((await refusal(shortToken(installation, undefined, ['other']))).status).toBe(422);
    now += 3_600_000;
    expect((await refusal(read.rest.repos.get(SHOP))).status).toBe(401);
  });

  test('an App that is gone or suspended has nothing', async () => {
    const installation = stand.world.install(addApp(), 'robin-field', 'all');
    const as = octokit(await shortToken(installation));
    stand.world.suspend(installation, true);
    expect((await refusal(shortToken(installation))).status).toBe(403);
    expect((await refusal(as.rest.repos.get(SHOP))).status).toBe(404);
    stand.world.uninstall(installation);
    expect((await refusal(as.rest.repos.get(SHOP))).status).toBe(401);
    expect((await refusal(shortToken(installation))).status).toBe(404);
  });
});

describe('repositories', () => {
  test('an old path is followed, another’s repository is not there', async () => {
    await stand.world.addRepository('kim-reyes/diary');
    const as = person();
    expect((await as.rest.repos.get({ owner: 'robin-field', repo: 'store' })).data.full_name).toBe('robin-field/shop');
    expect((await refusal(as.rest.repos.get({ owner: 'kim-reyes', repo: 'diary' }))).status).toBe(404);
    expect((await refusal(person([]).rest.repos.get(SHOP))).status).toBe(404);
  });

  test('branches, commits, files and comparisons are git’s', async () => {
    const as = person();
    await branch(as, 'change');
    const branches = await as.rest.repos.listBranches(SHOP);
    expect(branches.data.map(({ name }) => name)).toEqual(['change', 'main']);
    const compared = await as.rest.repos.compareCommitsWithBasehead({ ...SHOP, basehead: 'main...change' });
    expect(compared.data).toMatchObject({
      status: 'ahead',
      ahead_by: 1,
      files: [{ filename: 'new.txt', status: 'added', additions: 1, patch: '@@ -0,0 +1 @@\n+change' }],
    });
    const { data } = await as.rest.repos.listCommits({ ...SHOP, sha: 'change', per_page: 1 });
    expect(data.map(({ commit }) => commit.message)).toEqual(['Add new.txt']);
    expect(
      (await as.rest.git.getTree({ ...SHOP, tree_sha: 'change', recursive: '1' })).data.tree.map(({ path }) => path),
    ).toEqual(['README.md', 'new.txt', 'src', 'src/price.ts']);
  });

  test('a workflow, a protected branch and the default branch’s deletion are refused', async () => {
    const as = person();
    const content = Buffer.from('on: push\n').toString('base64');
    const workflow = { ...SHOP, path: '.github/workflows/ci.yml', message: 'x', content };
    expect((await refusal(as.rest.repos.createOrUpdateFileContents(workflow))).status).toBe(403);
    expect((await refusal(as.rest.git.deleteRef({ ...SHOP, ref: 'heads/main' }))).status).toBe(422);
    stand.world
      .repository('robin-field/shop')
      .protections.push({ branch: 'main', requiresPull: true, approvals: 1, checks: [] });
    expect((await refusal(as.rest.repos.createOrUpdateFileContents({ ...workflow, path: 'x' }))).status).toBe(409);
    stand.world.repository('robin-field/shop').archived = true;
    expect((await refusal(as.rest.issues.create({ ...SHOP, title: 'x' }))).status).toBe(403);
  });
});

describe('pull requests', () => {
  test('open, review, checks, merge', async () => {
    const as = person();
    await branch(as, 'change');
    const { data: pull } = await as.rest.pulls.create({
      ...SHOP,
      head: 'change',
      base: 'main',
      title: 'Change',
      body: 'Why',
    });
    expect(pull).toMatchObject({
      number: 1,
      state: 'open',
      commits: 1,
      additions: 1,
      changed_files: 1,
      mergeable: true,
      mergeable_state: 'clean',
    });
    const at = { ...SHOP, pull_number: 1 };
    expect((await as.rest.checks.listForRef({ ...SHOP, ref: 'change' })).data.check_runs).toMatchObject([
      { name: 'build', status: 'in_progress', conclusion: null },
    ]);
    stand.world.finishChecks('robin-field/shop', pull.head.sha, 'failure');
    expect((await as.rest.pulls.get(at)).data.mergeable_state).toBe('unstable');
    await stand.world.review('robin-field/shop', 1, 'kim-reyes', 'CHANGES_REQUESTED', 'Please rename it.');
    expect((await as.rest.pulls.listReviews(at)).data).toMatchObject([
      { state: 'CHANGES_REQUESTED', user: { login: 'kim-reyes' } },
    ]);
    expect((await refusal(as.rest.pulls.createReview({ ...at, event: 'APPROVE' }))).status).toBe(422);
    await as.rest.pulls.createReviewComment({
      ...at,
      body: 'Here',
      path: 'new.txt',
      line: 1,
      commit_id: pull.head.sha,
    });
    expect((await as.rest.pulls.listReviewComments(at)).data).toMatchObject([
      { path: 'new.txt', line: 1, diff_hunk: '@@ -0,0 +1 @@\n+change' },
    ]);
    expect((await refusal(as.rest.pulls.merge({ ...at, sha: '0'.repeat(40) }))).status).toBe(409);
    const merged = await as.rest.pulls.merge({ ...at, merge_method: 'squash' });
    expect(await stand.world.sha('robin-field/shop', 'main')).toBe(merged.data.sha);
    expect((await as.rest.pulls.get(at)).data).toMatchObject({
      state: 'closed',
      merged: true,
      merged_by: { login: 'robin-field' },
    });
  });

  test.each(['merge', 'squash', 'rebase'] as const)('%s puts the change on the base branch', async (merge_method) => {
    const as = person();
    await branch(as, 'change');
    await as.rest.repos.createOrUpdateFileContents({ ...SHOP, path: 'main.txt', message: 'Meanwhile', content: '' });
    await as.rest.pulls.create({ ...SHOP, head: 'change', base: 'main', title: 'Change' });
    await as.rest.pulls.merge({ ...SHOP, pull_number: 1, merge_method });
    const { data } = await as.rest.git.getTree({ ...SHOP, tree_sha: 'main' });
    expect(data.tree.map(({ path }) => path)).toEqual(['README.md', 'main.txt', 'new.txt', 'src']);
    const { data: commits } = await as.rest.repos.listCommits(SHOP);
    expect(commits).toHaveLength({ merge: 4, squash: 3, rebase: 3 }[merge_method]);
  });

  test('a conflict, a rule of the branch, a twin and an empty one are refused', async () => {
    const as = person();
    await branch(as, 'change', 'same.txt');
    await as.rest.repos.createOrUpdateFileContents({
      ...SHOP,
      path: 'same.txt',
      message: 'Other',
      content: Buffer.from('other\n').toString('base64'),
    });
    const given = { ...SHOP, head: 'change', base: 'main', title: 'Change' };
    await as.rest.pulls.create(given);
    expect((await as.rest.pulls.get({ ...SHOP, pull_number: 1 })).data).toMatchObject({
      mergeable: false,
      mergeable_state: 'dirty',
    });
    expect((await refusal(as.rest.pulls.merge({ ...SHOP, pull_number: 1 }))).status).toBe(405);
    expect((await refusal(as.rest.pulls.create(given))).message).toContain(
      'A pull request already exists for robin-field:change',
    );
    expect((await refusal(as.rest.pulls.create({ ...given, head: 'main' }))).message).toContain(
      'No commits between main and main',
    );
    expect((await refusal(as.rest.pulls.create({ ...given, head: 'none' }))).status).toBe(422);
    await branch(as, 'fine');
    stand.world
      .repository('robin-field/shop')
      .protections.push({ branch: 'main', requiresPull: true, approvals: 1, checks: ['build'] });
    const { data } = await as.rest.pulls.create({ ...given, head: 'fine' });
    expect((await refusal(as.rest.pulls.merge({ ...SHOP, pull_number: 2 }))).message).toContain(
      'Required status check "build" is expected',
    );
    stand.world.finishChecks('robin-field/shop', data.head.sha, 'success');
    expect((await refusal(as.rest.pulls.merge({ ...SHOP, pull_number: 2 }))).message).toContain('approving review');
    await stand.world.review('robin-field/shop', 2, 'kim-reyes', 'APPROVED', '');
    expect((await as.rest.pulls.merge({ ...SHOP, pull_number: 2 })).data.merged).toBe(true);
  });
});

test('a limit, an outage and a cut connection', async () => {
  const as = person();
  stand.faults.next({ kind: 'rate limit', resetS: 30 });
  expect(await refusal(as.rest.repos.get(SHOP))).toMatchObject({
    status: 403,
    message: expect.stringContaining('API rate limit exceeded'),
  });
  stand.faults.next({ kind: 'answer', status: 503 }, { path: /^\/api\/user$/ });
  expect((await as.rest.repos.get(SHOP)).headers['x-ratelimit-remaining']).toBe('4999');
  expect((await refusal(as.rest.users.getAuthenticated())).status).toBe(503);
  stand.faults.next({ kind: 'cut' });
  expect((await refusal(as.rest.repos.get(SHOP))).status).toBe(500);
});

test('GraphQL gives a narrowed token no more than REST does', async () => {
  await stand.world.addRepository('robin-field/second');
  const installation = stand.world.install(addApp(), 'robin-field', 'all');
  const as = octokit(await shortToken(installation, { contents: 'read' }, ['shop']));
  const kinds = (query: string, variables = {}): Promise<string[]> =>
    as.graphql(query, variables).then(
      () => [],
      ({ errors }: { errors: { type: string }[] }) => errors.map(({ type }) => type),
    );
  const shop = 'repository(owner: "robin-field", name: "shop")';
  expect(await kinds(`{ ${shop} { id } }`)).toEqual([]);
  expect(await kinds(`{ ${shop} { pullRequests(first: 1) { totalCount } } }`)).toEqual(['FORBIDDEN']);
  expect(await kinds('{ repository(owner: "robin-field", name: "second") { id } }')).toEqual(['NOT_FOUND']);
  expect(await kinds('{ viewer { login } }')).toEqual(['FORBIDDEN']);
  const input = { repositoryId: `R_${stand.world.repository('robin-field/shop').id}`, title: 'x' };
  const create = 'mutation ($input: CreateIssueInput!) { createIssue(input: $input) { issue { id } } }';
  expect(await kinds(create, { input })).toEqual(['FORBIDDEN']);
});

test('a search knows when something was opened and changed', async () => {
  const found = async (words: string): Promise<number> => {
    const query = 'query ($words: String!) { search(query: $words, type: ISSUE, first: 9) { issueCount } }';
    const { search } = await person().graphql<{ search: { issueCount: number } }>(query, { words });
    return search.issueCount;
  };
  stand.world.openIssue('robin-field/shop', 'kim-reyes', 'Wrong price');
  const day = (ahead: number): string => new Date(now + ahead * 86_400_000).toISOString().slice(0, 10);
  expect(await found(`updated:>=${day(0)}`)).toBe(1);
  expect(await found(`updated:>=${day(1)}`)).toBe(0);
  expect(await found(`updated:<${day(0)}`)).toBe(0);
  expect(await found(`created:${day(-1)}..${day(0)}`)).toBe(1);
  expect(await found(`-created:<${day(-7)}`)).toBe(1);
  expect(await found(`closed:>=${day(-7)}`)).toBe(0);
});

test('a file of any name is listed by it, written by its person, and deleted', async () => {
  const path = 'a\tb ü.txt';
  const api = person();
  const made = await api.repos.createOrUpdateFileContents({ ...SHOP, path, message: 'Add', content: btoa('words') });
  const { data: commit } = await api.git.getCommit({ ...SHOP, commit_sha: made.data.commit.sha ?? '' });
  expect(commit.author).toMatchObject({ name: ROBIN.name, email: 'robin-field@example.com' });
  const { data } = await api.git.getTree({ ...SHOP, tree_sha: 'main' });
  expect(data.tree.map((entry) => entry.path)).toEqual(['README.md', path, 'src']);
  const sha = made.data.content?.sha ?? '';
  const listed = (await api.repos.getContent({ ...SHOP, path: '' })).data;
  expect(listed).toContainEqual(expect.objectContaining({ path, sha, size: 5 }));
  await api.repos.deleteFile({ ...SHOP, path, message: 'Remove', sha });
  expect((await refusal(api.repos.getContent({ ...SHOP, path }))).status).toBe(404);
});
