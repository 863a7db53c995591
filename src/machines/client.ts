import { reasonOf } from '../log.ts';
import { parseJson } from '../parse-json.ts';
import {
  type AgentMessage,
  type Answer,
  AttemptView,
  CONNECT_TOKEN_HEADER,
  ERRORS,
  ErrorBody,
  type ErrorCode,
  EXPECT_JOURNAL_HEADER,
  JOURNAL_HEADER,
  type MachineEvent,
  MODEL_TOKEN_HEADER,
  PROTOCOL_HEADER,
  readMachineEvent,
  SPOKEN_VERSIONS,
  type StartAgent,
  type StartAttempt,
} from '../protocol/index.ts';
import { type EventStream, openEvents, type StreamItem } from './sse.ts';

// The relay's calls to a machine. Answers are classified by their meaning for the attempt; nothing here retries or
// waits.

/** `headers`: the provider's headers for every request. */
export type Access = { url: string; token: string; headers?: Record<string, string> };

/**
 * `unreachable`: the outcome is unknown. `lost`: the machine does not have the attempt. `refused`: the machine will
 * never accept it. `without-files`: the machine lacks a file that the attempt names.
 */
export type CallFailure = {
  kind: 'unreachable' | 'lost' | 'refused' | 'without-files';
  reason: string;
  code?: ErrorCode;
};

/** The machine refuses every call: it has other keys, or a release too far from this one. */
export const isOutdated = (code?: ErrorCode): boolean => code === 'unauthorized' || code === 'unsupported_version';

/** `other-journal`: the attempt did not start, because the machine's journal is not the expected one. */
export type Started = { kind: 'taken'; journal: string } | { kind: 'other-journal'; journal: string } | CallFailure;

