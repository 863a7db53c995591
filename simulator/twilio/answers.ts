import type { Context } from 'hono';
import type { Refused } from './outbound.ts';
import { refusalRow } from './refusals.ts';
import { newSid } from './store.ts';

// The REST API's answers: JSON with Twilio's headers, and the error object. `note` goes into the traffic record.

export type ApiEnv = { Variables: { note: string | null } };
export type ApiContext = Context<ApiEnv>;

const twilioHeaders = (): Record<string, string> => ({
  'Twilio-Concurrent-Requests': '1',
  'Twilio-Request-Id': newSid('RQ'),
  'Twilio-Request-Duration': '0.010',
});

export function jsonAnswer(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...twilioHeaders(), 'Content-Type': 'application/json', ...headers },
  });
}

export const emptyAnswer = (): Response => new Response(null, { status: 204, headers: twilioHeaders() });

export function refusal({ refused, detail }: Refused, headers: Record<string, string> = {}): Response {
  const row = refusalRow(refused);
  const body = {
    code: row.code,
    message: detail === undefined ? row.message : `${row.message} (${detail})`,
    more_info: `https://www.twilio.com/docs/errors/${row.code}`,
    status: row.http,
  };
  return jsonAnswer(body, row.http, headers);
}

/** A 502 comes from a proxy in front and has no error object. */
export function serverError(status: 500 | 502 | 503): Response {
  if (status === 502) {
    return new Response('<html><body><h1>502 Bad Gateway</h1></body></html>', {
      status,
      headers: { 'Content-Type': 'text/html' },
    });
  }
  return refusal({ refused: status === 500 ? 20500 : 20503 });
}
