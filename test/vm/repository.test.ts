import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import { git } from './connect-edge.ts';
import { gitToolsPath } from './git-tools.ts';
import { message, newAttempt, results } from './machine-harness.ts';
import { toolResults } from './own-machine.ts';
import { type RepositoryMachine, repositoryMachine } from './repository-machine.ts';
import { sandboxPath } from './sandbox-tools.ts';

// An agent works with its project's repository by the real git and gh, in each of the ways agents run: on a machine of
// their own, on a person's computer in a sandbox, and there without one. It reaches the relay's connect gateway and
// nothing else, and only while a turn runs.

const sandboxTools = await sandboxPath();
const tools = await gitToolsPath('missing' in sandboxTools ? undefined : sandboxTools.path);
const PATH = 'missing' in tools ? (process.env.PATH ?? '') : tools.path;
const missing = 'missing' in tools ? tools.missing : null;
const noSandbox = missing ?? ('missing' in sandboxTools ? sandboxTools.missing : null);

const WORK = [
  'git checkout -q -b tidy && echo more >> README.md && git add -A && git commit -qm "Tidy up"',
  'git push -q origin tidy 2>&1; git status --short; git remote -v; gh pr create -t Tidy -b Words 2>&1; gh pr list --json number,title; gh api repos/ann/shop --jq .name',
].join(' && ');

const ways: [way: string, env: Record<string, string>, skip: string | null][] = [
  ['on a machine of its own', {}, missing],
  ['in a sandbox', { APPROVALS: 'ask', SANDBOX: 'required' }, noSandbox],
  ['without a sandbox', { APPROVALS: 'ask', SANDBOX: 'off' }, missing],
];

describe.each(ways)('%s', (_way, env, skip) => {
  let own: RepositoryMachine;
  beforeAll(async () => {
    own = await repositoryMachine({ PATH, ...env });
    own.edge.answerApi(({ path }) =>
      path === '/graphql'
        ? { body: { data: { repository: { pullRequests: { totalCount: 1, nodes: [{ number: 7, title: 'Old' }] } } } } }
        : { body: { name: 'shop' } },
    );
    if (skip !== null) return;
    const cloning = { ...message('https://github.com/ann/shop'), action: 'clone' as const };
    expect(results(await own.client.run(newAttempt(), { messages: [cloning], git: await own.access() }))).toMatchObject(
      [{ text: expect.stringMatching(/^Cloned github.com\/ann\/shop/) }],
    );
  });
  afterAll(() => own.end());

  const run = async (command: string, fields = {}): Promise<string> => {
    own.script.reply(use('Bash', { command }), 'Done');
    const attempt = newAttempt();
    await own.client.put(attempt, { messages: [message('work')], ...fields });
    for await (const { event } of own.client.events(attempt)) {
      if (event.type !== 'request') continue;
      const body = { kind: 'decision', decision: 'allow', reason: '' };
      await own.client.call('POST', `/attempts/${attempt}/answers/${event.request_id}`, body);
    }
    expect(results(await own.client.follow(attempt))).toMatchObject([{ text: 'Done' }]);
    return toolResults(own.script).at(-1) ?? '';
  };

  test.skipIf(skip)('git clones and pushes, gh asks the API', async () => {
    const said = await run(WORK, { git: await own.access() });
    expect(JSON.parse(said)).toContain('[{"number":7,"title":"Old"}]\nshop');
    const told = JSON.stringify(own.script.requests.at(-1)?.request.system);
    expect(told).toContain('This project is for the repository github.com/ann/shop.');
    expect(git(own.edge.bare, 'diff', '--name-only', 'main', 'tidy')).toBe('README.md');
    expect(git(own.edge.bare, 'log', '-1', '--format=%s %an %ae', 'tidy')).toBe('Tidy up Ann ann@example.com');
  });

  test.skipIf(skip)(
    'a push that git sends in pieces arrives whole, and so does a fetch that git compresses',
    async () => {
      const push = [
        'head -c 6000000 /dev/urandom > big.bin && git add -A && git commit -qm Big && git push -q origin HEAD:big 2>&1',
        'for n in $(seq 400); do git branch -q b$n; done; git fetch -q origin big 2>&1; git rev-parse HEAD',
      ].join('; ');
      const said = JSON.parse(await run(push, { git: await own.access() })) as string;
      expect(said).toBe(git(own.edge.bare, 'rev-parse', 'big'));
      expect(Number(git(own.edge.bare, 'cat-file', '-s', 'big:big.bin'))).toBe(6_000_000);
    },
  );

  test.skipIf(skip)('no other repository, no credential helper, nothing without a repository', async () => {
    const others = [
      'git ls-remote https://github.com/ann/shop-next.git 2>&1; git ls-remote git@github.com:ann/shopping 2>&1',
      'git ls-remote ssh://git@github.com/ann/shop HEAD 2>&1; git ls-remote "ext::sh -c whoami" 2>&1',
      'git config --get-all credential.helper; gh api repos/ann/other --jq .name 2>&1',
    ].join('; ');
    const before = own.edge.asked.length;
    const said = JSON.parse(await run(others, { git: await own.access() })) as string;
    expect(said.match(/repository is github.com\/ann\/shop; no other one/g)).toHaveLength(2);
    expect(said).toContain(`${git(own.edge.bare, 'rev-parse', 'HEAD')}\tHEAD`);
    expect(said).toContain("transport 'ext' not allowed");
    // The relay decides about the API.
    expect(own.edge.asked.slice(before).filter((asked) => !asked.includes('/ann/shop.git/'))).toEqual([
      'GET /api.github.com/repos/ann/other',
    ]);
    const none = await run(
      'env | grep -c "insteadOf\\|GH_TOKEN"; git ls-remote http://github.localhost:1/ann/shop 2>&1',
    );
    expect(JSON.parse(none)).toMatch(/^Exit code 128\n0\nfatal: unable to access/);
  });
});
