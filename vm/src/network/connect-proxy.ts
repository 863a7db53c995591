import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { GitAccess } from '../../../src/protocol/index.ts';
import { answerHeaders, relayHeaders, wordOf } from './connect-headers.ts';
import { isForApi, targetOf } from './connect-target.ts';
import { LoopbackProxy } from './loopback-proxy.ts';
import { expiryOf } from './token-expiry.ts';

// The agent's way to its project's repository: git and gh speak plain HTTP to this loopback address, and it passes their
// requests on to the relay's connect gateway with the attempt's token. Each conversation has a word of its own, which
// git and gh present like a token and which is good here only. Tokens are in memory only; after a restart the next
// attempt brings a new one.

const WITH_BODY = ['POST', 'PUT', 'PATCH'];

export class ConnectProxy {
  readonly #now: () => number;
  readonly #proxy: LoopbackProxy;
  /** By conversation. */
  readonly #words = new Map<string, string>();
  /** By word. */
  readonly #open = new Map<string, GitAccess>();
  /** Requests under way, by word. */
  readonly #underWay = new Map<string, Set<ClientRequest>>();

  /** `now`: the time by which tokens are judged. */
  constructor(relayUrl: string, now: () => number = Date.now) {
    this.#now = now;
    this.#proxy = new LoopbackProxy(relayUrl, (request, response) => void this.#answer(request, response));
  }

  listen = (): Promise<void> => this.#proxy.listen();

  close = (): void => this.#proxy.close();

  /** Ends the connections to the relay with the requests on them. */
  dropConnections = (): void => this.#proxy.dropConnections();

  get port(): number {
    return this.#proxy.port;
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

  /** Ends what is under way, too: a command in the background has the repository no longer than its turn. */
  shut(conversation: string): void {
    const word = this.#words.get(conversation) ?? '';
    this.#open.delete(word);
    for (const upstream of this.#underWay.get(word) ?? []) upstream.destroy();
    this.#underWay.delete(word);
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
    const hasBody = WITH_BODY.includes(request.method ?? '');
    const headers = relayHeaders(request.headers, hasBody, access.token.token);
    const upstream = this.#proxy.forward(`/connect${target.path}`, request, headers, hasBody);
    this.#note(word, upstream);
    response.once('close', () => upstream.destroy());
    let answer: IncomingMessage;
    try {
      [answer] = (await once(upstream, 'response')) as [IncomingMessage];
    } catch {
      return refuse(503, 'The relay can’t be reached. Try again.');
    }
    const { statusCode = 502, headers: said } = answer;
    if (statusCode === 401) {
      // git and gh would ask for another word and token; the relay only wants a newer one.
      answer.resume();
      return refuse(503, 'The relay refused the attempt’s token. Try again.');
    }
    response.writeHead(statusCode, answerHeaders(said));
    await pipeline(answer, response).catch(() => response.destroy());
    // A refusal may come before all of a push is here; with the rest unread, the connection's end would destroy it.
    request.resume();
  }

  #note(word: string, upstream: ClientRequest): void {
    const all = this.#underWay.get(word) ?? new Set();
    this.#underWay.set(word, all.add(upstream));
    upstream.once('close', () => all.delete(upstream));
  }
}

/** git shows text to its user, gh the `message`. */
function refuseWith(request: IncomingMessage, response: ServerResponse, status: number, message: string): void {
  request.resume();
  if (response.headersSent || response.destroyed) return void response.destroy();
  const isJson = isForApi(request);
  response.writeHead(status, { 'content-type': isJson ? 'application/json' : 'text/plain; charset=utf-8' });
  response.end(isJson ? JSON.stringify({ message }) : `${message}\n`);
}
