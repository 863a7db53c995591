// One request to somebody's API, bounded in time, whose answer is read as JSON. Credentials travel in headers only and are
// in no error.

export type Answer = { kind: 'answer'; status: number; body: unknown } | { kind: 'unreachable'; reason: string };

const TIMEOUT_MS = 20_000;

type Asking = {
  method?: string;
  headers?: Record<string, string>;
  json?: unknown;
  form?: Record<string, string>;
  timeoutMs?: number;
};

export async function askServer(url: string, request: Asking = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, json, form, timeoutMs = TIMEOUT_MS } = request;
  const body = json === undefined ? form && new URLSearchParams(form) : JSON.stringify(json);
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { kind: 'answer', status: response.status, body: parsed(await response.text()) };
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The system's word for it (ECONNREFUSED), where there is one. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.name === 'TimeoutError' ? 'no answer in time' : error.message;
}
