import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { say, use } from '../../simulator/model/script.ts';
import { gitToolsPath } from '../vm/git-tools.ts';
import { Chat } from './chat.ts';
import { type FlyStack, startFlyStack } from './fly-stack.ts';
import { connectByToken, type RepositoryStand, SHOP, startRepositoryStand } from './repository-stand.ts';

// The short form of a day with a repository, on a machine of the person's own: a token by the form, a clone before the
// first turn, a branch and a pull request by the real git and gh.

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
});
