import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  type RequestOptions,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, isIP, type LookupFunction, connect as open } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { givePathToAgent } from '../process/agent-user.ts';
import { isForConnect } from './connect-target.ts';
import { isPrivateHost, type Resolve, resolvePublic } from './private-address.ts';

// A proxy to the network that resolves a name once, checks the addresses, and connects to one of those very addresses.
// It is the only way out of the sandbox, and asks the person about each host and port before it resolves the name.
// Claude Code itself has a proxy that asks nobody, because its pages and servers need consent anyway. Addresses of this
// computer and its network are refused, whatever the person says, except for exact addresses that the product itself
// needs; these need no consent. Decisions stay in memory until the next turn.

const CONNECT_MS = 30_000;
const CONNECTIONS_MAX = 200;
/**
 * At most this many addresses in one turn, so that a command that scans addresses can't flood the person with
 * questions.
 */
const ASKED_MAX = 50;
const HEADERS_OF_PROXIES = ['proxy-authorization', 'proxy-connection', 'connection', 'keep-alive', 'upgrade', 'te'];

type Target = { host: string; port: number };
/** Whether the person lets a command reach `address`, which is `host:port`. */
type Ask = (address: string) => Promise<boolean>;

export class NetworkProxy {
  readonly #ask: Ask | null;
  readonly #ownAddresses: readonly string[];
  readonly #connectPort: number | null;
  readonly #resolve: Resolve | undefined;
  readonly #servers: readonly Server[];
  /** A socket for commands that can't reach the port. */
  readonly socket: string;
  readonly #connectMs: number;
  #decided = new Map<string, Promise<boolean>>();

