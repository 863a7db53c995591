// One HTTP request to an external API: bounded in time, and never redirected, because a redirect would carry a key
// elsewhere. Failures come back in words. Credentials travel only in headers and appear in no error.

export type Answer = { status: number; date: string | null; text: string; json: unknown };
export type Asked = {
  method?: string;
  headers?: Record<string, string>;
  json?: unknown;
  form?: Record<string, string>;
  withinMs?: number;
  /** The number of tries while nobody answers or the service has an outage. */
  tries?: number;
};

/** A change takes longer than a read. */
const LOOK_MS = 8_000;
const CHANGE_MS = 30_000;

/** No answer, or none in time. */
export class Unreachable extends Error {
  readonly reason: string;

  constructor(url: string, reason: string) {
    super(`${hostOf(url)} doesn’t answer (${reason})`);
    this.reason = reason;
  }
}

/** The service answered with something else. */
export class Refused extends Error {
  readonly status: number;
  readonly code: number | null;

  constructor(who: string, status: number, code: number | null, said: string) {
    super(`${who} says: ${said} [code: ${code ?? status}]`);
    this.status = status;
    this.code = code;
  }
}

export async function ask(url: string, asked: Asked = {}): Promise<Answer> {
  const { tries = 1 } = asked;
  for (let tried = 1; ; tried++) {
    const answer = await askOnce(url, asked).catch((error: unknown) => {
      if (tried >= tries) throw error;
      return null;
    });
    if (answer && (tried >= tries || (answer.status < 500 && answer.status !== 429))) return answer;
    await new Promise((done) => setTimeout(done, tried * 1000));
  }
}

async function askOnce(url: string, { method = 'GET', headers = {}, json, form, withinMs }: Asked): Promise<Answer> {
  const body = json === undefined ? form && new URLSearchParams(form) : JSON.stringify(json);
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(withinMs ?? (method === 'GET' ? LOOK_MS : CHANGE_MS)),
    });
    const text = await response.text();
    return { status: response.status, date: response.headers.get('date'), text, json: jsonOf(text) };
  } catch (error) {
    throw new Unreachable(url, reasonOf(error));
  }
}

export const basic = (user = '', password = ''): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
export const bearer = (token = ''): Record<string, string> => ({ authorization: `Bearer ${token}` });

export const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'a malformed address');

/** The address in the answers, otherwise the service's own. */
export const addressOf = (given: string | undefined, own: string): string => (given || own).replace(/\/+$/, '');

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The system's error code (ECONNREFUSED), if there is one. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no connection';
  if (error.name === 'TimeoutError') return 'no answer in time';
  const cause = error.cause as { code?: unknown } | undefined;
  return typeof cause?.code === 'string' ? cause.code : 'no connection';
}
