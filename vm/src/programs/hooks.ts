import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { HookInput, HookJSONOutput, Options } from '@anthropic-ai/claude-agent-sdk/core';
import * as z from 'zod';
import { endGroup, startGroup } from '../process/process-tree.ts';
import type { Hook } from './programs.ts';

// Runs a project's hooks in Claude Code's place, each only with consent to its content at that moment. A hook can stop
// an action and add text. It can't allow anything or change an input, because only the person consents. If a hook takes
// too long or can't be read, the action it guards isn't done. Keeps nothing.

const OUTPUT_MAX = 256 * 1024;
const END_GRACE_MS = 500;
/** Most characters of a command line in a sentence. */
const NAMED_MAX = 100;
/** The time for the person's answer when a hook's content has changed. */
const ANSWER_S = 3600;
/** The exit code with which a hook stops an action. */
const STOPS = 2;

/** `unheard`: why the hook's output doesn't count, in words that follow “it”. */
type Ran = { code: number | null; output: string; errors: string; unheard: string | null };
type HookRunner = {
  mayRun: (signal: AbortSignal) => Promise<boolean>;
  /** The command line that starts it. */
  command: (line: string) => readonly [string, ...string[]];
  cwd: string;
  env: Record<string, string>;
};

export function makeHookOptions(hooks: readonly Hook[], runner: HookRunner): NonNullable<Options['hooks']> {
  const options: NonNullable<Options['hooks']> = {};
  for (const hook of hooks) {
    const callback = async (input: HookInput, _: unknown, { signal }: { signal: AbortSignal }) =>
      (await runner.mayRun(signal)) ? said(hook, await run(hook, input, signal, runner)) : {};
    const matcher = { ...(hook.matcher ? { matcher: hook.matcher } : {}), hooks: [callback], timeout: ANSWER_S };
    options[hook.event] = [...(options[hook.event] ?? []), matcher];
  }
  return options;
}

async function run(hook: Hook, input: HookInput, signal: AbortSignal, runner: HookRunner): Promise<Ran> {
  const [program, ...args] = runner.command(hook.command);
  const id = randomUUID();
  const mark = `ROOST_HOOK=${id}`;
  const child = startGroup(program, args, { cwd: runner.cwd, env: { ...runner.env, ROOST_HOOK: id }, mark });
  const closed = once(child, 'close').catch(() => {});
  const [output, errors] = [textOf(child.stdout), textOf(child.stderr)];
  child.stdin?.on('error', () => {});
  child.stdin?.end(JSON.stringify(input));
  const ended = once(child, 'exit')
    .then(([code]) => code as number | null)
    .catch(() => null);
  const bound = new AbortController();
  const aborted = once(AbortSignal.any([signal, bound.signal]), 'abort').then(() => null);
  const timer = setTimeout(hook.seconds * 1000, 'late' as const, { signal: bound.signal }).catch(() => null);
  const end = await Promise.race([ended, aborted, timer]);
  bound.abort();
  await endGroup(child, mark, END_GRACE_MS);
  await Promise.race([closed, setTimeout(END_GRACE_MS)]);
  const isCut = output.isCut() && output.text().startsWith('{');
  const tooMuch = isCut ? `wrote more than ${OUTPUT_MAX / 1024} KB` : null;
  const unheard = end === 'late' ? `took longer than ${hook.seconds} s` : tooMuch;
  return { code: end === 'late' ? null : end, output: output.text(), errors: errors.text(), unheard };
}

/** Keeps the first OUTPUT_MAX bytes. */
function textOf(stream: NodeJS.ReadableStream | null): { text: () => string; isCut: () => boolean } {
  const kept: Buffer[] = [];
  let left = OUTPUT_MAX;
  stream?.on('data', (data: Buffer) => {
    if (left > 0) kept.push(data.subarray(0, left));
    left -= data.length;
  });
  return { text: () => Buffer.concat(kept).toString('utf8').trim(), isCut: () => left < 0 };
}

const Output = z.object({
  continue: z.literal(false).optional().catch(undefined),
  stopReason: z.string().optional().catch(undefined),
  decision: z.literal('block').optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
  systemMessage: z.string().optional().catch(undefined),
  hookSpecificOutput: z
    .object({
      additionalContext: z.string().optional().catch(undefined),
      permissionDecision: z.enum(['deny', 'ask']).optional().catch(undefined),
      permissionDecisionReason: z.string().optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** The hook's output in Claude Code's format; only the parts in `Output` count. */
function said(hook: Hook, { code, output, errors, unheard }: Ran): HookJSONOutput {
  const { event } = hook;
  if (unheard !== null && code !== STOPS) return withoutSay(hook, unheard);
  if (code === STOPS) return stopped(event, errors || 'A hook of this project stopped this.');
  if (code !== 0 || output === '') return {};
  const read = Output.safeParse(jsonIn(output));
  if (read.success) {
    const { hookSpecificOutput: more, ...rest } = read.data;
    return { ...rest, ...(more ? { hookSpecificOutput: { hookEventName: event, ...more } } : {}) } as HookJSONOutput;
  }
  return event === 'UserPromptSubmit' || event === 'SessionStart' ? withContext(event, output) : {};
}

/** A guard that fails refuses the action. If it is too late to refuse, the agent is told; its work isn't held up. */
function withoutSay({ event, command }: Hook, why: string): HookJSONOutput {
  const what = `This project’s ${event} hook “${command.slice(0, NAMED_MAX)}” ${why} and was ended`;
  if (event === 'PreToolUse')
    return stopped(event, `${what}, so this was not done. Tell the person if it happens again.`);
  const isHeard = event === 'UserPromptSubmit' || event === 'SessionStart' || event === 'PostToolUse';
  return isHeard ? withContext(event, `${what}: nothing it checks is certain.`) : {};
}

const withContext = (
  hookEventName: 'UserPromptSubmit' | 'SessionStart' | 'PostToolUse',
  additionalContext: string,
): HookJSONOutput => ({ hookSpecificOutput: { hookEventName, additionalContext } });

function stopped(event: Hook['event'], reason: string): HookJSONOutput {
  if (event !== 'PreToolUse') return { decision: 'block', reason };
  return { hookSpecificOutput: { hookEventName: event, permissionDecision: 'deny', permissionDecisionReason: reason } };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
