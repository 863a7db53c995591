import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import { gitToolsPath } from './git-tools.ts';
import { message, newAttempt, results } from './machine-harness.ts';
import { answer, toolResults } from './own-machine.ts';
import { type RepositoryMachine, repositoryMachine } from './repository-machine.ts';
import { sandboxPath } from './sandbox-tools.ts';
import { layEntrypoint, oneUserBecause } from './two-users.ts';

// What somebody gets who owns the agent while it works with a repository, and somebody with the machine's disk: the
// relay's tokens are nowhere that an agent's command can look, and nowhere on the disk, in the log or in a copy. The
// word of the conversation is on no disk either, and opens nothing once the turn is over.

const sandboxTools = await sandboxPath();
const tools = await gitToolsPath('missing' in sandboxTools ? undefined : sandboxTools.path);
const noTools = 'missing' in tools ? tools.missing : null;
const PATH = 'missing' in tools ? (process.env.PATH ?? '') : tools.path;
const noSandbox = noTools ?? ('missing' in sandboxTools ? sandboxTools.missing : null);

let entrypoint: ReturnType<typeof layEntrypoint> | null = null;
beforeAll(() => {
  if (oneUserBecause === null) entrypoint = layEntrypoint(64_003, 64_004);
});
afterAll(() => entrypoint?.remove());
let own: RepositoryMachine;
afterEach(() => own.end());

/** Everything that an agent's command can read of its surroundings; `rounds` gives the tokens time to be in use. */
const LOOK = [
  'env; git config --list --show-origin; cat .git/config ~/.gitconfig ~/.config/gh/* ~/.netrc ~/.git-credentials',
  'cat /proc/*/environ /proc/*/cmdline | tr "\\0" "\\n"; ps auxeww; ls -la /proc/*/fd',
  'printf "protocol=https\\nhost=github.com\\n\\n" | timeout 5 git credential fill; gh auth token; gh auth status -t',
  'for p in $(pgrep -f main.ts); do cat /proc/$p/environ; head -c 1 /proc/$p/mem; done',
  'GIT_TRACE_CURL=1 GIT_TRACE=1 GIT_CURL_VERBOSE=1 git fetch origin; GH_DEBUG=api gh api repos/ann/shop',
  'grep -rasoE "ey[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}" ~ . ../.. /tmp /run /var/tmp --exclude-dir=node_modules',
].join('; ');

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true })
    .map((path) => join(folder, String(path)))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());

describe.each([
  ['on a machine of its own', {}, noTools ?? oneUserBecause],
  ['in a sandbox', { APPROVALS: 'ask', SANDBOX: 'required' }, noSandbox],
])('%s', (way, env: Record<string, string>, skip) => {
  test.skipIf(skip)('no token of the relay is anywhere to be found', async () => {
    const isOwn = way === 'on a machine of its own';
    own = await repositoryMachine(
      { PATH, ...env },
      undefined,
      isOwn && entrypoint ? { command: entrypoint.command } : {},
    );
    const { client, edge, script } = own;
    const clone = { ...message('https://github.com/ann/shop'), action: 'clone' as const };
    const cloned = await client.run(newAttempt(), { messages: [clone], git: await own.access() });
    expect(results(cloned)[0]?.text).toMatch(/^Cloned/);
    script.reply(use('Bash', { command: `(${LOOK}) > looked 2>&1; wc -c < looked; printenv GH_TOKEN` }), 'Done');
    const attempt = newAttempt();
    const access = await own.access();
    await client.put(attempt, { messages: [message('look')], git: access });
    for await (const { event } of client.events(attempt))
      if (event.type === 'request')
        await answer(client, attempt, event.request_id, { kind: 'decision', decision: 'deny', reason: '' });
    expect(results(await client.follow(attempt))).toMatchObject([{ text: 'Done' }]);
    const looked = join(own.dataDir, 'conversations', client.conversation, 'projects/main/looked');
    const found = readFileSync(looked, 'utf8');
    const [size = '', word = ''] = (JSON.parse(toolResults(script).at(-1) ?? '') as string).split('\n');
    expect(Number(size)).toBeGreaterThan(2000);
    // It looked at the right places: the settings that lead to the relay, and the request itself.
    expect(found).toContain('insteadof');
    expect(found).toContain('GET /repos/ann/shop');
    expect(word).toMatch(/^[\w-]{32}$/);
    // Tokens of one second are the same.
    expect(edge.tokens.length).toBeGreaterThan(1);
    const secrets = [...edge.tokens, access.token.token];
    for (const secret of secrets)
      for (const part of [secret, ...secret.split('.').slice(1)]) expect(found).not.toContain(part);
    // The turn is over, so the word opens nothing; a copy of the folder has neither.
    const url = `http://127.0.0.1:${portIn(found)}/ann/shop.git/info/refs?service=git-upload-pack`;
    if (isOwn) expect((await fetch(url, { headers: { authorization: `Bearer ${word}` } })).status).toBe(503);
    writeFileSync(looked, '');
    const copy = await client.call('GET', '/projects/main/snapshot');
    const held = [Buffer.from(await copy.arrayBuffer()), ...filesBelow(own.dataDir).map((path) => readFileSync(path))];
    expect(held.length).toBeGreaterThan(10);
    const log = own.machine().output.join('');
    for (const secret of secrets) {
      expect(held.some((bytes) => bytes.includes(secret))).toBe(false);
      expect(log).not.toContain(secret);
    }
    // What the agent was told by its own command is in its transcript; what it wasn't told is nowhere.
    expect(log).not.toContain(word);
  });
});

const portIn = (text: string): string => /github\.localhost:(\d+)/.exec(text)?.[1] ?? '';
