import * as z from 'zod/mini';

// Classifies Fly’s answers by status and body; retries nothing. Some of the words are documented, others were observed;
// any other answer counts as a refusal.

/** `reason` is for the operator’s log. `busy`: the same call may succeed a moment later. */
export type FlyFailure =
  | { kind: 'absent' | 'no-capacity' | 'quota' | 'denied' | 'taken' | 'refused'; reason: string }
  | { kind: 'busy'; reason: string; retryAfterMs: number | null };
export type FlyAnswer<T> = { kind: 'ok'; value: T } | FlyFailure;

const Body = z.looseObject({ error: z.catch(z.string(), ''), status: z.catch(z.string(), '') });

const NO_ROOM = /insufficient (resources|memory|cpus?|ips|capacity)|no capacity|could not (reserve|find a candidate)/i;
const NO_ROOM_CODES = ['insufficient_capacity', 'volume_placement_capacity'];
const OVER_LIMIT = /quota|limit|payment/i;
const NOT_IN_THIS_STATE = /failed_precondition|current state|not currently/i;
const TAKEN = /taken|in use|unique|exist/i;

const REASON_MAX = 200;
const WAIT_MAX_MS = 60_000;

export type FlyRefusal = { status: number; text: string; retryAfter: string | null };

/** `what`: the call, like `POST /v1/apps`. `isName`: the call asked for a name that others may have. */
export function classifyFailure(what: string, { status, text, retryAfter }: FlyRefusal, isName = false): FlyFailure {
  const { error, code } = wordsOf(text);
  const reason = `Fly answered ${status} to ${what}${error === '' ? '' : `: ${error.slice(0, REASON_MAX)}`}`;
  if (NO_ROOM_CODES.includes(code)) return { kind: 'no-capacity', reason };
  if (status === 404) return { kind: 'absent', reason };
  if (status === 408 || status === 429 || status >= 500) {
    return { kind: 'busy', reason, retryAfterMs: waitOf(retryAfter) };
  }
  if (status === 401) return { kind: 'denied', reason };
  if (status === 402 || status === 403) return { kind: OVER_LIMIT.test(error) ? 'quota' : 'denied', reason };
  if (NO_ROOM.test(error)) return { kind: 'no-capacity', reason };
  // Somebody else is changing it, or it is between two states.
  if (status === 409 || (status === 412 && NOT_IN_THIS_STATE.test(error))) {
    return { kind: 'busy', reason, retryAfterMs: waitOf(retryAfter) };
  }
  if (isName && status === 422 && (error === '' || code === 'name_taken' || TAKEN.test(error))) {
    return { kind: 'taken', reason };
  }
  return { kind: 'refused', reason };
}

function wordsOf(text: string): { error: string; code: string } {
  try {
    const body = Body.safeParse(JSON.parse(text));
    return body.success ? { error: body.data.error, code: body.data.status } : { error: '', code: '' };
  } catch {
    return { error: text.trim(), code: '' };
  }
}

function waitOf(retryAfter: string | null): number | null {
  if (retryAfter === null || !/^\d{1,6}$/.test(retryAfter.trim())) return null;
  return Math.min(Number(retryAfter) * 1000, WAIT_MAX_MS);
}
