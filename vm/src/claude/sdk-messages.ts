import type { PreToolUseHookInput } from '@anthropic-ai/claude-agent-sdk/core';
import * as z from 'zod';
import type { BackgroundTask, Signal } from '../agent/agent.ts';
import { ContextUsage, summarizeContext } from './context-summary.ts';

// Turns the Agent SDK's messages into signals. Pure. Every shape is checked, and an unknown message counts as a mere
// sign of life, so that a newer agent does no harm.

const LOST_SESSION = /^No conversation found with session ID/;
/** Failures of the model call that another try won't cure. */
const FATAL = new Set([
  'authentication_failed',
  'oauth_org_not_allowed',
  'account_on_hold',
  'verification_required',
  'billing_error',
  'model_not_found',
  'cloud_credential_error',
]);

const Init = z.looseObject({ type: z.literal('system'), subtype: z.literal('init'), session_id: z.uuid() });
const State = z.looseObject({
  type: z.literal('system'),
  subtype: z.literal('session_state_changed'),
  state: z.string(),
});
const Background = z.looseObject({
  type: z.literal('system'),
  subtype: z.literal('background_tasks_changed'),
  tasks: z.array(z.looseObject({ task_id: z.string(), task_type: z.string(), ambient: z.boolean().optional() })),
});
const Status = z.looseObject({
  type: z.literal('system'),
  subtype: z.literal('status'),
  status: z.literal('compacting'),
});
const Compacted = z.looseObject({ type: z.literal('system'), subtype: z.literal('compact_boundary') });
const Lifecycle = z.looseObject({
  type: z.literal('command_lifecycle'),
  command_uuid: z.string(),
  state: z.enum(['queued', 'started', 'completed', 'cancelled']),
});
/** The model writes the input: nothing in it may hide the start of a tool. */
const ToolInput = z
  .looseObject({ timeout: z.number().optional().catch(undefined) })
  .optional()
  .catch(undefined);
const Assistant = z.looseObject({
  type: z.literal('assistant'),
  parent_tool_use_id: z.null(),
  error: z.string().optional(),
  // The output of a slash command, perhaps of an old one; a current one is also in its result.
  local_command_source: z.string().optional(),
  // Comes with the report of /context.
  context_usage: ContextUsage.optional().catch(undefined),
  message: z.looseObject({
    content: z.array(
      z.looseObject({
        type: z.string(),
        text: z.string().optional(),
        id: z.string().optional(),
        name: z.string().optional(),
        input: ToolInput,
      }),
    ),
  }),
});
const ToolResults = z.looseObject({
  type: z.literal('user'),
  parent_tool_use_id: z.null(),
  message: z.looseObject({
    content: z.array(
      z.looseObject({ type: z.string(), tool_use_id: z.string().optional(), is_error: z.boolean().optional() }),
    ),
  }),
});
const Result = z.looseObject({
  type: z.literal('result'),
  session_id: z.uuid().optional().catch(undefined),
  is_error: z.boolean(),
  result: z.string().optional(),
  errors: z.array(z.string()).optional(),
  terminal_reason: z.string().nullish(),
  api_error_status: z.number().nullish(),
  total_cost_usd: z.number().catch(0),
  user_message_uuids: z.array(z.uuid()).catch([]),
});

const Words = z.looseObject({
  type: z.literal('stream_event'),
  parent_tool_use_id: z.null(),
  event: z.union([
    z.looseObject({ type: z.literal('message_start') }),
    z.looseObject({
      type: z.literal('content_block_start'),
      content_block: z.looseObject({ type: z.literal('text'), text: z.string() }),
    }),
    z.looseObject({
      type: z.literal('content_block_delta'),
      delta: z.looseObject({ type: z.literal('text_delta'), text: z.string() }),
    }),
    z.looseObject({
      type: z.literal('message_delta'),
      delta: z.looseObject({ stop_reason: z.enum(['end_turn', 'stop_sequence']) }),
    }),
  ]),
});
const Message = z.union([Init, State, Background, Status, Compacted, Lifecycle, Assistant, ToolResults, Result]);

/** Remembers between messages why the last model call failed, and the figures of a /context report. */
export class MessageReader {
  #failure: string | undefined;
  #summary: string | undefined;

