import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, type TestContext, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import type { Request, StartAttempt } from '../../src/protocol/index.ts';
import type { AgentHost } from '../../vm/src/agent/agent.ts';
import type { ProgramTable } from '../../vm/src/journal/program-table.ts';
import { probeSandbox } from '../../vm/src/process/sandbox.ts';
import { ProgramConsent } from '../../vm/src/programs/program-consent.ts';
import { describeChanges } from '../../vm/src/programs/program-diff.ts';
import { readPrograms } from '../../vm/src/programs/programs.ts';
import { workspaceOf } from '../../vm/src/workspace/workspace.ts';
import { message, newAttempt, sessionOf } from './machine-harness.ts';
import { answer, type OwnMachine, ownMachine, untilAsked } from './own-machine.ts';
import { sandboxPath } from './sandbox-tools.ts';

// The hooks and tool servers of a project: they start with the person's consent to exactly their content, and like the
// agent's commands where those are confined.

const SERVER = join(import.meta.dirname, '../fixtures/mcp-server.mjs');
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'roost-programs-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function lay(folder: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
const hooks = (event: string, ...commands: string[]): string =>
  JSON.stringify({ hooks: { [event]: [{ hooks: commands.map((command) => ({ type: 'command', command })) }] } });

/** The second run shows whether the first one's file is among the mounts by path. */
const format = (): string =>
  `grep -o .gitmodules /proc/self/mounts >> mounted; touch .gitmodules; echo hooked >> hooked; touch ${root}/outside; echo x > .mcp.json; curl -s -m 5 http://nowhere.invalid/`;
const serverScript = (): string =>
  `touch ${root}/outside; echo "$GREETING" > greeting; unset LD_DEBUG; exec node ${SERVER}`;

