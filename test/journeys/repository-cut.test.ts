import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readConversation } from '../../simulator/model/conversation.ts';
import { say, use } from '../../simulator/model/script.ts';
import { gitToolsPath } from '../vm/git-tools.ts';
import { sandboxPath } from '../vm/sandbox-tools.ts';
import { Chat } from './chat.ts';
import { connectByToken, type RepositoryStand, SHOP, startRepositoryStand } from './repository-stand.ts';
import { type Stack, startStack } from './stack.ts';

// Relay or agent server are killed with SIGKILL while a clone or a push is at the git host. The person hears how it
// ended, the work can be done again, and the repository is whole.

const ROBIN = { name: 'Robin', address: 'whatsapp:+15555550187' };
const sandboxTools = await sandboxPath();
const tools = await gitToolsPath('missing' in sandboxTools ? undefined : sandboxTools.path);
const missing = 'missing' in sandboxTools ? sandboxTools.missing : 'missing' in tools ? tools.missing : null;
/** How long the host holds a request, enough for a kill and a start. */
const HELD_MS = 4_000;
const SOON = { timeout: 60_000, interval: 20 };

describe.skipIf(missing)(`a cut${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let stand: RepositoryStand;
  let stack: Stack;
  let chat: Chat;
  beforeAll(async () => {
    stand = await startRepositoryStand('token');
    const PATH = 'path' in tools ? tools.path : '';
    stack = await startStack({ vars: stand.vars, machineEnv: { APPROVALS: 'ask', SANDBOX: 'required', PATH } });
    chat = new Chat(stack, [ROBIN]);
    await connectByToken(chat, ROBIN, stand.token);
  });
  afterAll(async () => {
    await stack?.stop();
    await stand?.stop();
  });

  const atHost = (...args: string[]): string =>
    execFileSync('git', ['-C', stand.host.world.bareFolder(SHOP), ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
  /** Resolves when the host has the next request of this kind, which it then holds. */
  async function held(kind: 'upload' | 'receive', begin: () => void): Promise<void> {
    const path = new RegExp(`/git-${kind}-pack$`);
    stand.host.faults.next({ kind: 'delay', ms: HELD_MS }, { method: 'POST', path });
    const before = stand.host.requests.length;
    begin();
    const isHere = (): boolean => stand.host.requests.slice(before).some((one) => path.test(one.path));
    await vi.waitUntil(isHere, SOON);
  }
  const cuts = {
    relay: async () => {
      await stack.relay.kill();
      await stack.relay.start();
    },
    machine: async () => {
      await stack.killMachine();
      await stack.startMachine();
    },
  };

  test.each(['relay', 'machine'] as const)('of the %s in a clone: it is told, and the clone is whole', async (part) => {
    const before = chat.sentTo(ROBIN).length;
    await held('upload', () => void stack.text(ROBIN.address, `/project new ${part} ${SHOP}`));
    await cuts[part]();
    const end = await chat.next(ROBIN, before, /^(Cloned|I couldn’t clone)/, 'the end of the clone');
    if (!end.startsWith('Cloned')) {
      expect(end).toMatch(/^I couldn’t clone .*: the connection broke off\. Nothing is left of it\. To try again/);
      await chat.text(ROBIN, '/project clone', /^Cloned/);
    }
    stack.script(`look at ${part}`, (request) => {
      const last = readConversation(request).at(-1);
      return last?.kind === 'result'
        ? say(JSON.stringify(request.messages.at(-1)).slice(0, 2000))
        : use('Bash', { command: 'git fsck --full 2>&1 && git status --short && git ls-files | wc -l' });
    });
    expect(await chat.text(ROBIN, `look at ${part}`, /\d/)).toMatch(/\b200\b/);
  });

  test.each(['relay', 'machine'] as const)(
    'of the %s in a push: it is done again, and the host is whole',
    async (part) => {
      const push = `git checkout -q -B by-${part} && git commit -q --allow-empty -m ${part}; printf "git push origin by-${part}" > push.sh; sh push.sh 2>&1; echo "ended with $?"`;
      stack.script(`push by ${part}`, (request) => {
        const last = readConversation(request).at(-1);
        const said = JSON.stringify(request.messages.at(-1));
        if (last?.kind !== 'result') return use('Bash', { command: push });
        return /ended with 0/.test(said) ? say(`Pushed: ${part}`) : use('Bash', { command: push });
      });
      await held('receive', () => void stack.text(ROBIN.address, `push by ${part}`));
      await cuts[part]();
      await stack.until(
        () => stack.sentTo(ROBIN.address).some((body) => body.startsWith(`Pushed: ${part}`)),
        'the push',
      );
      expect(atHost('log', '-1', '--format=%s', `by-${part}`)).toBe(part);
      expect(() => atHost('fsck', '--full', '--strict')).not.toThrow();
    },
  );
});
