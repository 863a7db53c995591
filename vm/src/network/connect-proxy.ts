import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http, {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { GitAccess } from '../../../src/protocol/index.ts';
import { GITHUB_INSIDE, isForApi, targetOf } from './connect-target.ts';
import { expiryOf } from './token-expiry.ts';

// The agent's way to its project's repository: git and gh speak plain HTTP to this loopback address, and it passes their
// requests on to the relay's connect gateway with the attempt's token. Each conversation has a word of its own, which
// git and gh present like a token and which is good here only. Tokens are in memory only; after a restart the next
// attempt brings a new one.

const PASSED_TO_RELAY =
  /^(accept|content-type|content-encoding|git-protocol|user-agent|if-none-match|range|x-github-api-version|graphql-features)$/;
/** With a push's length the relay can refuse it at once. */
const PASSED_WITH_BODY = new RegExp(`${PASSED_TO_RELAY.source}|^content-length$`);
const PASSED_TO_AGENT =
  /^(content-type|content-length|content-encoding|content-range|accept-ranges|cache-control|expires|pragma|etag|last-modified|link|retry-after|x-ratelimit-.*|x-github-request-id|x-github-media-type)$/;
const WITH_BODY = ['POST', 'PUT', 'PATCH'];

const IDLE_MS = 4_000;
/** Longest silence of the relay during a request: a git host tells how far it is more often. */
const UPSTREAM_SILENCE_MS = 300_000;

export class ConnectProxy {
  readonly #relayUrl: string;
  readonly #now: () => number;
  readonly #server: Server;
  /** To the relay, kept between requests. */
  readonly #connections: http.Agent;
  /** By conversation. */
  readonly #words = new Map<string, string>();
  /** By word. */
  readonly #open = new Map<string, GitAccess>();

  /** `now`: the time by which tokens are judged. */
  constructor(relayUrl: string, now: () => number = Date.now) {
    this.#relayUrl = relayUrl;
    this.#now = now;
    const { Agent } = relayUrl.startsWith('https:') ? https : http;
    // A connection that is idle for longer may be dead by the time it is used.
    this.#connections = new Agent({ keepAlive: true, timeout: IDLE_MS });
    // A push takes as long as it takes.
    this.#server = http.createServer(
      { requestTimeout: 0 },
      (request, response) => void this.#answer(request, response),
    );
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.dropConnections();
  }

  /** Ends the connections to the relay with the requests on them. */
  dropConnections(): void {
    this.#connections.destroy();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What the conversation's git and gh present here; it never changes while this process lives. */
  wordFor(conversation: string): string {
    const word = this.#words.get(conversation) ?? randomBytes(24).toString('base64url');
    this.#words.set(conversation, word);
    return word;
  }

  /** Lets the conversation's agent reach the repository. */
  open(conversation: string, access: GitAccess): void {
    this.#open.set(this.wordFor(conversation), access);
  }

  /** Replaces the token of a conversation that has one. */
  renew(conversation: string, token: string, now: number): void {
    const word = this.#words.get(conversation) ?? '';
    const access = this.#open.get(word);
    const expires = expiryOf(token) ?? now + 20 * 60_000;
    if (access) this.#open.set(word, { ...access, token: { token, expires_at: expires } });
  }

  shut(conversation: string): void {
    this.#open.delete(this.#words.get(conversation) ?? '');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const word = wordOf(request.headers);
    const refuse = (status: number, message: string): void => refuseWith(request, response, status, message);
    if (word === null || ![...this.#words.values()].includes(word))
      return refuse(403, 'This address is for the agent of a project with a repository.');
    const access = this.#open.get(word);
    if (!access) return refuse(503, 'No turn is running, so the repository can’t be reached.');
    if (access.token.expires_at <= this.#now()) return refuse(503, 'Waiting for the relay. Try again.');
    const target = targetOf(request, access);
    if ('refused' in target) return refuse(403, target.refused);
    const upstream = this.#forward(`${this.#relayUrl}/connect${target.path}`, request, access.token.token);
    response.once('close', () => upstream.destroy());
    let answer: IncomingMessage;
    try {
      [answer] = (await once(upstream, 'response')) as [IncomingMessage];
    } catch {
      return refuse(503, 'The relay can’t be reached. Try again.');
    }
    const { statusCode = 502, headers } = answer;
    if (statusCode === 401) {
      // git and gh would ask for another word and token; the relay only wants a newer one.
      answer.resume();
      return refuse(503, 'The relay refused the attempt’s token. Try again.');
    }
    response.writeHead(statusCode, answerHeaders(headers));
    await pipeline(answer, response).catch(() => response.destroy());
    // A refusal may come before all of a push is here; with the rest unread, the connection's end would destroy it.
    request.resume();
  }

  #forward(url: string, request: IncomingMessage, token: string): ClientRequest {
    const { request: open } = this.#relayUrl.startsWith('https:') ? https : http;
    const hasBody = WITH_BODY.includes(request.method ?? '');
    const headers = {
      ...pick(request.headers, hasBody ? PASSED_WITH_BODY : PASSED_TO_RELAY),
      authorization: `Bearer ${token}`,
      'accept-encoding': 'identity',
    };
    const upstream = open(url, { method: request.method, headers, agent: this.#connections });
    // An error after the answer has begun also ends the answer.
    upstream.on('error', () => {});
    upstream.setTimeout(UPSTREAM_SILENCE_MS, () => upstream.destroy());
    request.once('error', () => upstream.destroy());
    // With other methods Node writes a body without its length, and the relay would read it as another request on a
    // connection that other conversations use.
    if (hasBody) request.pipe(upstream);
    else {
      request.resume();
      upstream.end();
    }
    return upstream;
  }
}

/** The word in `Authorization`, in each of the forms that git, gh and others present tokens. */
function wordOf({ authorization = '' }: IncomingHttpHeaders): string | null {
  const [, scheme = '', value = ''] = /^(bearer|token|basic) (\S{1,500})$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'basic') return value === '' ? null : value;
  return Buffer.from(value, 'base64').toString('utf8').split(':').slice(1).join(':');
}

/** Addresses of the API in the answer become those that lead here. */
function answerHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const passed = pick(headers, PASSED_TO_AGENT);
  const { link } = passed;
  return link === undefined
    ? passed
    : { ...passed, link: link.replaceAll('<https://api.github.com/', `<http://api.${GITHUB_INSIDE}/`) };
}

function pick(headers: IncomingHttpHeaders, allowed: RegExp): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value !== undefined && allowed.test(name) ? [[name, Array.isArray(value) ? value.join(', ') : value]] : [],
    ),
  );
}

/** git shows text to its user, gh the `message`. */
function refuseWith(request: IncomingMessage, response: ServerResponse, status: number, message: string): void {
  request.resume();
  if (response.headersSent || response.destroyed) return void response.destroy();
  const isJson = isForApi(request);
  response.writeHead(status, { 'content-type': isJson ? 'application/json' : 'text/plain; charset=utf-8' });
  response.end(isJson ? JSON.stringify({ message }) : `${message}\n`);
}
