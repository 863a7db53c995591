import { reasonOf } from '../log.ts';
import { parseJson } from '../parse-json.ts';
import { ERRORS, ErrorBody, type ErrorCode, FILE_NAME_HEADER, MachineFile } from '../protocol/index.ts';
import { type Access, requestHeaders } from './client.ts';

// Gives files to a machine and fetches the files it offers. Nothing here retries or holds a file in memory; giving the
// same file again is harmless.

export type PutOutcome =
  | { kind: 'kept'; file: MachineFile }
  /** The machine answered, but refused the file. */
  | { kind: 'refused'; code: ErrorCode; reason: string }
  | { kind: 'unreachable'; reason: string };

/** `id`: 64 hex digits. `name` and `type` come from the sender; the machine checks for itself. */
export async function putFile(
  access: Access,
  { id, name, type }: { id: string; name: string; type: string },
  body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<PutOutcome> {
  try {
    const response = await fetch(`${access.url}/files/${id}`, {
      method: 'PUT',
      headers: {
        ...requestHeaders(access),
        'content-type': type,
        [FILE_NAME_HEADER]: encodeURIComponent(name.toWellFormed()),
      },
      body,
      signal,
    });
    const json = parseJson(await response.text());
    const kept = response.ok ? MachineFile.safeParse(json) : null;
    if (kept?.success && kept.data.id === id) return { kind: 'kept', file: kept.data };
    const refusal = ErrorBody.safeParse(json);
    // An answer without the protocol's error comes from something in between.
    if (!refusal.success) return { kind: 'unreachable', reason: `HTTP ${response.status}` };
    const { code, message } = refusal.data.error;
    const reason = `${code}: ${message}`.slice(0, 300);
    const mayPass = ERRORS[code].retryable && code !== 'no_space';
    return mayPass ? { kind: 'unreachable', reason } : { kind: 'refused', code, reason };
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
}

export type FetchedFile =
  | { kind: 'open'; body: ReadableStream<Uint8Array>; size: number | null }
  /** `lost`: the machine no longer has the file. `refused`: it will never hand the file over. */
  | { kind: 'lost' | 'refused' | 'unreachable'; reason: string };

/** `timeoutMs` limits the whole call, including reading the file. */
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
  // An answer without the protocol's error comes from something in between.
  if (!body.success) return { kind: 'unreachable', reason: `HTTP ${status}` };
  const { code, message } = body.data.error;
  if (code === 'unknown_file') return { kind: 'lost', reason: code };
  return { kind: ERRORS[code].retryable ? 'unreachable' : 'refused', reason: message.slice(0, 300) };
}
