import type { Query } from '@anthropic-ai/claude-agent-sdk';
import * as z from 'zod';

// What is asked of a running Claude Code beside its conversation: a side question, how full the context is, what was
// spent. None of it enters the session. What the SDK has at run time and not in its types is checked here.

/** Anything that is not a model call is answered within milliseconds. */
const CALL_MS = 2000;

/** `synthetic`: words of the agent's about why there is no answer. */
const SideAnswer = z.looseObject({ response: z.string(), synthetic: z.boolean().catch(false) }).nullable();
type Asks = { askSideQuestion?: (question: string, options: { signal: AbortSignal }) => Promise<unknown> };

/** Answered from the conversation so far, without tools; empty when there was no answer. */
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

/** The call's outcome, or a rejection as soon as `bound` aborts. */
function bounded<T>(call: Promise<T>, bound: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const expire = (): void => reject(new Error('no answer in time'));
  if (bound.aborted) expire();
  bound.addEventListener('abort', expire, { once: true });
  return Promise.race([call, promise]).finally(() => bound.removeEventListener('abort', expire));
}