/** Starts an attempt; repeating is harmless. */
export async function startAttempt(
  access: Access,
  attempt: string,
  body: StartAttempt,
  expectJournal: string | null,
  timeoutMs: number,
): Promise<Started> {
  try {
    const response = await fetch(`${access.url}/attempts/${attempt}`, {
      method: 'PUT',
      headers: journalHeaders(access, expectJournal),
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const journal = response.headers.get(JOURNAL_HEADER);
    if (!response.ok) {
      const failure = await readFailure(response);
      return failure.code === 'other_journal' && journal !== null ? { kind: 'other-journal', journal } : failure;
    }
    const view = AttemptView.safeParse(await response.json());
    return view.success
      ? { kind: 'taken', journal: view.data.journal }
      : { kind: 'unreachable', reason: 'an answer outside the protocol' };
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
}

export type Followed = { kind: 'open'; journal: string | null; stream: EventStream<FollowedItem[]> } | CallFailure;
export type FollowedItem = { kind: 'alive' } | { kind: 'event'; event: MachineEvent };

/** Opens the event stream after event `lastSeq`. `timeoutMs` limits the wait for its first byte. */
export async function followAttempt(
  access: Access,
  attempt: string,
  lastSeq: number,
  modelToken: string,
  timeoutMs: number,
  connectToken: string | null = null,
): Promise<Followed> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error('no answer in time')), timeoutMs);
  try {
    const response = await fetch(`${access.url}/attempts/${attempt}/events`, {
      headers: {
        ...requestHeaders(access),
        'last-event-id': String(lastSeq),
        [MODEL_TOKEN_HEADER]: modelToken,
        ...(connectToken === null ? {} : { [CONNECT_TOKEN_HEADER]: connectToken }),
      },
      signal: abort.signal,
    });
    if (!response.ok || !response.body) return await readFailure(response);
    const { items, close } = openEvents(response.body);
    const journal = response.headers.get(JOURNAL_HEADER);
    return { kind: 'open', journal, stream: { items: parsed(items, attempt), close } };
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

async function* parsed(
  batches: AsyncGenerator<StreamItem[], void, undefined>,
  attempt: string,
): AsyncGenerator<FollowedItem[], void, undefined> {
  for await (const batch of batches) {
    yield batch.map((item) => {
      if (item.kind === 'comment') return { kind: 'alive' };
      const event = readMachineEvent(parseJson(item.data));
      if (event?.attempt !== attempt) throw new Error('an event outside the protocol');
      return { kind: 'event', event };
    });
  }
}

export type Held = { kind: 'open'; stream: EventStream<StreamItem[]> } | CallFailure;

export type Stopped = { kind: 'stopped'; journal: string | null } | CallFailure;

/**
 * Asks the machine to stop an attempt; repeating is harmless. An attempt that the machine doesn't know will never run.
 */
export async function interruptAttempt(access: Access, attempt: string, timeoutMs: number): Promise<Stopped> {
  try {
    const response = await fetch(`${access.url}/attempts/${attempt}/interrupt`, {
      method: 'POST',
      headers: requestHeaders(access),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) return await readFailure(response);
    await response.body?.cancel();
    return { kind: 'stopped', journal: response.headers.get(JOURNAL_HEADER) };
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
}

/** Sends a running attempt one more message; repeating is harmless. `refused` or `lost`: too late for this attempt. */
export function steerAttempt(
  access: Access,
  attempt: string,
  { uuid, ...message }: AgentMessage,
  timeoutMs: number,
): Promise<{ kind: 'taken' } | CallFailure> {
  return post(access, `/attempts/${attempt}/messages/${uuid}`, message, timeoutMs);
}

/** Keeps the machine awake while the stream is open; the stream carries no information. */
export async function holdMachine(access: Access, timeoutMs: number): Promise<Held> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error('no answer in time')), timeoutMs);
  try {
    const response = await fetch(`${access.url}/hold`, { headers: requestHeaders(access), signal: abort.signal });
    if (!response.ok || !response.body) return await readFailure(response);
    return { kind: 'open', stream: openEvents(response.body) };
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Sends the answer to an agent's request; repeating is harmless. `refused` or `lost`: nothing waits for the answer. */
export function sendAnswer(
  access: Access,
  attempt: string,
  request: string,
  answer: Answer,
  timeoutMs: number,
): Promise<{ kind: 'taken' } | CallFailure> {
  return post(access, `/attempts/${attempt}/answers/${request}`, answer, timeoutMs);
}

async function post(
  access: Access,
  path: string,
  body: unknown,
  timeoutMs: number,
): Promise<{ kind: 'taken' } | CallFailure> {
  try {
    const response = await fetch(`${access.url}${path}`, {
      method: 'POST',
      headers: { ...requestHeaders(access), 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) return await readFailure(response);
    await response.body?.cancel();
    return { kind: 'taken' };
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
}

/** Tells the machine that `ended` has been applied. Best effort: the machine forgets old records in the end. */
export async function acknowledgeAttempt(access: Access, attempt: string, timeoutMs: number): Promise<void> {
  try {
    const response = await fetch(`${access.url}/attempts/${attempt}`, {
      method: 'DELETE',
      headers: requestHeaders(access),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
  } catch {
    // Nothing depends on it.
  }
}

/** Deletes everything that the machine keeps of the conversation; repeating is harmless. */
export async function forgetConversation(
  access: Access,
  timeoutMs: number,
): Promise<{ kind: 'forgotten' } | CallFailure> {
  try {
    const response = await fetch(`${access.url}/conversation`, {
      method: 'DELETE',
      headers: requestHeaders(access),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) return await readFailure(response);
    await response.body?.cancel();
    return { kind: 'forgotten' };
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
}

/**
 * Wakes a sleeping machine, as any request does, and has it start the agent ahead of the attempt. A hint:
 * if the call fails, or an older machine doesn't know it, the attempt starts its agent itself.
 */
export async function startAgentAhead(
  access: Access,
  body: StartAgent,
  expectJournal: string | null,
  timeoutMs: number,
): Promise<void> {
  try {
    const response = await fetch(`${access.url}/agent`, {
      method: 'POST',
      headers: journalHeaders(access, expectJournal),
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
  } catch {
    // Nothing depends on it.
  }
}

export const requestHeaders = (access: Access): Record<string, string> => ({
  ...access.headers,
  authorization: `Bearer ${access.token}`,
  [PROTOCOL_HEADER]: SPOKEN_VERSIONS,
});

const journalHeaders = (access: Access, expected: string | null): Record<string, string> => ({
  ...requestHeaders(access),
  'content-type': 'application/json',
  ...(expected === null ? {} : { [EXPECT_JOURNAL_HEADER]: expected }),
});

export async function readFailure(response: Response): Promise<CallFailure> {
  const text = await response.text().catch(() => '');
  const body = ErrorBody.safeParse(parseJson(text));
  // An answer without the protocol's error comes from something in between: a proxy, or a machine that is starting.
  if (!body.success) return { kind: 'unreachable', reason: `HTTP ${response.status}` };
  const { code, message } = body.data.error;
  const reason = `${code}: ${message}`.slice(0, 300);
  if (code === 'unknown_attempt') return { kind: 'lost', reason, code };
  if (code === 'unknown_file') return { kind: 'without-files', reason, code };
  return { kind: ERRORS[code].retryable ? 'unreachable' : 'refused', reason, code };
}
