import { reasonOf } from '../log.ts';
import { ERRORS, ErrorBody } from '../protocol/index.ts';
import { type Access, parseJson, requestHeaders } from './client.ts';

// Fetches what a machine offered. Nothing here retries or holds a file in memory.

export type FetchedFile =
  | { kind: 'open'; body: ReadableStream<Uint8Array>; size: number | null }
  /** `lost`: the machine does not have it any more. `refused`: it never will hand it over. */
  | { kind: 'lost' | 'refused' | 'unreachable'; reason: string };

/** `timeoutMs` bounds all of it, the reading too. */
export async function fetchFile(access: Access, file: string, timeoutMs: number): Promise<FetchedFile> {
  try {
    const response = await fetch(`${access.url}/files/${file}`, {
      headers: requestHeaders(access),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok || !response.body) return refusalOf(response.status, await response.text());
    const length = response.headers.get('content-length');
    return { kind: 'open', body: response.body, size: length === null ? null : Number(length) };
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
}

function refusalOf(status: number, text: string): FetchedFile {
  const body = ErrorBody.safeParse(parseJson(text));
  // Without the protocol's own error it is something in between that answers.
  if (!body.success) return { kind: 'unreachable', reason: `HTTP ${status}` };
  const { code, message } = body.data.error;
  if (code === 'unknown_file') return { kind: 'lost', reason: code };
  return { kind: ERRORS[code].retryable ? 'unreachable' : 'refused', reason: message.slice(0, 300) };
}
