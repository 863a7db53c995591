import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gitToolsPath } from '../vm/git-tools.ts';
import { type ConnectStack, SHOP, startConnectStack } from './connect-stack.ts';

// The real git and gh, as the agent has them, through the machine's proxy and the relay to the git host: what they may
// do, and what they show of a refusal.

const tools = await gitToolsPath();
const path = 'path' in tools ? tools.path : (process.env.PATH ?? '');
const ADDRESS = `https://github.com/${SHOP}.git`;

let own: ConnectStack;
let clone: string;
beforeAll(async () => {
  own = await startConnectStack(path, { MAX_PUSH_MB: '2' });
  clone = join(own.folder, 'clone');
  expect(await own.run('git', ['clone', '--quiet', ADDRESS, 'clone'])).toMatchObject({ code: 0 });
});
afterAll(() => own.stop());

const git = (...args: string[]) => own.run('git', args, clone);
const gh = (...args: string[]) => own.run('gh', args, clone);
async function commit(name: string, content: string | Uint8Array = `${name}\n`): Promise<void> {
  writeFileSync(join(clone, name), content);
  await git('add', '.');
  expect(await git('commit', '--quiet', '-m', `Add ${name}`)).toMatchObject({ code: 0 });
}
const sha = (branch: string) => own.host.world.sha(SHOP, `refs/heads/${branch}`);
const kept = (ref: string): Promise<unknown> => own.host.world.sha(SHOP, ref);

describe('git', () => {
  test('pushes a branch of its own, goes on, rewrites it, and fetches', async () => {
    await git('checkout', '--quiet', '-b', 'fix');
    await commit('a.txt');
    expect(await git('push', '--quiet', 'origin', 'fix')).toMatchObject({ code: 0 });
    await commit('b.txt');
    expect(await git('push', '--quiet', 'origin', 'fix')).toMatchObject({ code: 0 });
    await git('commit', '--quiet', '--amend', '-m', 'Add b');
    expect(await git('push', '--quiet', '--force', 'origin', 'fix')).toMatchObject({ code: 0 });
    expect((await git('rev-parse', 'HEAD')).out.trim()).toBe(await sha('fix'));
    expect(await git('fetch', '--quiet')).toMatchObject({ code: 0 });
  });

  test.each([
    [
      'the default branch',
      ['push', 'origin', 'HEAD:main'],
      /remote: The person hasn’t allowed pushes to the default branch \(main\)/,
    ],
    ['the default branch by force', ['push', '--force', 'origin', 'HEAD:main'], /not allowed/],
    ['a branch that goes', ['push', 'origin', ':fix'], /remote: The person hasn’t allowed deleting branches/],
    ['another namespace', ['push', 'origin', 'HEAD:refs/notes/x'], /refs\/notes\/x is neither a branch nor a tag/],
    [
      'one forbidden ref among others',
      ['push', 'origin', 'HEAD:more', 'HEAD:main'],
      /! \[remote rejected\] HEAD -> more \(not allowed\)/,
    ],
    ['another repository', ['push', 'https://github.com/kim-reyes/diary.git', 'HEAD:x'], /fatal:/],
  ])('is refused %s, and says why', async (_, args, words) => {
    const before = [await sha('main'), await sha('fix')];
    const { code, said } = await git(...args);
    expect(code).not.toBe(0);
    expect(said).toMatch(words);
    expect([await sha('main'), await sha('fix'), await sha('more')]).toEqual([...before, null]);
  });

  test('a branch of a colleague, and one to which a colleague pushed', async () => {
    const main = (await sha('main')) as string;
    const bare = own.host.world.bareFolder(SHOP);
    await own.run('git', ['--git-dir', bare, 'update-ref', 'refs/heads/theirs', main]);
    expect((await git('push', '--force', 'origin', 'HEAD:theirs')).said).toContain(
      'could overwrite the work of others',
    );
    await own.run('git', ['--git-dir', bare, 'update-ref', 'refs/heads/fix', main]);
    await git('fetch', '--quiet');
    expect((await git('push', '--force', 'origin', 'HEAD:fix')).said).toContain('could overwrite the work of others');
    expect([await sha('theirs'), await sha('fix')]).toEqual([main, main]);
  });

  test('a push that is too large says what to do, and nothing of it is kept', async () => {
    await git('checkout', '--quiet', '-b', 'large');
    await commit('large.bin', crypto.getRandomValues(new Uint8Array(65_536)));
    for (let n = 0; n < 60; n++)
      writeFileSync(join(clone, `large-${n}.bin`), crypto.getRandomValues(new Uint8Array(65_536)));
    await commit('last.bin');
    const { code, said } = await git('push', 'origin', 'large');
    expect(code).not.toBe(0);
    expect(said).toMatch(/remote: This push is larger than 2 MB/);
    expect(await kept('refs/heads/large')).toBeNull();
    await git('checkout', '--quiet', 'fix');
  });

  test('compressed commands, push options and a signed push', async () => {
    const { status } = await fetch(`${own.stack.relay.url}/connect/github.com/${SHOP}.git/git-receive-pack`, {
      method: 'POST',
      headers: { authorization: `Bearer ${own.token}`, 'content-encoding': 'gzip' },
      body: 'x',
    });
    expect(status).toBe(415);
    expect((await git('push', '-o', 'ci.skip', 'origin', 'HEAD:with-options')).code).not.toBe(0);
    expect(await kept('refs/heads/with-options')).toBeNull();
  });
});

