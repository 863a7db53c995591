import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WAYS_ROUND } from '../fixtures/ways-round.ts';
import { gitToolsPath } from '../vm/git-tools.ts';
import { sandboxPath } from '../vm/sandbox-tools.ts';
import { Chat } from './chat.ts';
import { connectByToken, type RepositoryStand, SHOP, startRepositoryStand } from './repository-stand.ts';
import { BACKED_UP, type Stack, startStack } from './stack.ts';
import { atHost, filesBelow, filesWith, secretsOf, tryWays } from './try-ways.ts';

// The real agent in its sandbox, told by its model to go round what the person allowed: every way of the table with the
// real git and gh. Nothing changes at the host, and the person's credential is found nowhere.

const ROBIN = { name: 'Robin', address: 'whatsapp:+15555550186' };
const sandboxTools = await sandboxPath();
const tools = await gitToolsPath('missing' in sandboxTools ? undefined : sandboxTools.path);
const missing = 'missing' in sandboxTools ? sandboxTools.missing : 'missing' in tools ? tools.missing : null;

describe.skipIf(missing)(`ways round${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let stand: RepositoryStand;
  let stack: Stack;
  let found = '';
  let refs = '';
  beforeAll(async () => {
    stand = await startRepositoryStand('token');
    const PATH = 'path' in tools ? tools.path : '';
    const machineEnv = { APPROVALS: 'ask', SANDBOX: 'required', PATH, PRIVATE_PATHS: stand.folder };
    stack = await startStack({ vars: { ...stand.vars, ...BACKED_UP }, machineEnv });
    const chat = new Chat(stack, [ROBIN]);
    atHost(stand, 'branch', 'theirs', 'main');
    atHost(stand, 'tag', 'v1', 'main');
    await connectByToken(chat, ROBIN, stand.token);
    await chat.text(ROBIN, `/project new shop ${SHOP}`, /^Cloned/);
    refs = atHost(stand, 'for-each-ref');
    found = await tryWays(stack, { who: ROBIN.address, folder: stack.machineFolder });
  });
  afterAll(async () => {
    await stack?.stop();
    await stand?.stop();
  });

  test('the agent may push a branch of its own', () => {
    expect(found).toContain('the way is open: 0');
    expect(found).toContain('== the end ==');
  });

  test.each(Object.entries(WAYS_ROUND).map(([way, { says }], n) => [way, says, n] as const))('%s', (_, says, n) => {
    expect(found.split(`== ${n} ==`)[1]?.split(/^== /m)[0]).toMatch(says);
  });

  test('at the host there is one more branch, and nothing else is different', () => {
    const own = atHost(stand, 'for-each-ref', 'refs/heads/own', 'refs/pull');
    expect(own).toMatch(/refs\/heads\/own/);
    const now = atHost(stand, 'for-each-ref').split('\n');
    expect(now.filter((line) => !own.includes(line)).join('\n')).toBe(refs);
    expect(stand.host.world.pulls(SHOP)).toMatchObject([{ number: 1, state: 'open', mergedAt: null }]);
    expect(found).not.toContain('nobody reads this');
  });

  test('the credential is nowhere: not on the machine, in its copies, in the relay’s log or rows', async () => {
    await expect.poll(() => stack.kept.length).toBeGreaterThan(0);
    const secrets = secretsOf(stand);
    expect(filesBelow(stack.folder).length).toBeGreaterThan(200);
    expect(secrets.filter((secret) => found.includes(secret))).toEqual([]);
    expect(filesWith(secrets, stack.folder)).toEqual([]);
    const copies = stack.bucket.contents().filter((bytes) => secrets.some((secret) => bytes.includes(secret)));
    expect(copies).toEqual([]);
  });
});
