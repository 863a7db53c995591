import type { Context } from 'hono';
import { reasonOf, report } from '../events.ts';
import { checkToken, MODEL_AUDIENCE } from '../protocol/index.ts';
import type { AppEnv } from './app-env.ts';
import { reportRefusal } from './refusals.ts';

// The model gateway: a machine comes with its short-lived token, leaves with the key. The key never enters a machine.
// Method, allowed path, query, `anthropic-*` headers and body bytes pass untouched, and the answer streams back.

const PATHS: Record<string, string> = { '/v1/messages': 'POST', '/v1/messages/count_tokens': 'POST' };
const FORWARDED = /^(anthropic-|content-(type|encoding)$|accept$|user-agent$|x-app$|x-stainless-)/;
const RETURNED = /^(anthropic-|content-type$|request-id$|retry-after|x-should-retry$|cache-control$)/;
const DEFAULT_UPSTREAM = 'https://api.anthropic.com';

export async function onModel(c: Context<AppEnv>): Promise<Response> {
  const config = c.get('config');
  const token = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
  const check = await checkToken(token, [config.MACHINE_SIGNING_KEY], MODEL_AUDIENCE, Date.now());
  if (!check.ok) {
    reportRefusal({ level: 'warn', event: 'model-token-refused', reason: check.reason });
    // In plain text: the agent takes a 401 in the model's own shape for a bad key and gives up; the machine tells them apart.
    return c.text('The token of this machine is missing, wrong or too old.', 401);
  }
  const { pathname, search } = new URL(c.req.url);
  const path = pathname.slice('/model'.length);
  if (PATHS[path] !== c.req.method) {
    return failure(404, 'not_found_error', `${c.req.method} ${path} is not passed on.`);
  }
  const headers = pick(c.req.raw.headers, FORWARDED);
  // A server that needs no key still wants to see one.
  headers.set('x-api-key', config.ANTHROPIC_API_KEY ?? 'none');
  try {
    const upstream = await fetch(`${config.ANTHROPIC_API_URL ?? DEFAULT_UPSTREAM}${path}${search}`, {
      method: c.req.method,
      headers,
      body: c.req.raw.body,
      redirect: 'manual',
    });
    return new Response(upstream.body, { status: upstream.status, headers: pick(upstream.headers, RETURNED) });
  } catch (error) {
    report({ level: 'warn', event: 'model-unreachable', reason: reasonOf(error) }, check.conversation);
    return failure(529, 'overloaded_error', 'The model cannot be reached at the moment.');
  }
}

function pick(headers: Headers, names: RegExp): Headers {
  return new Headers([...headers].filter(([name]) => names.test(name)));
}

/** An error in the shape of the Messages API, which is what the agent understands. */
function failure(status: number, type: string, message: string): Response {
  return Response.json({ type: 'error', error: { type, message } }, { status });
}
