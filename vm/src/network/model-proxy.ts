import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { ModelToken } from '../../../src/protocol/index.ts';
import { expiryOf } from './token-expiry.ts';

// The agent's proxy to the model: a loopback address with a random path per conversation. Replaces the agent's dummy
// key with the conversation's short-lived token and passes everything else on to the relay. Tokens are in memory only;
// after a restart the next attempt brings a new one.

const PASSED_TO_RELAY = /^(anthropic-.*|content-type|content-encoding|accept|user-agent|x-stainless-.*|x-app)$/;
/** With a request's length the relay knows how much money to set aside for it. */
const PASSED_WITH_BODY = new RegExp(`${PASSED_TO_RELAY.source}|^content-length$`);
const PASSED_TO_AGENT = /^(anthropic-.*|content-type|retry-after|request-id|x-should-retry)$/;

const IDLE_MS = 4_000;
/** Longest silence of the relay during a request. The agent repeats the request. */
const UPSTREAM_SILENCE_MS = 300_000;

export class ModelProxy {
  readonly #relayUrl: string;
  readonly #now: () => number;
  readonly #server: Server;
  /** To the relay, kept between requests. */
  readonly #connections: http.Agent;
  readonly #tokens = new Map<string, ModelToken>();
  readonly #paths = new Map<string, string>();

  /** `now`: the time by which tokens are judged. */
  constructor(relayUrl: string, now: () => number = Date.now) {
    this.#relayUrl = relayUrl;
    this.#now = now;
    this.#connections = new (relayUrl.startsWith('https:') ? https : http).Agent({
      keepAlive: true,
      // A connection that is idle for longer may be dead by the time it is used.
      timeout: IDLE_MS,
    });
    this.#server = http.createServer((request, response) => void this.#answer(request, response));
  }

  async listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(0, '127.0.0.1', resolve);
    await promise;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.dropConnections();
  }

  /** Ends the connections to the relay with the requests on them; the agent repeats those over new connections. */
  dropConnections(): void {
    this.#connections.destroy();
  }

  /** The base URL for a conversation's agent; it never changes while this process lives. */
  urlFor(conversation: string): string {
    const path = this.#paths.get(conversation) ?? randomBytes(24).toString('base64url');
    this.#paths.set(conversation, path);
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${path}`;
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
    const upstream = this.#forward(`${this.#relayUrl}/model${rest}`, request, token.token);
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

  #forward(url: string, request: IncomingMessage, token: string): ClientRequest {
    const { request: open } = this.#relayUrl.startsWith('https:') ? https : http;
    const isPost = request.method === 'POST';
    const headers = {
      ...pick(request.headers, isPost ? PASSED_WITH_BODY : PASSED_TO_RELAY),
      authorization: `Bearer ${token}`,
      'accept-encoding': 'identity',
    };
    const upstream = open(url, { method: request.method, headers, agent: this.#connections });
    // An error after the answer has begun also ends the answer.
    upstream.on('error', () => {});
    upstream.setTimeout(UPSTREAM_SILENCE_MS, () => upstream.destroy());
    // Only a POST has a body. With other methods Node writes one without its length, and the relay would read it as
    // another request on a connection that other conversations use.
    if (isPost) request.pipe(upstream);
    else {
      request.resume();
      upstream.end();
    }
    return upstream;
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
