import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gitToolsPath } from '../vm/git-tools.ts';
import { type GitHostStand, openGitHost, type Run, runProgram } from './git-host-stand.ts';

// The stand-in's GraphQL under the real gh, which speaks to it over a unix socket by GitHub's own names. ROOST_GH names
// another gh to try.

const tools = await gitToolsPath();
const isHere = 'path' in tools || process.env.ROOST_GH !== undefined;
const SHOP = 'robin-field/shop';

let stand: GitHostStand;
let clone: string;
beforeEach(async () => {
  stand = await openGitHost({ socket: join('/tmp', `roost-git-host-${process.pid}.sock`) });
  clone = join(stand.folder, 'clone');
  const { token } = stand.world.addToken({ kind: 'classic', login: 'robin-field', scopes: ['repo'] });
  await stand.git(stand.folder, ['clone', '--quiet', stand.address(SHOP, token), 'clone']);
  await stand.git(clone, ['checkout', '--quiet', '-b', 'change']);
  writeFileSync(join(clone, 'new.txt'), 'new\n');
  await stand.git(clone, ['add', '.']);
  await stand.git(clone, ['commit', '--quiet', '-m', 'Change']);
  await stand.git(clone, ['push', '--quiet', 'origin', 'change']);
  await stand.git(clone, ['remote', 'set-url', 'origin', `https://github.com/${SHOP}.git`]);
});
afterEach(() => stand.close());

function gh(as: string, ...args: string[]): Promise<Run> {
  const config = join(stand.folder, 'gh');
  mkdirSync(config, { recursive: true });
  const socket = join('/tmp', `roost-git-host-${process.pid}.sock`);
  writeFileSync(join(config, 'config.yml'), `version: 1\nprompt: disabled\nhttp_unix_socket: ${socket}\n`);
  const { token } = stand.world.addToken({ kind: 'classic', login: as, scopes: ['repo', 'read:org'] });
  const path = 'path' in tools ? tools.path : (process.env.PATH ?? '');
  const env = { PATH: path, HOME: stand.folder, GH_CONFIG_DIR: config, GH_TOKEN: token, GH_NO_UPDATE_NOTIFIER: '1' };
  return runProgram(process.env.ROOST_GH ?? 'gh', args, { cwd: clone, env });
}
const robin = (...args: string[]): Promise<Run> => gh('robin-field', ...args);
const json = async (...args: string[]): Promise<unknown> => JSON.parse((await robin(...args)).out);

describe.runIf(isHere)('the real gh', () => {
  test('knows who is logged in and which repository this is', async () => {
    expect((await robin('auth', 'status')).code).toBe(0);
    expect(await json('repo', 'view', '--json', 'nameWithOwner,defaultBranchRef,isPrivate,viewerPermission')).toEqual({
      nameWithOwner: SHOP,
      defaultBranchRef: { name: 'main' },
      isPrivate: true,
      viewerPermission: 'ADMIN',
    });
    expect((await robin('repo', 'view')).out).toContain('# Shop');
    expect((await robin('repo', 'view', 'kim-reyes/diary')).said).toContain('Could not resolve to a Repository');
  });

  test('opens a pull request, reads it, its checks and its review, and merges it', async () => {
    const made = await robin('pr', 'create', '--title', 'Change', '--body', 'Why', '--head', 'change');
    expect(made).toMatchObject({ code: 0, out: `${stand.url}/github.com/${SHOP}/pull/1\n` });
    expect((await robin('pr', 'create', '--title', 'Change', '--body', '', '--head', 'change')).said).toContain(
      'already exists',
    );
    expect((await robin('pr', 'list')).out).toContain('Change\tchange\tOPEN');
    expect((await robin('pr', 'status')).out).toMatch(/#1 {2}Change \[change\]\s+- Checks pending/);
    expect((await robin('pr', 'checks', '1')).out).toMatch(/^build\tpending/);
    stand.world.finishChecks(SHOP, (await stand.world.sha(SHOP, 'change')) ?? '', 'failure');
    const checks = await robin('pr', 'checks', '1');
    expect([checks.code, checks.out]).toEqual([1, expect.stringMatching(/^build\tfail/)]);
    expect((await gh('kim-reyes', 'pr', 'view', '1')).said).toContain('Could not resolve to a Repository');
    stand.world.repository(SHOP).collaborators['kim-reyes'] = 'write';
    expect((await gh('kim-reyes', 'pr', 'review', '1', '--request-changes', '--body', 'Rename it')).code).toBe(0);
    expect((await robin('pr', 'review', '1', '--approve')).said).toContain('Can not approve your own pull request');
    expect(
      await json(
        'pr',
        'view',
        '1',
        '--json',
        'state,additions,changedFiles,mergeable,reviewDecision,reviews,files,commits',
      ),
    ).toMatchObject({
      state: 'OPEN',
      additions: 1,
      changedFiles: 1,
      mergeable: 'MERGEABLE',
      reviewDecision: 'CHANGES_REQUESTED',
      reviews: [{ author: { login: 'kim-reyes' }, body: 'Rename it', state: 'CHANGES_REQUESTED' }],
      files: [{ path: 'new.txt', additions: 1, deletions: 0 }],
      commits: [{ messageHeadline: 'Change' }],
    });
    expect((await robin('pr', 'diff', '1')).out).toContain('+new');
    expect((await robin('pr', 'comment', '1', '--body', 'Renamed')).code).toBe(0);
    expect((await robin('pr', 'view', '1', '--comments')).out).toContain('Renamed');
    expect(
      (await robin('pr', 'edit', '1', '--title', 'Better', '--add-label', 'bug', '--add-reviewer', 'kim-reyes')).code,
    ).toBe(0);
    expect((await robin('pr', 'close', '1')).code).toBe(0);
    expect((await robin('pr', 'reopen', '1')).code).toBe(0);
    expect((await robin('pr', 'merge', '1', '--squash')).code).toBe(0);
    expect(await json('pr', 'view', '1', '--json', 'state,title,mergedBy')).toMatchObject({
      state: 'MERGED',
      title: 'Better',
      mergedBy: { login: 'robin-field' },
    });
    expect((await stand.git(stand.world.bareFolder(SHOP), ['log', '-1', '--format=%s', 'main'])).out).toBe(
      'Better (#1)\n',
    );
  });

  test('opens, reads, answers and closes an issue', async () => {
    expect((await robin('issue', 'create', '--title', 'Wrong price', '--body', 'See', '--label', 'bug')).code).toBe(0);
    expect((await robin('issue', 'comment', '1', '--body', 'Me too')).out).toContain(`/${SHOP}/issues/1#issuecomment-`);
    expect(await json('issue', 'view', '1', '--json', 'title,state,labels,comments')).toMatchObject({
      title: 'Wrong price',
      state: 'OPEN',
      labels: [{ name: 'bug' }],
      comments: [{ body: 'Me too' }],
    });
    expect((await robin('issue', 'list', '--search', 'price in:title')).out).toContain('Wrong price');
    expect((await robin('issue', 'close', '1')).code).toBe(0);
    expect((await robin('issue', 'list')).out).toBe('');
  });

  test('reads REST and GraphQL directly', async () => {
    expect((await robin('api', 'user', '--jq', '.login')).out).toBe('robin-field\n');
    expect((await robin('api', 'graphql', '-f', 'query={ viewer { login } }')).out).toBe(
      '{"data":{"viewer":{"login":"robin-field"}}}',
    );
    const wrong = await robin('api', 'graphql', '-f', 'query={ nothing }');
    expect([wrong.code, wrong.said]).toEqual([1, expect.stringContaining('Cannot query field')]);
  });
});
