import type { DatabaseSync } from 'node:sqlite';
import { type EventBody, fitSteps, STEPS_MAX, type Step } from '../../../src/protocol/index.ts';

// Composes an attempt's steps from its journalled events when it ends, also after a crash.

const TOOLS = `FROM events WHERE conversation = ? AND attempt = ? AND body ->> 'type' IN ('tool_started', 'tool_ended')`;

/** Null if the attempt called no tools. */
export function stepsOf(
  db: DatabaseSync,
  conversation: string,
  attempt: string,
): Extract<EventBody, { type: 'steps' }> | null {
  const counted = db
    .prepare(`SELECT count(*) FILTER (WHERE body ->> 'type' = 'tool_started') AS calls ${TOOLS}`)
    .get(conversation, attempt);
  const calls = Number(counted?.calls ?? 0);
  if (calls === 0) return null;
  const began = db
    .prepare('SELECT created_at FROM attempts WHERE conversation = ? AND attempt = ?')
    .get(conversation, attempt);
  // Each call has two events, if it ended.
  const rows = db
    .prepare(`SELECT at, body ${TOOLS} ORDER BY seq DESC LIMIT ${2 * STEPS_MAX}`)
    .all(conversation, attempt)
    .reverse();
  const { steps } = fitSteps(callsIn(rows, Number(began?.created_at ?? 0)));
  return { type: 'steps', steps, left_out: calls - steps.length };
}

function callsIn(rows: readonly Record<string, unknown>[], began: number): Step[] {
  const calls = new Map<string, Step & { at: number }>();
  for (const row of rows) {
    const [at, body] = [Number(row.at), JSON.parse(String(row.body)) as EventBody];
    if (body.type === 'tool_started') {
      const after_ms = Math.max(0, at - began);
      calls.set(body.tool_use_id, { name: body.name, after_ms, ms: null, outcome: 'cut', at });
    }
    const call = body.type === 'tool_ended' ? calls.get(body.tool_use_id) : undefined;
    if (call === undefined || body.type !== 'tool_ended') continue;
    call.ms = Math.max(0, at - call.at);
    call.outcome = body.is_error ? 'error' : 'ok';
  }
  return [...calls.values()].map(({ at: _, ...step }) => step);
}
