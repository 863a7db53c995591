// One request to a git host's API. The credential goes to that address alone: redirects aren't followed.

/**
 * down: no answer, or a broken one · limited: too many requests · refused: the credential · forbidden: what was asked ·
 * missing: not there, or not for this account · moved: to another address.
 */
export type HostTrouble = 'down' | 'limited' | 'refused' | 'forbidden' | 'missing' | 'moved';
/** `location`: where it has moved to. */
export type HostAnswer =
  | { ok: true; body: unknown; headers: Headers }
  | { ok: false; trouble: HostTrouble; location: string | null; retryAfterMs: number | null };

export type HostRequest = {
  method?: 'GET' | 'POST' | 'DELETE';
  /** The whole Authorization header; null: without. */
  authorization: string | null;
  json?: unknown;
  headers?: Record<string, string>;
};

export const HOST_TIMEOUT_MS = 10_000;
/** A page of repositories has some 100 KB. */
const HOST_BODY_MAX = 1_000_000;

/** A HostAnswer for any outcome; never throws. */
export async function askHost(
  url: string,
  { method = 'GET', authorization, json, headers }: HostRequest,
): Promise<HostAnswer> {
  const request = new Headers({ accept: 'application/json', 'user-agent': 'roost', ...headers });
  if (authorization !== null) request.set('authorization', authorization);
  if (json !== undefined) request.set('content-type', 'application/json');
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  try {
    const signal = AbortSignal.timeout(HOST_TIMEOUT_MS);
    return await readAnswer(await fetch(url, { method, headers: request, redirect: 'manual', signal, ...body }));
  } catch {
    return troubled('down');
  }
}

async function readAnswer(response: Response): Promise<HostAnswer> {
  const { status, headers } = response;
  if (status >= 200 && status < 300) {
    const text = await boundedText(response);
    if (text === null) return troubled('down');
    if (text === '') return { ok: true, body: null, headers };
    try {
      return { ok: true, body: JSON.parse(text) as unknown, headers };
    } catch {
      return troubled('down');
    }
  }
  void response.body?.cancel().catch(() => undefined);
  return troubleOf(response);
}

/** Of an answer that isn't a success. */
export function troubleOf({ status, headers }: Response): HostAnswer & { ok: false } {
  const retryAfter = headers.get('retry-after');
  const isLimited =
    status === 429 || (status === 403 && (retryAfter !== null || headers.get('x-ratelimit-remaining') === '0'));
  if (isLimited) return troubled('limited', null, waitOf(headers));
  if (status >= 300 && status < 400) return troubled('moved', headers.get('location'));
  if (status === 401) return troubled('refused');
  if (status === 404 || status === 410) return troubled('missing');
  return troubled(status < 500 ? 'forbidden' : 'down');
}

/** In milliseconds; GitHub names a wait, or the second at which it takes requests again. */
function waitOf(headers: Headers): number | null {
  const wait = /^\d{1,6}$/.exec(headers.get('retry-after') ?? '')?.[0];
  if (wait !== undefined) return Number(wait) * 1000;
  const reset = /^\d{1,12}$/.exec(headers.get('x-ratelimit-reset') ?? '')?.[0];
  return reset === undefined ? null : Math.max(0, Number(reset) * 1000 - Date.now());
}

const troubled = (
  trouble: HostTrouble,
  location: string | null = null,
  retryAfterMs: number | null = null,
): HostAnswer & { ok: false } => ({
  ok: false,
  trouble,
  location,
  retryAfterMs,
});

/** Null when the answer is longer than any that is expected. */
async function boundedText(response: Response): Promise<string | null> {
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > HOST_BODY_MAX) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