describe('with the real agent', () => {
  let own: OwnMachine;
  afterEach(() => own.end());
  const project = (...path: string[]): string =>
    join(own.dataDir, 'conversations', own.client.conversation, 'projects/main', ...path);

  type Programs = StartAttempt['programs'];
  async function turn(
    uses: ReturnType<typeof use>[],
    agrees: boolean,
    session_id: string | null = null,
    programs?: Programs,
  ) {
    const asked: (Request & { kind: 'approve' })[] = [];
    own.script.reply(...uses, 'Done');
    const attempt = newAttempt();
    await own.client.put(attempt, { messages: [message('work')], session_id, ...(programs ? { programs } : {}) });
    for await (const { event } of own.client.events(attempt)) {
      if (event.type !== 'request' || event.request.kind !== 'approve') continue;
      asked.push(event.request);
      const decision = agrees ? 'allow' : 'deny';
      await answer(own.client, attempt, event.request_id, { kind: 'decision', decision, reason: '' });
    }
    return { asked, events: await own.client.follow(attempt) };
  }
  const bash = (command: string) => use('Bash', { command });

  async function begin(env: Record<string, string>): Promise<void> {
    own = await ownMachine({ APPROVALS: 'ask', ...env }, join(root, 'data'));
    lay(project(), {
      '.claude/settings.json': hooks('PostToolUse', 'sh tools/format.sh'),
      '.mcp.json': JSON.stringify({
        mcpServers: {
          lookup: {
            command: 'sh',
            args: ['tools/server.sh'],
            // The loader of every program with this variable reads it: none outside the sandbox may get it.
            env: { GREETING: 'a "b" $c', LD_DEBUG: 'files', LD_DEBUG_OUTPUT: join(root, 'loaded') },
          },
        },
      }),
      'tools/format.sh': `${format()}
`,
      'tools/server.sh': serverScript(),
    });
  }
  const hooked = (): number =>
    existsSync(project('hooked')) ? readFileSync(project('hooked'), 'utf8').trim().split('\n').length : 0;

  test('in the sandbox: asked once, confined like commands, asked again with what has changed', async (context: TestContext) => {
    const tools = await sandboxPath();
    if ('missing' in tools) return context.skip(tools.missing);
    if (SERVER.startsWith('/tmp/'))
      return context.skip('This copy is in /tmp, so its tool server is hidden in the sandbox.');
    await begin({ SANDBOX: 'required', PATH: tools.path });
    const first = await turn([bash('true'), bash('true')], true);
    expect(first.asked.map(({ tool }) => tool)).toEqual(['Programs', 'SandboxNetworkAccess']);
    expect(first.asked[0]?.does).toBe('start');
    expect(first.asked[0]?.shown?.replace(/sha256:[0-9a-f]{12}/g, 'sha256:…')).toBe(
      `hook PostToolUse: sh tools/format.sh
server lookup: sh tools/server.sh GREETING=sha256:… LD_DEBUG=sha256:… LD_DEBUG_OUTPUT=sha256:…

tools/format.sh:
+ ${format()}
tools/server.sh:
+ ${serverScript()}`,
    );
    expect(hooked()).toBe(2);
    expect(readFileSync(project('mounted'), 'utf8')).toBe('');
    expect(readdirSync(root)).toEqual(['data']);
    expect(readFileSync(project('greeting'), 'utf8')).toBe('a "b" $c\n');
    expect(readFileSync(project('.mcp.json'), 'utf8')).toContain('lookup');
    expect(JSON.stringify(own.script.requests.at(-1)?.request)).toContain('mcp__lookup__weigh');

    const session = sessionOf(first.events);
    const change = bash('echo "echo more" >> tools/format.sh');
    const second = await turn([change, bash('true')], false, session);
    expect(second.asked.map(({ tool, does, shown }) => [tool, does, shown])).toEqual([
      ['Programs', 'restart', 'tools/format.sh:\n+ echo more'],
    ]);
    expect(hooked()).toBe(2);
    // A no holds while nothing changes; earlier permissions need no question.
    await own.restart();
    expect((await turn([bash('true')], true, session)).asked).toEqual([]);
    expect(hooked()).toBe(2);
    const back = bash('sed -i "/echo more/d" tools/format.sh');
    expect((await turn([back], false, session)).asked.map(({ tool }) => tool)).toEqual(['SandboxNetworkAccess']);
    expect(hooked()).toBe(3);
  });

  test('without a sandbox they start with consent, which stands as the relay says: a yes that is gone ends a warm agent and is asked for, a no is none any more, a yes needs no memory', async () => {
    await begin({ SANDBOX: 'off' });
    const none: Programs = { allowed: [], denied: [] };
    // A turn that ends while they are asked about leaves the question open.
    const attempt = newAttempt();
    await own.client.put(attempt, { messages: [message('work')], programs: none });
    await untilAsked(own.client, attempt);
    await own.client.call('POST', `/attempts/${attempt}/interrupt`);
    const types = (await own.client.follow(attempt)).map(({ type }) => type);
    expect(types.at(-1)).toBe('ended');
    expect(types).not.toContain('request_over');

    const wait = 'n=0; until [ $n -ge 0 ]; do sleep 1; n=$((n + 1)); done';
    const server = `echo $$ > pid; exec node ${SERVER}`;
    const format = `echo hooked >> hooked; touch ${root}/outside`;
    lay(project(), { 'tools/format.sh': format, 'tools/server.sh': server });
    const serves = (): boolean => {
      try {
        return process.kill(Number(readFileSync(project('pid'), 'utf8')), 0);
      } catch {
        return false;
      }
    };
    const first = await turn([bash(wait)], true, null, none);
    // They have the rights of a command.
    expect([hooked(), existsSync(join(root, 'outside'))]).toEqual([1, true]);
    const rule = /^Programs\(sha256:([0-9a-f]{64}), PostToolUse hook, lookup server\)$/;
    const digest = rule.exec(first.asked[0]?.rule ?? '')?.[1] ?? '';
    expect(digest).toHaveLength(64);
    const session = sessionOf(first.events);
    const allowed: Programs = { allowed: [digest], denied: [] };
    expect((await turn([bash(wait)], false, session, allowed)).asked).toEqual([]);
    expect([hooked(), serves()]).toEqual([2, true]);
    const removed = await turn([bash(wait)], false, session, none);
    expect(removed.asked).toMatchObject([{ tool: 'Programs', does: 'start' }]);
    expect([hooked(), serves()]).toEqual([2, false]);
    // The relay of the release before lists nothing, and the recent no counts; then it is removed, too.
    expect((await turn([bash(wait)], true, session)).asked).toEqual([]);
    expect((await turn([bash(wait)], false, session, none)).asked).toHaveLength(1);
    expect((await turn([bash(wait)], false, session, allowed)).asked).toEqual([]);
    expect([hooked(), serves()]).toEqual([3, true]);
    // Started ahead, they could ask nobody about the hosts that they reach.
    const snapshot = await (await own.client.call('GET', '/projects/main/snapshot')).arrayBuffer();
    await own.client.send('PUT', '/projects/main/snapshot', snapshot, {});
    const ahead = async (programs: Programs): Promise<unknown> =>
      (await own.client.call('POST', '/agent', { project: 'main', session_id: session, programs })).json();
    expect(await ahead(allowed)).toEqual({ starts: false });
    expect(await ahead(none)).toEqual({ starts: true });
  });
});

