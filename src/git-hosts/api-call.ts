import { reasonOf } from '../log.ts';
import { HOST_TIMEOUT_MS, type HostTrouble, troubleOf } from './ask-host.ts';

// One call to GitHub's REST API whose refusals have words to read, or whose long answer is cut. The credential never
// follows a redirect.

/** `again`: when the host takes requests again, in real time; null if it didn't say. `reason`: for the log. */
export type Failed = { trouble: HostTrouble; again: number | null; reason: string };
export type HostApi = {
  /** The address of the API, such as https://api.github.com. */
  url: string;
  authorization: string;
};
export type ApiAnswer = { status: number; body: string; isCut: boolean };

const AGENT = 'Roost';
const VERSION = '2022-11-28';

export const isFailed = <T extends object>(answer: T | Failed): answer is Failed => 'trouble' in answer;

export async function callHost(
  { url, authorization }: HostApi,
  path: string,
  {
    method = 'GET',
    accept = 'application/vnd.github+json',
    body,
    most = 1_000_000,
  }: {
    method?: 'GET' | 'PUT';
    accept?: string;
    body?: object;
    most?: number;
  } = {},
): Promise<ApiAnswer | Failed> {
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        authorization,
        accept,
        'user-agent': AGENT,
        'x-github-api-version': VERSION,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(HOST_TIMEOUT_MS),
    });
    const read = await readUpTo(response, most);
    return failureOf(response) ?? { status: response.status, ...read };
  } catch (error) {
    return { trouble: 'down', again: null, reason: reasonOf(error) };
  }
}

/** Their words say why the host doesn't do it. */
const REFUSALS: readonly number[] = [405, 406, 409, 422];

function failureOf(response: Response): Failed | null {
  const { status } = response;
  if ((status >= 200 && status < 300) || REFUSALS.includes(status)) return null;
  const { trouble, retryAfterMs } = troubleOf(response);
  return { trouble, again: retryAfterMs === null ? null : Date.now() + retryAfterMs, reason: `HTTP ${status}` };
}

async function readUpTo(response: Response, most: number): Promise<{ body: string; isCut: boolean }> {
  const decoder = new TextDecoder();
  let [text, size] = ['', 0];
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    const room = most - size;
    text += decoder.decode(chunk.subarray(0, room), { stream: true });
    size += chunk.byteLength;
    // Leaving the loop ends the answer.
    if (chunk.byteLength > room) return { body: text, isCut: true };
  }
  return { body: text + decoder.decode(), isCut: false };
}
