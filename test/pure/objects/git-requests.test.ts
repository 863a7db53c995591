import { expect, test } from 'vitest';
import { attemptId } from '../../../src/conversation/state/state.ts';
import type { GitReport } from '../../../src/objects/git-requests.ts';
import { GitRequests } from '../../../src/objects/git-requests.ts';
import { Talk } from '../conversation.ts';

// The gate of a conversation's requests to a git host: by turn, access, repository and count.

const SHOP = { host: 'github.com', path: 'acme/shop', id: '1', defaultBranch: 'main', isPrivate: true, sizeKb: 1 };

function gated(repository: typeof SHOP | null = SHOP) {
  const talk = new Talk();
  talk.state = { ...talk.state, projects: talk.state.projects.map((project) => ({ ...project, repository })) };
  talk.text('work');
  talk.taken();
  const attempt = attemptId(talk.attempt);
  const hosts = new Set<string>();
  const pushed: [project: string, ref: string][] = [];
  const refused: [host: string, sealed: string][] = [];
  let opens: () => void = () => undefined;
  const gate = new GitRequests(
    {
      load: () => ({ ...talk.state, reads: [{ rows: 'grants' }] }),
      apply: (event) => talk.on(event as never),
      services: () => ({ policy: talk.policy }) as never,
      now: () => talk.now,
      isHome: () => true,
      git: {
        count: ({ host }: { host: string }) => void hosts.add(host),
        refuse: ({ host }: { host: string }) => void hosts.add(host),
        branches: () => ({}),
        pushed: (project: string, ref: string) => void pushed.push([project, ref]),
      } as never,
    },
    () => (talk.isAllowed ? 'served' : 'known'),
    {
      authorizationFor: async () => {
        opens();
        return { authorization: 'Basic x', connection: { host: 'github.com', sealed: 'v1.first' } };
      },
      refusedByHost: (of: { host: string; sealed: string }) => void refused.push([of.host, of.sealed]),
    } as never,
  );
  const begin = (of: { id?: string; attempt?: string; host?: string; path?: string | null } = {}) =>
    gate.begin({ id: 'a', attempt, host: 'github.com', path: 'acme/shop', kind: 'fetch', ...of });
  const end = (bytesDown: number, of: Partial<GitReport> = {}): void => {
    const report: GitReport = {
      id: 'a',
      attempt,
      host: 'github.com',
      kind: 'fetch',
      status: 200,
      bytesUp: 0,
      bytesDown,
      ...of,
    };
    gate.end(report);
  };
  return { talk, attempt, begin, end, hosts, pushed, refused, whenOpened: (work: () => void) => (opens = work) };
}

const OPEN = { authorization: 'Basic x', path: 'acme/shop', defaultBranch: 'main', permissions: [], own: {} };

test('a request goes to the project’s repository alone, while its attempt is open and its person is served', async () => {
  const { talk, attempt, begin } = gated();
  expect(await begin()).toEqual({ open: OPEN });
  expect(await begin({ path: null })).toEqual({ open: OPEN });
  expect(await begin({ path: 'Acme/Shop' })).toEqual({ open: OPEN });
  expect(await begin({ path: 'acme/vault' })).toEqual({ refused: 'other-repository' });
  expect(await begin({ host: 'gitlab.com' })).toEqual({ refused: 'other-repository' });
  expect(await begin({ attempt: `${attempt}1` })).toEqual({ refused: 'ended' });
  talk.isAllowed = false;
  expect(await begin()).toEqual({ refused: 'removed' });
  talk.isAllowed = true;
  talk.answer('done', talk.state.messages[0]!);
  expect(await begin()).toEqual({ refused: 'ended' });
  expect(await gated(null).begin()).toEqual({ refused: 'no-repository' });
});

test('a person who is removed while the credential is opened gets nothing', async () => {
  const { talk, begin, whenOpened } = gated();
  whenOpened(() => {
    talk.isAllowed = false;
  });
  expect(await begin()).toEqual({ refused: 'removed' });
});

test('an attempt has its bounds in a minute and in all', async () => {
  const { talk, begin, end } = gated();
  for (let n = 0; n < 300; n++) expect(await begin()).toHaveProperty('open');
  expect(await begin()).toEqual({ refused: 'too-many' });
  talk.now += 60_000;
  expect(await begin()).toHaveProperty('open');
  end(20 * 2 ** 30);
  expect(await begin()).toEqual({ refused: 'used-up' });
});

test('refused requests count too, and hosts that the agent makes up have one name', async () => {
  const { begin, end, hosts } = gated();
  for (let n = 0; n < 300; n++) {
    const host = `h${n}.example.com`;
    expect(await begin({ host })).toEqual({ refused: 'other-repository' });
    end(0, { host, refused: 'other-repository' });
  }
  expect(await begin()).toEqual({ refused: 'too-many' });
  expect([...hosts]).toEqual(['another host']);
});

test('what comes of an attempt that is over doesn’t begin the count anew', async () => {
  const { attempt, begin, end } = gated();
  for (let n = 0; n < 300; n++) await begin();
  await begin({ attempt: `${attempt}1` });
  end(0, { attempt: `${attempt}1` });
  expect(await begin()).toEqual({ refused: 'too-many' });
});

test('requests that begin together are as few', async () => {
  const { begin, end } = gated();
  const begun = await Promise.all(Array.from({ length: 40 }, (_, n) => begin({ id: `${n}` })));
  expect(begun.filter((each) => 'open' in each)).toHaveLength(16);
  end(0, { id: '0' });
  expect(await begin({ id: '41' })).toHaveProperty('open');
});

test('few requests are under way at once', async () => {
  const { talk, begin, end } = gated();
  for (let n = 0; n < 16; n++) expect(await begin({ id: `${n}` })).toHaveProperty('open');
  expect(await begin({ id: '16' })).toEqual({ refused: 'too-many' });
  end(0, { id: '3' });
  expect(await begin({ id: '17' })).toHaveProperty('open');
  expect(await begin({ id: '18' })).toEqual({ refused: 'too-many' });
  talk.now += 2 * 60_000;
  expect(await begin({ id: '19' })).toHaveProperty('open');
});

test('a push that ends after its turn is noted for its own project', async () => {
  const { talk, begin, end, pushed } = gated();
  await begin({ id: 'late' });
  const { project } = talk.state.turns.find(({ state }) => state === 'open')!;
  talk.answer('done', talk.state.messages[0]!);
  talk.text('/project new other');
  talk.text('work there');
  const other = talk.state.turns.find(({ state }) => state === 'open')!.project;
  expect(other).not.toBe(project);
  const commands = [{ ref: 'refs/heads/fix', old: '0'.repeat(40), new: 'a'.repeat(40) }];
  end(0, { id: 'late', kind: 'push', pushed: commands });
  end(0, { id: 'unknown', kind: 'push', pushed: commands });
  expect(pushed).toEqual([[project, 'refs/heads/fix']]);
});

test('only a 401 to a request that carried a credential marks one: the credential that it carried', async () => {
  const { begin, end, refused } = gated();
  const by = { status: 401, refused: 'refused-by-host' };
  end(0, by);
  await begin();
  end(0, { status: 403, refused: 'other-repository' });
  await begin();
  // Whatever host the report names.
  end(0, { ...by, host: 'git.example.com' });
  end(0, by);
  expect(refused).toEqual([['github.com', 'v1.first']]);
});
