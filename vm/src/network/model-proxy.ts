import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ModelToken } from '../../../src/protocol/index.ts';
import { LoopbackProxy } from './loopback-proxy.ts';
import { expiryOf } from './token-expiry.ts';

// The agent's proxy to the model: a loopback address with a random path per conversation. Replaces the agent's dummy
// key with the conversation's short-lived token and passes everything else on to the relay. Tokens are in memory only;
// after a restart the next attempt brings a new one.

const PASSED_TO_RELAY = /^(anthropic-.*|content-type|content-encoding|accept|user-agent|x-stainless-.*|x-app)$/;
/** With a request's length the relay knows how much money to set aside for it. */
const PASSED_WITH_BODY = new RegExp(`${PASSED_TO_RELAY.source}|^content-length$`);
const PASSED_TO_AGENT = /^(anthropic-.*|content-type|retry-after|request-id|x-should-retry)$/;

export class ModelProxy {
  readonly #now: () => number;
  readonly #proxy: LoopbackProxy;
  readonly #tokens = new Map<string, ModelToken>();
  readonly #paths = new Map<string, string>();

  /** `now`: the time by which tokens are judged. */
  constructor(relayUrl: string, now: () => number = Date.now) {
    this.#now = now;
    this.#proxy = new LoopbackProxy(relayUrl, (request, response) => void this.#answer(request, response));
  }

  listen = (): Promise<void> => this.#proxy.listen();

  close = (): void => this.#proxy.close();

  /** Ends the connections to the relay with the requests on them; the agent repeats those over new connections. */
  dropConnections = (): void => this.#proxy.dropConnections();

  /** The base URL for a conversation's agent; it never changes while this process lives. */
  urlFor(conversation: string): string {
    const path = this.#paths.get(conversation) ?? randomBytes(24).toString('base64url');
    this.#paths.set(conversation, path);
    return `http://127.0.0.1:${this.#proxy.port}/${path}`;
  }

  /** Lets the conversation's agent reach the model with `token`. */
  open(conversation: string, token: ModelToken): void {
    this.urlFor(conversation);
    this.#tokens.set(this.#paths.get(conversation) as string, token);
  }

  /** Replaces the token of a conversation that has one. */
  renew(conversation: string, token: string, now: number): void {
    const path = this.#paths.get(conversation) ?? '';
    if (this.#tokens.has(path)) this.#tokens.set(path, { token, expires_at: expiryOf(token) ?? now + 20 * 60_000 });
  }

  shut(conversation: string): void {
    this.#tokens.delete(this.#paths.get(conversation) ?? '');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, path = '', rest = ''] = /^\/([^/?]+)(.*)$/.exec(request.url ?? '') ?? [];
    if (![...this.#paths.values()].includes(path)) return refuse(response, 404, 'not_found_error', 'Not found.');
    const token = this.#tokens.get(path);
    if (!token) return refuse(response, 503, 'api_error', 'No turn is running, so the model isn’t available.', false);
    if (token.expires_at <= this.#now()) return refuse(response, 529, 'overloaded_error', 'Waiting for the relay.');
    const hasBody = request.method === 'POST';
    const toRelay = {
      ...pick(request.headers, hasBody ? PASSED_WITH_BODY : PASSED_TO_RELAY),
      authorization: `Bearer ${token.token}`,
      'accept-encoding': 'identity',
    };
    const upstream = this.#proxy.forward(`/model${rest}`, request, toRelay, hasBody);
    response.once('close', () => upstream.destroy());
    let answer: IncomingMessage;
    try {
      [answer] = (await once(upstream, 'response')) as [IncomingMessage];
    } catch {
      return refuse(response, 529, 'overloaded_error', 'The relay can’t be reached.');
    }
    const { statusCode = 502, headers } = answer;
    const isAnthropicError = headers['content-type']?.includes('json') ?? false;
    if ((statusCode === 401 || statusCode === 403) && !isAnthropicError) {
      // The agent would take these for a bad key and give up, but without the model's own error the relay refused: an
      // outage.
      answer.resume();
      return refuse(response, 529, 'overloaded_error', 'The relay refused the request.');
    }
    response.writeHead(statusCode, pick(headers, PASSED_TO_AGENT));
    await pipeline(answer, response).catch(() => response.destroy());
  }
}

function pick(headers: NodeJS.Dict<string | string[]>, allowed: RegExp): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value !== undefined && allowed.test(name) ? [[name, Array.isArray(value) ? value.join(', ') : value]] : [],
    ),
  );
}

function refuse(response: ServerResponse, status: number, type: string, message: string, retry = true): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json', 'x-should-retry': String(retry) });
  response.end(JSON.stringify({ type: 'error', error: { type, message } }));
}
