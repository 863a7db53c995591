import { reasonOf } from '../log.ts';

// One bounded call to the REST API of a git host. The credential never follows a redirect, and a long answer is cut.

/**
 * refused: the credential · forbidden: the credential may not do this · gone: not found, or not granted · limited: too
 * many requests · down: no answer, or none that makes sense.
 */
export type HostTrouble = {
  trouble: 'refused' | 'forbidden' | 'gone' | 'limited' | 'down';
  /** When the host takes requests again, in real time; null if it didn't say. */
  again: number | null;
  /** For the log. */
  reason: string;
};
export type HostApi = {
  /** Such as https://api.github.com. */
  url: string;
  authorization: string;
};
export type HostAnswer = { status: number; body: string; isCut: boolean };

const TIMEOUT_MS = 10_000;
const AGENT = 'Roost';
const VERSION = '2022-11-28';

export const isTrouble = <T extends object>(answer: T | HostTrouble): answer is HostTrouble => 'trouble' in answer;

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
): Promise<HostAnswer | HostTrouble> {
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
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const read = await readUpTo(response, most);
    return troubleOf(response) ?? { status: response.status, ...read };
  } catch (error) {
    return { trouble: 'down', again: null, reason: reasonOf(error) };
  }
}

/** 405, 409 and 422 are answers of their own. */
function troubleOf({ status, headers }: Response): HostTrouble | null {
  const of = (trouble: HostTrouble['trouble'], again: number | null = null): HostTrouble => ({
    trouble,
    again,
    reason: `HTTP ${status}`,
  });
  const isLimited =
    status === 429 || (status === 403 && (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0'));
  if (isLimited) return of('limited', againOf(headers));
  if (status === 401) return of('refused');
  if (status === 403) return of('forbidden');
  if (status === 404 || status === 410 || status === 451 || (status >= 300 && status < 400)) return of('gone');
  return status >= 500 || status < 200 ? of('down') : null;
}

function againOf(headers: Headers): number | null {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  if (Number.isFinite(seconds)) return Date.now() + seconds * 1000;
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  return Number.isFinite(reset) ? reset * 1000 : null;
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
