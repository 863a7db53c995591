import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import { pathOf, sayAnswer } from '../../vm/src/tools/github.ts';
import { git } from './connect-edge.ts';
import { withoutGh } from './git-tools.ts';
import { message, newAttempt, results } from './machine-harness.ts';
import { toolResults } from './own-machine.ts';
import { type RepositoryMachine, repositoryMachine } from './repository-machine.ts';
import { sandboxPath } from './sandbox-tools.ts';

// On a computer without gh the agent opens a pull request with a tool of ours.

const GITHUB_API = 'mcp__roost__github_api';
const sandboxTools = await sandboxPath();
const noSandbox = 'missing' in sandboxTools ? sandboxTools.missing : null;
const ways: [way: string, env: Record<string, string>, skip: string | null][] = [
  ['on a machine of its own', {}, null],
  ['in a sandbox', { APPROVALS: 'ask', SANDBOX: 'required' }, noSandbox],
  ['without a sandbox', { APPROVALS: 'ask', SANDBOX: 'off' }, null],
];
const OPEN = { title: 'Tidy', head: 'tidy', base: 'main' };

describe.each(ways)('%s', (_way, env, skip) => {
  let own: RepositoryMachine;
  const bare = withoutGh('path' in sandboxTools ? sandboxTools.path : (process.env.PATH ?? ''));
  const sent: unknown[] = [];
  beforeAll(async () => {
    if (skip !== null) return;
    own = await repositoryMachine({ PATH: bare.path, ...env });
    own.edge.answerApi((asked) => {
      if (asked.method === 'POST') sent.push({ ...asked, body: JSON.parse(asked.body) });
      const user = { login: 'ann', type: 'User', avatar_url: 'https://x' };
      return { status: 201, body: { number: 1, html_url: 'https://github.com/ann/shop/pull/1', node_id: 'x', user } };
    });
    const cloning = { ...message('https://github.com/ann/shop'), action: 'clone' as const };
    await own.client.run(newAttempt(), { messages: [cloning], git: await own.access() });
  });
  afterAll(async () => {
    await own?.end();
    bare.remove();
  });

  test.skipIf(skip)('a branch is pushed with git, and a pull request opened with the tool', async () => {
    const command =
      'git checkout -q -b tidy && git commit -q --allow-empty -m Tidy && git push -q origin tidy; gh pr list';
    own.script.reply(
      use('Bash', { command }),
      use(GITHUB_API, { method: 'POST', path: 'repos/{owner}/{repo}/pulls', body: OPEN }),
      'Done',
    );
    const attempt = newAttempt();
    await own.client.put(attempt, { messages: [message('work')], git: await own.access() });
    const asked: unknown[] = [];
    for await (const { event } of own.client.events(attempt)) {
      if (event.type !== 'request') continue;
      asked.push(event.request);
      const body = { kind: 'decision', decision: 'allow', reason: '' };
      await own.client.call('POST', `/attempts/${attempt}/answers/${event.request_id}`, body);
    }
    expect(results(await own.client.follow(attempt))).toMatchObject([{ text: 'Done' }]);
    // Only the push may have been asked about: the relay decides about the request.
    expect(asked.length).toBe(env.APPROVALS === 'ask' ? 1 : 0);
    expect(sent).toEqual([{ method: 'POST', path: '/repos/ann/shop/pulls', body: OPEN }]);
    expect(git(own.edge.bare, 'log', '-1', '--format=%s', 'tidy')).toBe('Tidy');
    const [pushed, opened] = toolResults(own.script).slice(-2);
    expect(pushed).toContain('gh is not installed on this computer. Use the tool github_api.');
    expect(opened).toContain('201');
    expect(opened).toContain('https://github.com/ann/shop/pull/1');
    expect(opened).not.toMatch(/node_id|avatar_url/);
    expect(JSON.stringify(own.script.requests.at(-1)?.request.system)).toContain(
      'the tool github_api does what gh would',
    );
  });
});

test.each([
  ['repos/{owner}/{repo}/pulls', '/repos/ann/shop/pulls'],
  ['/repos/ann/shop/pulls?state=open', '/repos/ann/shop/pulls?state=open'],
  ['https://api.github.com/graphql', '/graphql'],
  ['//other.example/x', '/other.example/x'],
  ['repos/ann/shop/contents/a b\r\nHost: x', '/repos/ann/shop/contents/a%20b%0D%0AHost:%20x'],
  ['search/issues?q=🐣\ud800', '/search/issues?q=%F0%9F%90%A3%EF%BF%BD'],
])('a path may be written as %s', (written, path) => {
  expect(pathOf(written, 'ann/shop')).toBe(path);
});

test('an answer has its status, and is cut with a word about how much is missing', () => {
  expect(sayAnswer({ status: 403, text: 'No.' })).toEqual({ text: '403\nNo.', isError: true });
  expect(sayAnswer(null).isError).toBe(true);
  const { text } = sayAnswer({ status: 200, text: 'x'.repeat(30_007) });
  expect(text).toMatch(/x\n… \(7 more characters: ask for less, with per_page\)$/);
});
