import { tmpdir } from 'node:os';
import type { HookCallback, HookInput, HookJSONOutput } from '@anthropic-ai/claude-agent-sdk';
import { expect, test } from 'vitest';
import { makeHookOptions } from '../../vm/src/programs/hooks.ts';
import type { Hook } from '../../vm/src/programs/programs.ts';

// An action whose hook takes too long or writes too much: the guarded action is not done, and the agent is told.
// programs.test.ts has the rest about hooks.

function said(event: Hook['event'], command: string, seconds = 20): Promise<HookJSONOutput> {
  const hooks = makeHookOptions([{ event, command, seconds }], {
    mayRun: async () => true,
    command: (line) => ['sh', '-c', line],
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? '' },
  });
  const callback = hooks[event]?.[0]?.hooks[0] as HookCallback;
  return callback({ hook_event_name: event } as HookInput, undefined, { signal: new AbortController().signal });
}
const context = (event: string, additionalContext: unknown) => ({
  hookSpecificOutput: { hookEventName: event, additionalContext },
});
const denied = (permissionDecisionReason: unknown) => ({
  hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason },
});

const slow = 'sleep 60 & sleep 60';
const large = 'printf \'{"decision":"block","reason":"%0300000d"}\' 0';

test('a hook that takes too long refuses, and the agent reads why', async () => {
  expect(await said('PreToolUse', slow, 0.2)).toEqual(denied(expect.stringContaining('took longer than 0.2 s')));
  expect(await said('PreToolUse', 'true')).toEqual({});
});

test('a hook that writes too much refuses, too; harmless output refuses nothing', async () => {
  expect(await said('PreToolUse', large)).toEqual(denied(expect.stringContaining('wrote more than 256 KB')));
  // Cut text can't be read, whatever its characters are and wherever it begins.
  for (const letter of ['é', ' ']) {
    const verdict = `printf '\\n{"decision":"block","reason":"'; yes '${letter}' | tr -d '\\n' | head -c 300000; echo '"}'`;
    expect(await said('PreToolUse', verdict)).toEqual(denied(expect.stringContaining('wrote more than 256 KB')));
  }
  expect(await said('PreToolUse', 'yes | head -c 300000')).toEqual({});
});

test('where nothing can be refused any more the agent is told; the end of its work is not put off', async () => {
  for (const event of ['PostToolUse', 'UserPromptSubmit', 'SessionStart'] as const) {
    expect(await said(event, slow, 0.2)).toEqual(context(event, expect.stringContaining('took longer than 0.2 s')));
  }
  expect(await said('Stop', slow, 0.2)).toEqual({});
});
