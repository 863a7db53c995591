import twilio from 'twilio';
import RequestClient from 'twilio/lib/base/RequestClient.js';
import type { Vars } from '../dev-vars.ts';

// Twilio's own client for the account in the answers, sent elsewhere when TWILIO_API_URL and its like name another address.

const TIMEOUT_MS = 20_000;
const HOSTS = {
  TWILIO_API_URL: 'https://api.twilio.com',
  TWILIO_MESSAGING_URL: 'https://messaging.twilio.com',
  TWILIO_CONTENT_URL: 'https://content.twilio.com',
} as const;

class Redirected extends RequestClient {
  readonly #answers: Vars;

  constructor(answers: Vars) {
    super({ timeout: TIMEOUT_MS });
    this.#answers = answers;
  }

  override request<TData>(options: RequestClient.RequestOptions<TData>) {
    const found = Object.entries(HOSTS).find(([, host]) => options.uri.startsWith(`${host}/`));
    const elsewhere = found && this.#answers[found[0]];
    const uri = found && elsewhere ? elsewhere.replace(/\/+$/, '') + options.uri.slice(found[1].length) : options.uri;
    return super.request<TData>({ ...options, uri });
  }
}

export function twilioClient(answers: Vars): twilio.Twilio {
  return twilio(answers.TWILIO_ACCOUNT_SID ?? '', answers.TWILIO_AUTH_TOKEN ?? '', {
    httpClient: new Redirected(answers),
    // Region and edge of the environment are not meant for us.
    env: {},
  });
}

export type TwilioFailure = { status: number | null; code: number | null; message: string };

/** What went wrong, without what was sent; status null: Twilio was not reached. */
export function twilioFailure(error: unknown): TwilioFailure {
  if (error instanceof Error && 'status' in error && typeof error.status === 'number') {
    const code = 'code' in error && typeof error.code === 'number' ? error.code : null;
    return { status: error.status, code, message: error.message };
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no connection';
  return { status: null, code: null, message: code };
}

/** For resources whose JSON the client's own methods would send under other names. */
export async function twilioJson(client: twilio.Twilio, uri: string, data: object): Promise<unknown> {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
  const answer = await client.request({ method: 'post', uri, headers, data });
  if (answer.statusCode < 300) return answer.body;
  const body: unknown = answer.body;
  const message = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : 'refused';
  throw Object.assign(new Error(message), { status: answer.statusCode });
}