describe('the question', () => {
  const found = (files: Record<string, string>, isConfined = true) => {
    const place = workspaceOf(root, 'someone');
    const cwd = join(place.projects, 'main');
    mkdirSync(place.home, { recursive: true });
    mkdirSync(cwd, { recursive: true });
    lay(cwd, files);
    return readPrograms(place, cwd, isConfined);
  };

  test('nothing, where nothing is configured, and nothing with hooks switched off', () => {
    expect(found({})).toBe(null);
    expect(found({ '.claude/settings.json': '{"hooks":{}}' })).toBe(null);
    expect(found({ '.claude/settings.json': 'no json' })).toBe(null);
    const off = JSON.stringify({ disableAllHooks: true, ...JSON.parse(hooks('Stop', 'true')) });
    expect(found({ '.claude/settings.json': off })).toBe(null);
  });

  test.each([
    ['sh tools/a.sh', 'tools/a.sh'],
    ['$CLAUDE_PROJECT_DIR/tools/a.sh --fix', 'tools/a.sh'],
    ['bash -c "./tools/a.sh;true"', 'tools/a.sh'],
    ['FILE=tools/a.sh; . $FILE', 'tools/a.sh'],
    ['cat <tools/a.sh|sh', 'tools/a.sh'],
    ['npm run lint', 'package.json'],
    ['cd tools && npx lint', 'package.json'],
    ['true /etc/passwd ../other/x', undefined],
  ])('%s names %s', (command, title) => {
    const files = { 'tools/a.sh': 'true', 'package.json': '{}' };
    const all = found({ ...files, '.claude/settings.json': hooks('Stop', command) });
    expect(all?.parts.slice(1).map((part) => part.title)).toEqual(title === undefined ? [] : [title]);
  });

  test('where none of them can be confined, the agent is told so', () => {
    const told = (confinesPrograms: boolean): string | null => {
      const policy = {
        approvals: 'ask',
        isSandboxed: true,
        confinesPrograms,
        privatePaths: [],
        ownAddresses: [],
        connectPort: null,
        shownPaths: [],
      } as const;
      const setup = { dataDir: root, policy, table: {} as ProgramTable };
      return new ProgramConsent(setup).whyNone({ conversation: 'someone', project: 'main' });
    };
    found({});
    expect(told(false)).toBe(null);
    found({ '.claude/settings.json': hooks('Stop', 'true') });
    expect(told(true)).toBe(null);
    expect(told(false)).toMatch(
      /hooks and tool servers can’t be confined on this system.*bubblewrap 0\.8.*npm start -- --unconfined/,
    );
  });

  test('a bubblewrap older than 0.8 confines commands, and not the programs of a project', async () => {
    const program = (name: string, body: string): void =>
      writeFileSync(join(root, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    program('socat', 'exit 0');
    program(
      'bwrap',
      'case " $* " in *" --disable-userns "*) echo "bwrap: Unknown option --disable-userns"; exit 1;; esac',
    );
    expect(await probeSandbox({ PATH: root })).toEqual({ works: true, programs: false });
    program('bwrap', 'exit 0');
    expect(await probeSandbox({ PATH: root })).toEqual({ works: true, programs: true });
  });

  test('a program that names more files than can be looked at is not started, and said; the others are', () => {
    const many = Array.from({ length: 501 }, (_, n) => `f${n}`).join(' ');
    const settings = JSON.parse(hooks('Stop', `sh ${many} hidden.sh`, 'sh tools/a.sh'));
    const all = found({ 'tools/a.sh': 'true', 'hidden.sh': '1', '.claude/settings.json': JSON.stringify(settings) });
    expect(all?.hooks.map(({ command }) => command)).toEqual(['sh tools/a.sh']);
    expect(all?.refused).toEqual(['a hook for Stop that names too many files']);
    expect(all?.parts.map(({ title }) => title)).toEqual(['programs', 'tools/a.sh']);
  });

  test('each change of configuration or file is another content; the value of a secret is not shown', () => {
    const server = (value: string): string =>
      JSON.stringify({ mcpServers: { a: { command: 'sh', args: ['a.sh'], env: { KEY: value } } } });
    const digests = [
      found({ '.mcp.json': server('secret-one'), 'a.sh': '1' }),
      found({ '.mcp.json': server('secret-two'), 'a.sh': '1' }),
      found({ '.mcp.json': server('secret-two'), 'a.sh': '2' }),
    ];
    expect(new Set(digests.map((one) => one?.digest)).size).toBe(3);
    expect(JSON.stringify(digests.map((one) => one?.parts))).not.toContain('secret-');
  });

  test('a program that could do more than it shows is not started, and the person is told', () => {
    const servers = {
      helper: { type: 'http', url: 'https://example.com/mcp', headersHelper: './run' },
      inward: { type: 'http', url: 'http://127.0.0.1:8787/' },
      fine: { type: 'http', url: 'https://example.com/mcp' },
    };
    const all = found({
      '.mcp.json': JSON.stringify({ mcpServers: servers }),
      '.claude/settings.json': '{"hooks":{"Stop":[{"hooks":[{"type":"http","url":"https://example.com"}]}]}}',
    });
    expect(all?.remote.map(({ name }) => name)).toEqual(['fine']);
    expect(all?.refused).toEqual([
      'a hook for Stop that isn’t a plain command',
      'the server helper, whose configuration is not valid',
      'the server inward, which is on this computer or its network',
    ]);
  });

  test('more than may be started are not, which is said; and what there is no room to show is said to be covered', async () => {
    const servers = Object.fromEntries(
      Array.from({ length: 52 }, (_, n) => [`s${n}`, { command: 'node', args: ['big.js'] }]),
    );
    const all = found({ '.mcp.json': JSON.stringify({ mcpServers: servers }), 'big.js': '1;\n'.repeat(30_000) });
    expect(all?.local).toHaveLength(50);
    expect(all?.refused).toEqual(['2 more, because a project may have 50 hooks and tool servers']);
    const policy = {
      approvals: 'ask',
      isSandboxed: true,
      confinesPrograms: true,
      privatePaths: [],
      ownAddresses: [],
      connectPort: null,
      shownPaths: [],
    } as const;
    const table = {
      decision: () => null,
      allowedBefore: () => null,
      decide: () => undefined,
    } as unknown as ProgramTable;
    let shown = '';
    const host = {
      ask: async (_: string, request: Request) => {
        shown = (request.kind === 'approve' && request.shown) || '';
        return { kind: 'decision', decision: 'deny', reason: 'no' } as const;
      },
    } as unknown as AgentHost;
    const programs = new ProgramConsent({ dataDir: root, policy, table });
    await programs.mayStart({ conversation: 'someone', project: 'main' }, host, new AbortController().signal);
    expect(shown.length).toBeLessThan(51_000);
    expect(shown).toMatch(/\d+ characters in total\. Approve also covers what isn’t shown here/);
  });

  test('the change is shown, and nothing of what stayed', () => {
    const before = [
      { title: 'a', text: '1\n2\n3\n' },
      { title: 'b', text: 'same' },
    ];
    const after = [
      { title: 'a', text: '1\nx\n3\n' },
      { title: 'b', text: 'same' },
      { title: 'c', text: 'new' },
    ];
    expect(describeChanges(before, after)).toBe('a:\n- 2\n+ x\nc:\n+ new');
    expect(describeChanges(after, before)).toBe('a:\n- x\n+ 2\nc:\n- new');
  });
});