  /**
   * `ask`: null if nobody is asked. `ownAddresses`: `host:port` of the product's own, which need no consent.
   * `connectPort`: where requests for the connect gateway go.
   */
  private constructor(
    ask: Ask | null,
    ownAddresses: readonly string[],
    connectPort: number | null,
    resolve: Resolve | undefined,
    connectMs: number,
  ) {
    this.#connectMs = connectMs;
    this.#ask = ask;
    this.#resolve = resolve;
    this.#ownAddresses = ownAddresses;
    this.#connectPort = connectPort;
    this.socket = join(mkdtempSync(join(tmpdir(), 'roost-door-')), 'door');
    this.#servers = [0, 1].map(() => {
      // A push takes as long as it takes.
      const server = createServer(
        { requestTimeout: 0 },
        (incoming, response) => void this.#forward(incoming, response),
      );
      server.on('connect', (incoming, socket, head) => void this.#tunnel(incoming, socket, head));
      server.maxConnections = CONNECTIONS_MAX;
      return server;
    });
  }

  static async open(
    ask: Ask | null,
    ownAddresses: readonly string[],
    resolve?: Resolve,
    connectMs = CONNECT_MS,
    connectPort: number | null = null,
  ): Promise<NetworkProxy> {
    const proxy = new NetworkProxy(ask, ownAddresses, connectPort, resolve, connectMs);
    const places = [{ port: 0, host: '127.0.0.1' }, { path: proxy.socket }];
    await Promise.all(proxy.#servers.map((server, n) => once(server.listen(places[n]), 'listening')));
    chmodSync(dirname(proxy.socket), 0o711);
    givePathToAgent(proxy.socket);
    return proxy;
  }

  get port(): number {
    const [atPort] = this.#servers;
    return (atPort?.address() as AddressInfo | undefined)?.port ?? 0;
  }

  /** Forgets all decisions. */
  forget(): void {
    this.#decided = new Map();
  }

  close(): void {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
    rmSync(dirname(this.socket), { recursive: true, force: true });
  }

  async #tunnel({ url }: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const target = targetOf(`http://${url}`);
    const lookup = target && (await this.#lookupFor(target));
    if (!target || !lookup) return void socket.end(`HTTP/1.1 403 Forbidden\r\n\r\n${refusal(target)}`);
    const upstream = open({ ...target, lookup, timeout: this.#connectMs });
    upstream.once('connect', () => {
      upstream.setTimeout(0);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    upstream.once('timeout', () => upstream.destroy());
    for (const [one, other] of [
      [upstream, socket],
      [socket, upstream],
    ]) {
      one?.once('error', () => other?.destroy());
      one?.once('close', () => other?.destroy());
    }
  }

  async #forward(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    // The sandbox's own port is also the connect proxy's there: a program that asks this port itself means that one.
    const isConnect = incoming.url?.startsWith('/') || isForConnect(incoming);
    if (this.#connectPort !== null && isConnect) return this.#toConnect(this.#connectPort, incoming, response);
    const target = targetOf(incoming.url ?? '');
    const lookup = target && (await this.#lookupFor(target));
    if (!target || !lookup) return void response.writeHead(403).end(refusal(target));
    const { pathname, search, host } = new URL(incoming.url ?? '');
    const headers: Record<string, string | string[] | undefined> = { ...incoming.headers, host };
    for (const name of HEADERS_OF_PROXIES) delete headers[name];
    const { method = 'GET' } = incoming;
    const path = pathname + search;
    passOn({ ...target, lookup, method, headers, path, timeout: this.#connectMs }, incoming, response);
  }

  /** As it came: the connect proxy reads the address itself. */
  #toConnect(port: number, incoming: IncomingMessage, response: ServerResponse): void {
    const { url: path = '', method = 'GET', headers } = incoming;
    passOn({ host: '127.0.0.1', port, method, headers, path, timeout: this.#connectMs }, incoming, response);
  }

  /** The addresses of the target, resolved once and used for the whole connection; null if they must not be reached. */
  async #lookupFor({ host, port }: Target): Promise<LookupFunction | null> {
    const address = shown({ host, port });
    if (this.#ownAddresses.includes(address)) return lookupOf([host]);
    // A DNS query also leaves this computer, and it carries the whole name.
    if (isPrivateHost(host) || !(await this.#mayReach(address))) return null;
    const addresses = await resolvePublic(host, this.#resolve);
    return addresses && lookupOf(addresses);
  }

  #mayReach(address: string): Promise<boolean> {
    if (this.#ask === null) return Promise.resolve(true);
    const known = this.#decided.get(address);
    if (known !== undefined) return known;
    if (this.#decided.size >= ASKED_MAX) return Promise.resolve(false);
    const asked = this.#ask(address).catch(() => false);
    this.#decided.set(address, asked);
    return asked;
  }
}

/** Sends the request on, and its answer back. */
function passOn(to: RequestOptions, incoming: IncomingMessage, response: ServerResponse): void {
  const upstream = request(to, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  // An open stream may be silent for a long time.
  upstream.once('socket', (socket) => socket.once('connect', () => upstream.setTimeout(0)));
  upstream.once('timeout', () => upstream.destroy());
  upstream.once('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  response.once('close', () => upstream.destroy());
  incoming.pipe(upstream);
}

const shown = ({ host, port }: Target): string => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

/** Plain HTTP addresses only: everything else goes through a tunnel. */
function targetOf(url: string): Target | null {
  if (!URL.canParse(url)) return null;
  const { protocol, hostname, port, username, password } = new URL(url);
  if (protocol !== 'http:' || hostname === '' || username !== '' || password !== '') return null;
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 80) };
}

/** Returns the addresses that were checked: resolving the name again could give others. */
function lookupOf(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_, options, callback) => {
    const [first] = all;
    if (!first) return callback(new Error('That name could not be resolved.'), '', 0);
    if (options.all) callback(null, all);
    else callback(null, first.address, first.family);
  };
}

const refusal = (target: Target | null): string =>
  target
    ? `Connection blocked: ${shown(target)} was not allowed, belongs to this computer or its network, or is one address too many: the person is asked about ${ASKED_MAX} in a turn at most.\n`
    : 'Connection blocked: this isn’t a web address.\n';
