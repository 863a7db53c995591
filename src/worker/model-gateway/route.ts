import type { Context } from 'hono';
import { isModelAllowed } from '../../config/allowed-models.ts';
import { reasonOf, report } from '../../log.ts';
import type { ModelRefusal } from '../../objects/model-requests.ts';
import { getConversation, retryOnce } from '../../objects/namespaces.ts';
import { checkToken, MODEL_AUDIENCE, MODEL_USED_UP } from '../../protocol/index.ts';
import type { AppEnv } from '../configuration.ts';
import { reportRefusal } from '../refusal-log.ts';
import { readUsage, type Used } from './answer.ts';
import { BodyRefusal, openBody } from './model-name.ts';

// The model gateway: takes a machine's requests with its short-lived token and passes them on with the key, which never
// enters a machine. The token allows one open attempt, the configured models, a limited number of requests, and what the
// budgets leave. Method, allowed path, query, `anthropic-*` headers and body bytes pass unchanged, and the answer streams
// back.

const MESSAGES = '/v1/messages';
const PATHS: Record<string, string> = { [MESSAGES]: 'POST', '/v1/messages/count_tokens': 'POST' };
const FORWARDED = /^(anthropic-|content-type$|accept$|user-agent$|x-app$|x-stainless-)/;
const RETURNED = /^(anthropic-|content-type$|request-id$|retry-after|x-should-retry$|cache-control$)/;
/** The Messages API's own limit. */
const MODEL_BODY_MAX = 32 * 2 ** 20;
const DEFAULT_UPSTREAM = 'https://api.anthropic.com';

export async function onModelRequest(c: Context<AppEnv>): Promise<Response> {
  const config = c.get('config');
  const token = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
  const check = await checkToken(token, [config.MACHINE_SIGNING_KEY], MODEL_AUDIENCE, Date.now());
  if (!check.ok || check.attempt === null) {
    reportRefusal({ level: 'warn', event: 'model-token-refused', reason: check.ok ? 'no attempt' : check.reason });
    // Plain text, so that the machine can tell it from the model's own 401, after which the agent would give up.
    return c.text('This machine’s token is missing, wrong or expired.', 401);
  }
  const { conversation, attempt } = check;
  const { pathname, search } = new URL(c.req.url);
  const path = pathname.slice('/model'.length);
  if (PATHS[path] !== c.req.method) {
    return failure(404, 'not_found_error', `${c.req.method} ${path} is not available through this relay.`);
  }
  if (!/^(identity)?$/.test(c.req.header('content-encoding') ?? '')) {
    return failure(400, 'invalid_request_error', 'Send the body uncompressed.');
  }
  try {
    const size = { bytes: 0 };
    const body = await openBody(c.req.raw.body, MODEL_BODY_MAX, (piece) => {
      size.bytes += piece;
    });
    if ('refused' in body) return failure(400, 'invalid_request_error', body.refused);
    if (!isModelAllowed(body.model, config)) {
      reportRefusal({ level: 'warn', event: 'model-not-allowed' });
      return failure(404, 'not_found_error', `The model ${body.model} is not available through this relay.`);
    }
    const object = getConversation(c.env, config, conversation);
    const request = { id: crypto.randomUUID(), attempt, model: body.model };
    const asks = { ...request, bytes: lengthOf(c.req.raw.headers), counts: path === MESSAGES };
    const verdict = await retryOnce(() => object.beginModelRequest(asks));
    if (verdict !== 'open') {
      void body.stream.cancel().catch(() => undefined);
      return refusal(verdict, conversation);
    }
    const over = Promise.withResolvers<Used>();
    // A report that is lost is made up for when the attempt ends: the request is settled at its reserve.
    const told = over.promise
      .then((used) => retryOnce(() => object.endModelRequest({ ...request, ...used, ...size })))
      .catch((error: unknown) =>
        report({ level: 'warn', event: 'model-answer-not-told', attempt, reason: reasonOf(error) }, conversation),
      );
    c.executionCtx.waitUntil(told);
    const headers = pick(c.req.raw.headers, FORWARDED);
    // Some servers that need no key still want the header.
    headers.set('x-api-key', config.ANTHROPIC_API_KEY ?? 'none');
    const asked = fetch(`${config.ANTHROPIC_API_URL ?? DEFAULT_UPSTREAM}${path}${search}`, {
      method: c.req.method,
      headers,
      body: body.stream,
      redirect: 'manual',
    });
    const unanswered = { model: body.model, usage: null, isCut: true, isFree: true };
    const upstream = await Promise.race([asked, body.late]).catch((error: unknown) => {
      over.resolve({ ...unanswered, trouble: 'overloaded' });
      throw error;
    });
    if (upstream instanceof BodyRefusal) {
      asked.catch(() => undefined);
      over.resolve({ ...unanswered, trouble: null });
      await body.rest().catch(() => undefined);
      return failure(upstream.status, upstream.type, upstream.message);
    }
    const answer = readUsage(upstream, body.model, over.resolve);
    return new Response(answer, { status: upstream.status, headers: pick(upstream.headers, RETURNED) });
  } catch (error) {
    report({ level: 'warn', event: 'model-unreachable', attempt, reason: reasonOf(error) }, conversation);
    return failure(529, 'overloaded_error', 'The model can’t be reached right now.');
  }
}

/** Null when the request doesn't say how long its body is. */
function lengthOf(headers: Headers): number | null {
  const length = headers.get('content-length');
  return length !== null && /^\d{1,9}$/.test(length) ? Number(length) : null;
}

const REFUSALS: Record<ModelRefusal, [status: number, type: string, message: string]> = {
  ended: [403, 'permission_error', 'This turn is over and can no longer use the model.'],
  removed: [403, 'permission_error', 'This person is no longer allowed to use the model.'],
  'used-up': [403, 'permission_error', MODEL_USED_UP],
  // In the same words, so that a machine of any release gives the turn up. The conversation knows the budget.
  budget: [403, 'permission_error', MODEL_USED_UP],
  'too-many': [429, 'rate_limit_error', 'Too many requests this minute. Try again in 30 seconds.'],
};

function refusal(why: ModelRefusal, conversation: string): Response {
  const [status, type, message] = REFUSALS[why];
  reportRefusal({ level: 'warn', event: 'model-refused', why, conversation });
  const response = failure(status, type, message);
  if (status === 429) response.headers.set('retry-after', '30');
  return response;
}

function pick(headers: Headers, names: RegExp): Headers {
  return new Headers([...headers].filter(([name]) => names.test(name)));
}

/** An error in the shape of the Messages API, which the agent understands. */
function failure(status: number, type: string, message: string): Response {
  return Response.json({ type: 'error', error: { type, message } }, { status });
}
