import { reasonOf } from '../log.ts';
import {
  LEFT_OUT_HEADER,
  LeftOut,
  NEWEST_HEADER,
  POSITION_HEADER,
  RestoredFolder,
  RestoredSession,
} from '../protocol/index.ts';
import { type Access, type CallFailure, holdMachine, readFailure, requestHeaders } from './client.ts';

// Streams copies from a machine and back to it, each with a known length. Doesn't retry and keeps nothing.

export type Stream = { body: ReadableStream<Uint8Array>; length: number };

export type SessionLines = ({ kind: 'lines'; position: number; newest: number } & Stream) | CallFailure;

/** Reads the next lines of a session after `position`. */
export async function readSession(
  access: Access,
  session: string,
  position: number,
  timeoutMs: number,
): Promise<SessionLines> {
  try {
    const url = `${access.url}/sessions/${session}?after=${position}`;
    const response = await fetch(url, { headers: requestHeaders(access), signal: AbortSignal.timeout(timeoutMs) });
    const stream = streamOf(response);
    if (!response.ok || !stream) return await readFailure(response);
    const [read, newest] = [POSITION_HEADER, NEWEST_HEADER].map((name) => Number(response.headers.get(name)));
    return { kind: 'lines', position: read ?? 0, newest: newest ?? 0, ...stream };
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
}

export type Snapshot =
  | ({ kind: 'snapshot'; etag: string; leftOut: string[] } & Stream)
  | { kind: 'unchanged' }
  | CallFailure;

/** Reads a folder as a tar archive, unless its content still matches `etag`. `path`: `projects/{id}` or `person`. */
export async function readSnapshot(
  access: Access,
  path: string,
  etag: string | null,
  timeoutMs: number,
): Promise<Snapshot> {
  try {
    const response = await fetch(`${access.url}/${path}/snapshot`, {
      headers: { ...requestHeaders(access), ...(etag === null ? {} : { 'if-none-match': etag }) },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 304) return { kind: 'unchanged' };
    const stream = streamOf(response);
    if (!response.ok || !stream) return await readFailure(response);
    const leftOut = LeftOut.parse(listIn(response.headers.get(LEFT_OUT_HEADER)));
    return { kind: 'snapshot', etag: response.headers.get('etag') ?? '', leftOut, ...stream };
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
}

/** Restores a session on a machine; returns its newest position there. */
export async function writeSession(
  access: Access,
  session: string,
  body: ReadableStream<Uint8Array>,
  timeoutMs: number,
): Promise<{ kind: 'kept'; position: number } | CallFailure> {
  const answer = await put(access, `sessions/${session}`, body, timeoutMs);
  if ('kind' in answer) return answer;
  const kept = RestoredSession.safeParse(answer.json);
  return kept.success
    ? { kind: 'kept', ...kept.data }
    : { kind: 'unreachable', reason: 'an answer outside the protocol' };
}

/** Restores a folder on a machine, unless the folder has work in it. */
export async function writeSnapshot(
  access: Access,
  path: string,
  body: ReadableStream<Uint8Array>,
  timeoutMs: number,
): Promise<{ kind: 'kept'; restored: boolean } | CallFailure> {
  const answer = await put(access, `${path}/snapshot`, body, timeoutMs);
  if ('kind' in answer) return answer;
  const kept = RestoredFolder.safeParse(answer.json);
  return kept.success
    ? { kind: 'kept', ...kept.data }
    : { kind: 'unreachable', reason: 'an answer outside the protocol' };
}

async function put(
  access: Access,
  path: string,
  body: ReadableStream<Uint8Array>,
  timeoutMs: number,
): Promise<{ json: unknown } | CallFailure> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`${access.url}/${path}`, {
      method: 'PUT',
      headers: requestHeaders(access),
      body,
      signal,
    });
    return response.ok ? { json: await response.json() } : await readFailure(response);
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
}

/** Keeps the machine awake until the result is called; `null` when the machine refused. */
export async function holdAwake(access: Access, timeoutMs: number): Promise<(() => void) | null> {
  const held = await holdMachine(access, timeoutMs);
  if (held.kind !== 'open') return null;
  const { items, close } = held.stream;
  // The stream is read so that the connection does not count as dead.
  void (async () => {
    for await (const _ of items);
  })().catch(() => undefined);
  return () => void close();
}

function streamOf({ body, headers }: Response): Stream | null {
  const length = headers.get('content-length');
  return body && length !== null && /^\d+$/.test(length) ? { body, length: Number(length) } : null;
}

function listIn(header: string | null): unknown {
  try {
    return JSON.parse(decodeURIComponent(header ?? '')) as unknown;
  } catch {
    return null;
  }
}
