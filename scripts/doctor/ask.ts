// One HTTP request of the doctor: bounded in time, never redirected (a redirect would carry a key elsewhere), its failure
// as words. Knows nobody it asks.

export type Answer = { status: number; date: string | null; text: string; json: unknown };
export type Asked = { method?: string; headers?: Record<string, string>; body?: string; withinMs?: number };

const WITHIN_MS = 8_000;

/** Nobody answered, or not in time. */
export class Unreachable extends Error {}

export async function ask(url: string, { withinMs = WITHIN_MS, ...init }: Asked = {}): Promise<Answer> {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(withinMs) });
    const text = await response.text();
    return { status: response.status, date: response.headers.get('date'), text, json: jsonOf(text) };
  } catch (error) {
    throw new Unreachable(`${hostOf(url)} does not answer (${reasonOf(error)})`);
  }
}

export const basic = (user: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

export const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'an address that is none');

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no connection';
  if (error.name === 'TimeoutError') return 'no answer in time';
  const cause = error.cause as { code?: unknown } | undefined;
  return typeof cause?.code === 'string' ? cause.code : 'no connection';
}
