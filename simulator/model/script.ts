import type { Hono } from 'hono';
import { personTexts } from './conversation.ts';
import { invalidRequest, type ModelRequest } from './messages-api.ts';
import type { Reply, ReplyBlock } from './reply.ts';
import { createModelServer } from './server.ts';

// A model that replies as a test says and records every request. For tests only; everything is in memory. Replies come
// from the queue first, then from the handler. Without either, the request is refused, so that a missing reply fails
// instead of hanging.

export { personTexts, readConversation } from './conversation.ts';

export type ScriptedReply = string | Reply;
type Seen = { request: ModelRequest; headers: Headers; at: number };

export type ScriptedModel = {
  app: Hono;
  /** Every request, oldest first. */
  requests: readonly Seen[];
  /** Queues these replies in order. */
  reply(...replies: ScriptedReply[]): void;
  /** Resolves as soon as `count` requests have arrived in total. */
  arrived(count: number): Promise<void>;
  /** The person's texts in the newest request, which holds the whole conversation. */
  lastTexts(): string[];
};

export function createScriptedModel(
  handler?: (request: ModelRequest, index: number) => ScriptedReply | Promise<ScriptedReply>,
): ScriptedModel {
  const requests: Seen[] = [];
  const queue: ScriptedReply[] = [];
  let waiting: { count: number; resolve: () => void }[] = [];

  const answer = async (request: ModelRequest, headers: Headers): Promise<Reply> => {
    requests.push({ request, headers, at: Date.now() });
    const index = requests.length - 1;
    for (const { count, resolve } of waiting) if (count <= requests.length) resolve();
    waiting = waiting.filter(({ count }) => count > requests.length);
    const next = queue.shift() ?? (await handler?.(request, index));
    if (next === undefined) return { kind: 'error', failure: invalidRequest('The script has no more replies.') };
    return typeof next === 'string' ? say(next) : next;
  };

  return {
    app: createModelServer({ answer }),
    requests,
    reply: (...replies) => {
      queue.push(...replies);
    },
    arrived: (count) =>
      new Promise((resolve) => {
        if (requests.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    lastTexts: () => {
      const last = requests.at(-1);
      return last ? personTexts(last.request) : [];
    },
  };
}

export const say = (text: string): Reply => ({ kind: 'message', blocks: [{ type: 'text', text }] });

/** One or several tools in one reply: `use('Bash', { command: 'ls' })`. */
export const use = (name: string, input: Record<string, unknown>, ...more: ReplyBlock[]): Reply => ({
  kind: 'message',
  blocks: [{ type: 'tool_use', name, input }, ...more],
});

/** An API answer without a message: `refuse(529, 'overloaded_error', 'Overloaded')`. */
export const refuse = (status: number, type: string, message: string, headers?: Record<string, string>): Reply => ({
  kind: 'error',
  failure: { status, type, message, ...(headers ? { headers } : {}) },
});

/** Nothing is sent before the promise settles. */
export const later = (until: Promise<unknown>, reply: ScriptedReply): Reply => ({
  kind: 'later',
  until,
  reply: typeof reply === 'string' ? say(reply) : reply,
});

/** The stream pauses after its first events until the promise settles. */
export const stall = (text: string, until: Promise<unknown>, afterEvents = 4): Reply => ({
  kind: 'message',
  blocks: [{ type: 'text', text }],
  break: { afterEvents, what: { kind: 'wait', until } },
});

/** The connection breaks after the first events of the stream. */
export const cut = (text: string, afterEvents = 4): Reply => ({
  kind: 'message',
  blocks: [{ type: 'text', text }],
  break: { afterEvents, what: { kind: 'cut' } },
});

/** An error event in the middle of the stream, after status 200. */
export const failMidway = (text: string, type: string, message: string, afterEvents = 4): Reply => ({
  kind: 'message',
  blocks: [{ type: 'text', text }],
  break: { afterEvents, what: { kind: 'error', type, message } },
});

/** A promise and the function that settles it, for `later` and `stall`. */
export function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: () => resolve() };
}
