import http, { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, type Server } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

// A server on loopback that passes an agent's requests on to the relay: what the ways to the model and to a git host have
// in common.

const IDLE_MS = 4_000;
/** Longest silence of the relay during a request. */
const UPSTREAM_SILENCE_MS = 300_000;

export class LoopbackProxy {
  readonly #relayUrl: string;
  readonly #server: Server;
  /** To the relay, kept between requests. */
  readonly #connections: http.Agent;

  constructor(relayUrl: string, answer: http.RequestListener) {
    this.#relayUrl = relayUrl;
    const { Agent } = relayUrl.startsWith('https:') ? https : http;
    // A connection that is idle for longer may be dead by the time it is used.
    this.#connections = new Agent({ keepAlive: true, timeout: IDLE_MS });
    // A push takes as long as it takes.
    this.#server = http.createServer({ requestTimeout: 0 }, answer);
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

  /** Ends the connections to the relay with the requests on them. */
  dropConnections(): void {
    this.#connections.destroy();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `path`: at the relay. `hasBody`: whether the request's body goes along. */
  forward(path: string, request: IncomingMessage, headers: OutgoingHttpHeaders, hasBody: boolean): ClientRequest {
    const { request: open } = this.#relayUrl.startsWith('https:') ? https : http;
    const upstream = open(`${this.#relayUrl}${path}`, { method: request.method, headers, agent: this.#connections });
    // An error after the answer has begun also ends the answer.
    upstream.on('error', () => {});
    upstream.setTimeout(UPSTREAM_SILENCE_MS, () => upstream.destroy());
    request.once('error', () => upstream.destroy());
    // With methods other than POST and the like Node writes a body without its length, and the relay would read it as
    // another request on a connection that other conversations use.
    if (hasBody) request.pipe(upstream);
    else {
      request.resume();
      upstream.end();
    }
    return upstream;
  }
}
