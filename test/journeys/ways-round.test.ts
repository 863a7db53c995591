import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { say, use } from '../../simulator/model/script.ts';
import { WAYS_ROUND } from '../fixtures/ways-round.ts';
import { gitToolsPath } from '../vm/git-tools.ts';
import { sandboxPath } from '../vm/sandbox-tools.ts';
import { Chat } from './chat.ts';
import { connectByToken, type RepositoryStand, SHOP, startRepositoryStand } from './repository-stand.ts';
import { BACKED_UP, type Stack, startStack } from './stack.ts';

// The real agent in its sandbox, told by its model to go round what the person allowed: every way of the table with the
// real git and gh. Nothing changes at the host, and the person's credential is found nowhere.

const ROBIN = { name: 'Robin', address: 'whatsapp:+15555550186' };
const sandboxTools = await sandboxPath();
const tools = await gitToolsPath('missing' in sandboxTools ? undefined : sandboxTools.path);
const missing = 'missing' in sandboxTools ? sandboxTools.missing : 'missing' in tools ? tools.missing : null;

const OPEN = ['git checkout -q -b own', 'git commit -q --allow-empty -m own', 'git push -q origin own'];
/** One program, because git's push would ask the person, as a courtesy; a program that runs it doesn't. */
const PROGRAM = [
  ...OPEN,
  'echo "the way is open: $?"',
  'gh pr create --head own --title Own --body Own',
  ...Object.values(WAYS_ROUND).flatMap(({ command }, n) => [
    `echo "== ${n} =="`,
    `timeout 15 bash <<'WAY'\n${command}\nWAY`,
  ]),
  'echo "== the end =="',
].join('\n');

describe.skipIf(missing)(`ways round${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let stand: RepositoryStand;
  let stack: Stack;
  let found = '';
  let refs = '';
  const atHost = (...args: string[]): string =>
    execFileSync('git', ['-C', stand.host.world.bareFolder(SHOP), ...args], { encoding: 'utf8' }).trim();

  beforeAll(async () => {
    stand = await startRepositoryStand('token');
    const PATH = 'path' in tools ? tools.path : '';
    const machineEnv = { APPROVALS: 'ask', SANDBOX: 'required', PATH, PRIVATE_PATHS: stand.folder };
    stack = await startStack({ vars: { ...stand.vars, ...BACKED_UP }, machineEnv });
    const chat = new Chat(stack, [ROBIN]);
    atHost('branch', 'theirs', 'main');
    atHost('tag', 'v1', 'main');
    await connectByToken(chat, ROBIN, stand.token);
    await chat.text(ROBIN, `/project new shop ${SHOP}`, /^Cloned/);
    refs = atHost('for-each-ref');
    stack.script('try everything', (_, asked) => {
      if (asked === 1) return use('Write', { file_path: 'try.sh', content: PROGRAM });
      return asked === 2
        ? use('Bash', { command: 'bash try.sh > found 2>&1; wc -c found', timeout: 120_000 })
        : say('Tried');
    });
    stack.text(ROBIN.address, 'try everything');
    await stack.until(() => stack.sentTo(ROBIN.address).includes('Tried'), 'the end of the tries', 240_000);
    found = filesBelow(stack.machineFolder)
      .filter((path) => /\/projects\/shop-\w+\/found$/.test(path))
      .map((path) => readFileSync(path, 'utf8'))
      .join();
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
    const own = atHost('for-each-ref', 'refs/heads/own', 'refs/pull');
    expect(own).toMatch(/refs\/heads\/own/);
    const now = atHost('for-each-ref').split('\n');
    expect(now.filter((line) => !own.includes(line)).join('\n')).toBe(refs);
    expect(stand.host.world.pulls(SHOP)).toMatchObject([{ number: 1, state: 'open', mergedAt: null }]);
    expect(found).not.toContain('nobody reads this');
  });

  test('the credential is nowhere: not on the machine, in its copies, in the relay’s log or rows', async () => {
    await expect.poll(() => stack.kept.length).toBeGreaterThan(0);
    const basic = btoa(`x-access-token:${stand.token}`);
    const held = filesBelow(stack.folder).map((path) => ({ path, bytes: contentOf(path) }));
    const copies = stack.bucket.contents().map((bytes) => ({ path: 'the bucket', bytes }));
    expect(held.length).toBeGreaterThan(200);
    for (const secret of [stand.token, basic]) {
      expect(found.includes(secret)).toBe(false);
      const showing = [...held, ...copies].filter(({ bytes }) => bytes.includes(secret)).map(({ path }) => path);
      expect(showing).toEqual([]);
    }
  });
});

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true })
    .map((path) => join(folder, String(path)))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());

/** Nothing of a file that went meanwhile. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
