import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { say, use } from '../../simulator/model/script.ts';
import { gitToolsPath } from '../vm/git-tools.ts';
import { Chat } from './chat.ts';
import { type FlyStack, startFlyStack } from './fly-stack.ts';
import { connectByToken, type RepositoryStand, SHOP, startRepositoryStand } from './repository-stand.ts';
import { atHost, filesWith, secretsOf, tryWays, waysThatSayOther } from './try-ways.ts';

// The short form of a day with a repository, on a machine of the person's own: a token by the form, a clone before the
// first turn, a branch and a pull request by the real git and gh. Then the agent tries what its person didn't allow.

const ROBIN = { name: 'Robin', address: 'whatsapp:+15555550188' };
const tools = await gitToolsPath();
const missing = 'missing' in tools ? tools.missing : null;

describe.skipIf(missing)(`a repository on a machine of Fly${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let stand: RepositoryStand;
  let fly: FlyStack;
  beforeAll(async () => {
    stand = await startRepositoryStand('token');
    fly = await startFlyStack({ vars: stand.vars, path: 'path' in tools ? tools.path : '' });
  });
  afterAll(async () => {
    await fly?.stop();
    await stand?.stop();
  });

  test('from /github to the pull request', async () => {
    const { stack } = fly;
    const chat = new Chat(stack, [ROBIN]);
    await connectByToken(chat, ROBIN, stand.token);
    await chat.text(ROBIN, `/project new shop https://github.com/${SHOP}`, /^Cloned .*200 files/);
    const command = [
      'git checkout -q -b price && echo "- Prices are in cents." >> README.md && git commit -qam "Say what a price is"',
      'git push -q origin price && gh pr create --head price --title "Say what a price is" --body "As Kim asked."',
    ].join(' && ');
    stack.script('open a pull request', (_, n) => (n === 1 ? use('Bash', { command }) : say('It is open')));
    await chat.text(ROBIN, 'open a pull request', /^Pull request #1 in shop: Say what a price is/);
    const bare = stand.host.world.bareFolder(SHOP);
    expect(execFileSync('git', ['-C', bare, 'show', 'price:README.md'], { encoding: 'utf8' })).toContain('in cents');
    expect(fly.fly.world.machines('live')).toHaveLength(1);
  });

  test('/diff work shows what is on the machine alone', async () => {
    const { stack } = fly;
    const command = 'echo "- Not committed." >> README.md; echo new > notes.md';
    stack.script('take notes', (_, n) => (n === 1 ? use('Bash', { command }) : say('Noted')));
    const chat = new Chat(stack, [ROBIN]);
    await chat.text(ROBIN, 'take notes', /^Noted/);
    const told = await chat.text(ROBIN, '/diff work', /^Changes compared with main in shop\n2 files, \+3 −0\n/);
    const page = await (await fetch(/http\S+\/diff\/\S+/.exec(told)?.[0] ?? '')).text();
    expect(page).toContain('Not committed.');
    expect(page).toContain('notes.md');
  });

  test('every way round what the person allowed, without a sandbox: nothing changes, and nothing is found', async () => {
    atHost(stand, 'branch', 'theirs', 'main');
    atHost(stand, 'tag', 'v1', 'main');
    const before = atHost(stand, 'for-each-ref').split('\n');
    // This computer's other folders are no part of the machine: the stand-in for GitHub keeps its tokens in one.
    const found = await tryWays(fly.stack, { who: ROBIN.address, folder: fly.folder, places: fly.folder });
    expect(found).toContain('== the end ==');
    expect(waysThatSayOther(found)).toEqual([]);
    const own = atHost(stand, 'for-each-ref', 'refs/heads/own', 'refs/pull').split('\n');
    const after = atHost(stand, 'for-each-ref').split('\n');
    expect(after.filter((line) => !own.includes(line))).toEqual(before.filter((line) => !own.includes(line)));
    expect(own.some((line) => line.endsWith('refs/heads/own'))).toBe(true);
    expect(stand.host.world.pulls(SHOP).map(({ mergedAt }) => mergedAt)).toEqual([null, null]);
    expect(found).not.toContain('nobody reads this');
    const secrets = secretsOf(stand);
    expect(secrets.filter((secret) => found.includes(secret))).toEqual([]);
    expect(filesWith(secrets, fly.folder)).toEqual([]);
    // Nor a token of the machine's own, of which the relay signs one for each attempt.
    expect(found).not.toMatch(/\bey[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/);
  });
});
