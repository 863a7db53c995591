import { randomUUID } from 'node:crypto';
import type { Background } from './background.ts';
import type { Traffic } from './carrier-types.ts';
import { type Exchange, exchange, splitUrl } from './exchange.ts';
import type { Form } from './forms.ts';
import { type FailureKind, readConnection } from './overrides.ts';
import { signatureFor } from './signature.ts';
import type { TrafficLog } from './traffic.ts';

// Posts one signed form to the product, with Twilio's time-outs and retries: by default 5 s to connect, 15 s in all,
// and one retry only if there was no connection. Every attempt is recorded. Nothing is kept; a restart loses pending
// retries.

export type Delivery = {
  kind: Extract<Traffic['kind'], 'webhook' | 'status'>;
  /** The configured URL, with query and override fragment. */
  url: string;
  form: Form;
  token?: string;
  /** Unusual facts about this delivery, for the record. */
  note?: string;
  /** Another address will be called when all tries have failed. */
  hasFallback?: boolean;
};

export type Postman = {
  /** Resolves with the code that Twilio's debugger would show when all tries failed; null when the product took it. */
  deliver(delivery: Delivery): Promise<string | null>;
  /** Records a delivery that a fault dropped. */
  lose(delivery: Delivery, why: string): void;
  /** The stand-in talks only to this computer and to the host of its webhook. */
  mayReach(url: string): boolean;
};

export const newIdempotencyToken = (): string => randomUUID();

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
/** The shortest limit an override can name; with less time left there is no further attempt. */
const SHORTEST_MS = 100;
const MAX_TWIML = 64 * 1024;
const EMPTY_TWIML = /^\s*(<\?xml[^>]*\?>)?\s*<Response\s*(\/>|>\s*<\/Response\s*>)\s*$/;

function failureOf(outcome: Exchange): FailureKind | null {
  if (!outcome.ok) return outcome.failure;
  if (outcome.status >= 500) return '5xx';
  return outcome.status >= 400 ? '4xx' : null;
}

/** Null when the answer is what Twilio expects; otherwise a sentence with the code its debugger would show. */
function remarkOn(kind: Delivery['kind'], outcome: Exchange): string | null {
  if (!outcome.ok) return outcome.failure === 'rt' ? `11200: ${outcome.why}.` : `11205: ${outcome.why}.`;
  const { status, body, headers } = outcome;
  if (status >= 400) return `11217: answered with ${status}.`;
  if (status >= 300) return `11216: answered with a redirect (${status}), which is not followed here.`;
  if (kind === 'status') return null;
  if (!/^(text|application)\/xml\b/.test(headers['content-type'] ?? '')) return '12300: the answer is not text/xml.';
  return EMPTY_TWIML.test(body.toString('utf8')) ? null : 'The answer should be an empty <Response>.';
}

/** The code that Twilio's debugger would show; null for an acceptable answer. */
const codeOf = (remark: string | null): string | null => /^\d{5}(?=:)/.exec(remark ?? '')?.[0] ?? null;

export function createPostman(
  options: { authToken: string; webhookUrl: string },
  traffic: TrafficLog,
  background: Background,
): Postman {
  const webhookHost = splitUrl(options.webhookUrl)?.target.hostname;

  const mayReach = (url: string): boolean => {
    const host = splitUrl(url)?.target.hostname;
    return host !== undefined && (LOOPBACK.includes(host) || host === webhookHost);
  };

  const prepare = (delivery: Delivery) => {
    const { url } = readConnection(delivery.url);
    const requestBody = new URLSearchParams(delivery.form).toString();
    const requestHeaders = {
      'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'Content-Length': String(Buffer.byteLength(requestBody)),
      'X-Twilio-Signature': signatureFor(options.authToken, url, delivery.form),
      'I-Twilio-Idempotency-Token': delivery.token ?? newIdempotencyToken(),
      Accept: '*/*',
      'User-Agent': 'TwilioProxy/1.1',
    };
    return { kind: delivery.kind, method: 'POST', url, requestHeaders, requestBody };
  };

  const lose = (delivery: Delivery, why: string): void => {
    traffic.begin(prepare(delivery))({ note: why });
  };

  return {
    mayReach,
    lose,
    async deliver(delivery) {
      if (!mayReach(delivery.url)) {
        lose(delivery, '11205: the stand-in only calls this computer and its webhook.');
        return '11205';
      }
      const connection = readConnection(delivery.url);
      const prepared = prepare(delivery);
      const deadline = performance.now() + connection.totalMs;
      for (let attempt = 1; ; attempt++) {
        const end = traffic.begin(prepared);
        const left = Math.max(1, Math.round(deadline - performance.now()));
        const outcome = await exchange({
          method: 'POST',
          url: connection.url,
          headers: prepared.requestHeaders,
          body: prepared.requestBody,
          connectMs: Math.min(connection.connectMs, left),
          readMs: Math.min(connection.readMs, left),
          maxBytes: MAX_TWIML,
          signal: background.signal,
        });
        const failure = failureOf(outcome);
        const again =
          failure !== null &&
          attempt <= connection.retries &&
          connection.retryOn.has(failure) &&
          deadline - performance.now() >= SHORTEST_MS &&
          !background.signal.aborted;
        const remark = remarkOn(delivery.kind, outcome);
        const notes = [
          delivery.note,
          attempt > 1 ? `Attempt ${attempt}.` : undefined,
          remark ?? undefined,
          again ? 'Tried again.' : undefined,
          !again && delivery.hasFallback && codeOf(remark) !== null ? 'The fallback is called.' : undefined,
        ].filter((note) => note !== undefined);
        end({
          ...(outcome.ok
            ? { status: outcome.status, responseHeaders: outcome.headers, responseBody: outcome.body.toString('utf8') }
            : {}),
          note: notes.length === 0 ? null : notes.join(' '),
        });
        if (!again) return codeOf(remark);
      }
    },
  };
}