  read(raw: unknown): Signal[] {
    if (isStreamed(raw)) return [streamedWordsOf(raw)];
    const parsed = Message.safeParse(raw);
    if (!parsed.success) return [{ type: 'alive' }];
    const message = parsed.data;
    switch (message.type) {
      case 'system':
        if (message.subtype === 'init') return [{ type: 'session', session: message.session_id }];
        if (message.subtype === 'status') return [{ type: 'compacting' }];
        if (message.subtype === 'compact_boundary') return [{ type: 'compacted' }];
        if (message.subtype === 'session_state_changed') return [{ type: 'state', idle: message.state === 'idle' }];
        return [{ type: 'background', tasks: message.tasks.filter((task) => !task.ambient).map(backgroundTask) }];
      case 'command_lifecycle':
        return [{ type: 'message', uuid: message.command_uuid, state: message.state }];
      case 'assistant':
        this.#failure = message.error;
        this.#summary = message.context_usage && summarizeContext(message.context_usage);
        if (message.local_command_source !== undefined) return [{ type: 'alive' }];
        return message.message.content.flatMap((block): Signal[] => {
          if (block.type === 'text' && block.text && !message.error) return [{ type: 'text', text: block.text }];
          if (block.type !== 'tool_use' || !block.id || !block.name) return [{ type: 'alive' }];
          return [toolStarted(block.id, block.name, block.input)];
        });
      case 'user':
        return message.message.content.flatMap((block): Signal[] =>
          block.type === 'tool_result' && block.tool_use_id
            ? [{ type: 'tool_ended', id: block.tool_use_id, isError: block.is_error ?? false }]
            : [{ type: 'alive' }],
        );
      case 'result':
        return this.#result(message);
    }
  }

  #result(message: z.infer<typeof Result>): Signal[] {
    if (message.errors?.some((text) => LOST_SESSION.test(text))) return [{ type: 'session_lost' }];
    const failure = message.is_error ? this.#failure : undefined;
    const summary = this.#summary;
    this.#failure = undefined;
    this.#summary = undefined;
    const session: Signal[] = message.session_id ? [{ type: 'session', session: message.session_id }] : [];
    return [
      ...session,
      {
        type: 'answer',
        answer: {
          text: message.result ?? message.errors?.join('\n') ?? '',
          ...(summary === undefined ? {} : { summary }),
          isError: message.is_error,
          uuids: message.user_message_uuids,
          totalCostUsd: message.total_cost_usd,
          aborted: message.terminal_reason?.startsWith('aborted') ?? false,
          outage: outage(failure, message.api_error_status ?? undefined),
        },
      },
    ];
  }
}

/** The start of a tool, from the hook that the agent runs before it. */
export const readToolStart = (hook: PreToolUseHookInput): Signal =>
  toolStarted(hook.tool_use_id, hook.tool_name, ToolInput.parse(hook.tool_input));

const toolStarted = (id: string, name: string, input: z.infer<typeof ToolInput>): Signal => ({
  type: 'tool_started',
  id,
  name,
  declaredMs: input?.timeout ?? 0,
});

/** Streamed words are by far the most frequent messages, so they are recognised first. */
function isStreamed(raw: unknown): boolean {
  return typeof raw === 'object' && raw !== null && 'type' in raw && raw.type === 'stream_event';
}

function streamedWordsOf(raw: unknown): Signal {
  const words = Words.safeParse(raw).data?.event;
  switch (words?.type) {
    case 'message_start':
      return { type: 'words', text: '', fresh: true };
    case 'content_block_start':
      return { type: 'words', text: words.content_block.text, fresh: true };
    case 'content_block_delta':
      return { type: 'words', text: words.delta.text, fresh: false };
    case 'message_delta':
      return { type: 'last_word' };
    default:
      return { type: 'alive' };
  }
}

function backgroundTask(task: { task_id: string; task_type: string }): BackgroundTask {
  return { id: task.task_id, isShell: task.task_type !== 'local_agent' };
}

function outage(failure: string | undefined, status: number | undefined): 'none' | 'fatal' | 'transient' {
  if (failure === undefined && status === undefined) return 'none';
  if (failure !== undefined && FATAL.has(failure)) return 'fatal';
  if (status === 401 || status === 403) return 'fatal';
  if (failure === 'invalid_request' || failure === 'max_output_tokens' || status === 400 || status === 413)
    return 'none';
  return 'transient';
}
