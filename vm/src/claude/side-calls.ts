import type { Query } from '@anthropic-ai/claude-agent-sdk/core';
import * as z from 'zod';

// Calls to a running Claude Code outside its conversation: a side question, how full the context is, the cost so far.
// None of it enters the session. Results that the SDK's types leave out are checked here.

/** Calls that don't reach the model are answered within milliseconds. */
const CALL_MS = 2000;

/** `synthetic`: the agent's own text on why there is no answer. */
const SideAnswer = z.looseObject({ response: z.string(), synthetic: z.boolean().catch(false) }).nullable();
type Asks = { askSideQuestion?: (question: string, options: { signal: AbortSignal }) => Promise<unknown> };

/** Asks about the conversation so far, without tools. An empty text means no answer. */
export async function askSideQuestion(
  query: Query,
  question: string,
  bound: AbortSignal,
): Promise<{ text: string; totalCostUsd: number | null }> {
  const asks = query as Query & Asks;
  if (typeof asks.askSideQuestion !== 'function') return { text: '', totalCostUsd: null };
  const answer = SideAnswer.parse(await bounded(asks.askSideQuestion(question, { signal: bound }), bound));
  const text = answer === null || answer.synthetic ? '' : answer.response;
  return { text, totalCostUsd: await spent(query) };
}

export async function readContextPercent(query: Query): Promise<number | null> {
  const call = query.getContextUsage({ detail: 'summary' });
  const usage = await bounded(call, AbortSignal.timeout(CALL_MS)).catch(() => null);
  return usage === null ? null : Math.max(0, usage.percentage);
}

async function spent(query: Query): Promise<number | null> {
  const call = query.usage_EXPERIMENTAL_MAY_CHANGE_DO_NOT_RELY_ON_THIS_API_YET({ skipBehaviors: true });
  const usage = await bounded(call, AbortSignal.timeout(CALL_MS)).catch(() => null);
  return usage?.session.total_cost_usd ?? null;
}

/** The result of the call, or a rejection as soon as `bound` aborts. */
function bounded<T>(call: Promise<T>, bound: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const expire = (): void => reject(new Error('no answer in time'));
  if (bound.aborted) expire();
  bound.addEventListener('abort', expire, { once: true });
  return Promise.race([call, promise]).finally(() => bound.removeEventListener('abort', expire));
}