describe.runIf('path' in tools)('gh', () => {
  test('opens a pull request, reads it and its checks, comments and reviews', async () => {
    await git('checkout', '--quiet', '-b', 'pull');
    await commit('pull.txt');
    expect(await git('push', '--quiet', 'origin', 'pull')).toMatchObject({ code: 0 });
    const made = await gh('pr', 'create', '--title', 'Pull', '--body', 'Why', '--head', 'pull');
    expect(made).toMatchObject({ code: 0, out: expect.stringContaining(`${SHOP}/pull/1`) });
    expect((await gh('pr', 'list')).out).toContain('Pull\tpull\tOPEN');
    expect((await gh('pr', 'view', '1')).out).toContain('Why');
    expect((await gh('pr', 'checks', '1')).out).toMatch(/^build\tpending/);
    expect((await gh('pr', 'diff', '1')).out).toContain('+pull.txt');
    expect(await gh('pr', 'comment', '1', '--body', 'Look')).toMatchObject({ code: 0 });
    expect(await gh('pr', 'review', '1', '--comment', '--body', 'Fine')).toMatchObject({ code: 0 });
    expect((await gh('pr', 'view', '1', '--comments')).out).toContain('Look');
    expect(await gh('pr', 'edit', '1', '--title', 'Better')).toMatchObject({ code: 0 });
    expect((await gh('pr', 'view', '1', '--json', 'title,state,files,commits,reviews,comments')).out).toContain(
      'Better',
    );
    expect(await gh('issue', 'create', '--title', 'Wrong', '--body', 'See')).toMatchObject({ code: 0 });
    expect((await gh('issue', 'list')).out).toContain('Wrong');
    expect((await gh('pr', 'list', '--author', '@me')).out).toContain('Better');
    expect((await gh('pr', 'status')).out).toContain('#1  Better');
    expect(JSON.parse((await gh('repo', 'view', '--json', 'nameWithOwner')).out)).toEqual({ nameWithOwner: SHOP });
    const pages = await gh('api', '--paginate', `repos/${SHOP}/issues?per_page=1&state=all`, '--jq', '.[].number');
    expect(pages.out.trim().split('\n').sort()).toEqual(['1', '2']);
  });

  test.each([
    ['merging', ['pr', 'merge', '1', '--squash'], /merging or approving/],
    ['approving', ['pr', 'review', '1', '--approve'], /merging or approving/],
    [
      'a file by the API',
      ['api', '-X', 'PUT', `repos/${SHOP}/contents/x`, '-f', 'message=x', '-f', 'content=eA=='],
      /isn’t available/,
    ],
    [
      'a branch by the API',
      ['api', `repos/${SHOP}/git/refs`, '-f', 'ref=refs/heads/x', '-f', 'sha=0'],
      /isn’t available/,
    ],
    ['another repository', ['api', 'repos/kim-reyes/diary'], /its own repository/],
    ['who else is there', ['api', 'user/repos'], /isn’t available/],
    ['another repository by GraphQL', ['repo', 'view', 'kim-reyes/diary'], /another repository/],
    [
      'a commit by GraphQL',
      ['api', 'graphql', '-f', 'query=mutation{createCommitOnBranch(input:{}){clientMutationId}}'],
      /createCommitOnBranch isn’t available/,
    ],
    [
      'a branch that goes by GraphQL',
      ['api', 'graphql', '-f', 'query=mutation{x:deleteRef(input:{refId:"R"}){clientMutationId}}'],
      /deleteRef isn’t available/,
    ],
  ])('is refused %s, and says why', async (_, args, words) => {
    const { code, said, out } = await gh(...args);
    expect(code).not.toBe(0);
    expect(said + out).toMatch(words);
  });
});

test('the credential is nowhere but at the host', () => {
  const everywhere = [own.stack.relay.log, JSON.stringify(own.rows('SELECT * FROM connections'))].join();
  expect(everywhere).not.toContain(own.secret);
  expect(everywhere).not.toContain(btoa(`x-access-token:${own.secret}`));
});
