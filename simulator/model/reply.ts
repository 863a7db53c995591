import { ulid } from 'ulid';
import { type ApiFailure, estimateTokens, type ModelRequest } from './messages-api.ts';

// A model's possible replies, and their form on the wire: one JSON message, or a sequence of stream events. Pure except
// for new ids.

export type ReplyBlock =
  | { type: 'text'; text: string }
  | { type: 'tool_use'; name: string; input: Record<string, unknown>; id?: string };

export type Reply =
  | {
      kind: 'message';
      blocks: readonly ReplyBlock[];
      stopReason?: 'end_turn' | 'max_tokens' | 'refusal';
      /** An event after this many stream events: a wait, a broken connection, an error. */
      break?: { afterEvents: number; what: StreamBreak };
    }
  | { kind: 'error'; failure: ApiFailure }
  /** Sends nothing, not even headers, until the promise settles. */
  | { kind: 'later'; until: Promise<unknown>; reply: Reply };

export type StreamBreak =
  | { kind: 'wait'; until: Promise<unknown> }
  | { kind: 'cut' }
  | { kind: 'error'; type: string; message: string };

export type StreamEvent = { event: string; data: Record<string, unknown> };

type Complete = { type: 'text'; text: string } | Required<Extract<ReplyBlock, { type: 'tool_use' }>>;
export type ModelMessage = {
  id: string;
  type: 'message';
  role: 'assistant';
  model: string;
  content: Complete[];
  stop_reason: string;
  stop_sequence: null;
  usage: Record<string, unknown> & { output_tokens: number };
};

/** The whole answer, for a call without streaming. */
export function messageOf(reply: Extract<Reply, { kind: 'message' }>, request: ModelRequest): ModelMessage {
  const content = reply.blocks.map(
    (block): Complete => (block.type === 'text' ? block : { ...block, id: block.id ?? `toolu_${ulid()}` }),
  );
  const usesTool = content.some((block) => block.type === 'tool_use');
  return {
    id: `msg_${ulid()}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    content,
    stop_reason: reply.stopReason ?? (usesTool ? 'tool_use' : 'end_turn'),
    stop_sequence: null,
    usage: {
      input_tokens: estimateTokens({ system: request.system, tools: request.tools, messages: request.messages }),
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      output_tokens: estimateTokens(content),
      service_tier: 'standard',
    },
  };
}

/** The same answer as stream events; text word by word, a tool's input in pieces of JSON. */
export function eventsOf(message: ModelMessage): StreamEvent[] {
  const { output_tokens, ...usage } = message.usage;
  const blocks = message.content.flatMap((block, index): StreamEvent[] => [
    event('content_block_start', { index, content_block: emptied(block) }),
    ...deltas(block).map((delta) => event('content_block_delta', { index, delta })),
    event('content_block_stop', { index }),
  ]);
  const start = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  const { stop_reason, stop_sequence } = message;
  return [
    event('message_start', { message: start }),
    event('ping', {}),
    ...blocks,
    event('message_delta', { delta: { stop_reason, stop_sequence }, usage: { output_tokens } }),
    event('message_stop', {}),
  ];
}

export const event = (type: string, fields: Record<string, unknown>): StreamEvent => ({
  event: type,
  data: { type, ...fields },
});

export const wire = ({ event, data }: StreamEvent): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

const emptied = (block: Complete): Complete =>
  block.type === 'text' ? { type: 'text', text: '' } : { type: 'tool_use', id: block.id, name: block.name, input: {} };

const deltas = (block: Complete): Record<string, unknown>[] =>
  block.type === 'text'
    ? words(block.text).map((text) => ({ type: 'text_delta', text }))
    : ['', ...pieces(JSON.stringify(block.input))].map((partial_json) => ({ type: 'input_json_delta', partial_json }));

/** Pieces that join to exactly the text. */
const words = (text: string): string[] => text.match(/\s*\S+\s*$|\s*\S+|\s+$/g) ?? [];
const pieces = (json: string): string[] => json.match(/[\s\S]{1,16}/g) ?? [];
