import { EventEmitter } from 'node:events';
import { beforeEach, expect, test, vi } from 'vitest';
import type { OpenAgent } from '../../vm/src/agent/agent.ts';
import type { ClaudeSetup } from '../../vm/src/claude/claude-options.ts';
import { ClaudeProcess } from '../../vm/src/claude/claude-process.ts';

// Why an agent process ended: nothing that the agent or the person said, whatever the SDK throws.

type Ended = {
  messages?: unknown[];
  error?: Error;
  exitCode?: number | null;
  signalCode?: string | null;
  starts?: boolean;
};
let ended: Ended;

vi.mock('../../vm/src/claude/claude-options.ts', () => ({ makeClaudeOptions: () => ({}) }));
vi.mock('../../vm/src/process/process-tree.ts', () => ({
  startGroup: () => {
    const { exitCode = null, signalCode = null } = ended;
    return Object.assign(new EventEmitter(), { exitCode, signalCode });
  },
}));
vi.mock('@anthropic-ai/claude-agent-sdk/core', () => ({
  query: ({ options }: { options: { spawnClaudeCodeProcess: (how: object) => unknown } }) => {
    if (ended.starts !== false) options.spawnClaudeCodeProcess({ command: 'claude', args: [], cwd: '/', env: {} });
    return (async function* () {
      yield* ended.messages ?? [];
      if (ended.error) throw ended.error;
    })();
  },
}));

beforeEach(() => {
  ended = {};
});

const reason = (how: Ended): Promise<string> => {
  ended = how;
  const setup = { dataDir: '/nowhere', complain: () => undefined } as unknown as ClaudeSetup;
  const agent = new ClaudeProcess(setup, { conversation: 'c', session: null } as OpenAgent, 0, { host: null }, null);
  return new Promise((resolve) => {
    agent.listen((signal) => signal.type === 'closed' && resolve(signal.reason));
  });
};
const result = (subtype: string) => ({
  type: 'result',
  subtype,
  is_error: subtype !== 'success',
  result: 'Quillfeather',
});
const WORDS = new Error('Claude Code returned an error result: buy Quillfeather on Friday');
const code = (name: string): Error => Object.assign(new Error('spawn /home/quillfeather'), { code: name });

test.each<[string, Ended, string]>([
  ['an error that quotes the agent', { error: WORDS, exitCode: 1 }, 'the agent process failed (exit code 1)'],
  [
    'an error result before it',
    { messages: [result('error_during_execution')], error: WORDS, exitCode: 1 },
    'the agent process ended after an error (error_during_execution, exit code 1)',
  ],
  [
    'an error result of a strange kind',
    { messages: [result('Buy Quillfeather')], error: WORDS, exitCode: 2 },
    'the agent process ended after an error (exit code 2)',
  ],
  [
    'a good result after the error',
    { messages: [result('error_max_turns'), result('success')], error: WORDS, signalCode: 'SIGKILL' },
    'the agent process failed (SIGKILL)',
  ],
  ['a system error', { error: code('EPIPE'), exitCode: 0 }, 'the agent process failed (EPIPE, exit code 0)'],
  ['an error whose code is words', { error: code('Quillfeather') }, 'the agent process failed'],
  ['no process', { error: code('ENOENT'), starts: false }, 'the agent process did not start (ENOENT)'],
  ['an end without an error', { exitCode: 0 }, 'the agent process ended'],
])('%s', async (_, how, said) => {
  expect(await reason(how)).toBe(said);
});
