// One request to somebody's API, bounded in time, whose answer is read as JSON. Credentials travel in headers only and are
// in no error.

export type Answer = { kind: 'answer'; status: number; body: unknown } | { kind: 'unreachable'; reason: string };

const TIMEOUT_MS = 20_000;

export async function askServer(
  url: string,
  request: { method?: string; headers?: Record<string, string>; json?: unknown; timeoutMs?: number } = {},
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: request.method ?? 'GET',
      headers: { ...request.headers, ...(request.json === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(request.json === undefined ? {} : { body: JSON.stringify(request.json) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS),
    });
    const text = await response.text();
    return { kind: 'answer', status: response.status, body: parsed(text) };
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
