import * as z from 'zod/mini';
import type { Connection } from '../conversation/state/connections.ts';
import { findConnection } from '../conversation/state/repositories.ts';
import { roleOf } from '../conversation/state/standing.ts';
import { makeRepositoryToken, takeUserToken } from '../git-hosts/github-app.ts';
import type { Authorizations } from '../git-hosts/repository.ts';
import { mayUse } from '../input/roles.ts';
import { parseJson } from '../parse-json.ts';
import type { LaneContext } from './lanes/lane-context.ts';

// Opens the credentials of this person's accounts at git hosts, one for each request that leaves. What is opened, and
// the App's short tokens, are in memory alone.

/** git: the smart protocol over https, and LFS · api: REST and GraphQL. */
export type Purpose = 'git' | 'api';
/** `path`: of the repository, `owner/name`. */
export type AuthorizationAsk = { host: string; path: string; purpose: Purpose };
/**
 * guest: the person's role uses no accounts · not-connected: no account, or its credential can't be opened · refused: by
 * the host, earlier · just-refused: by the host, and the person has just been told · expired: its time is over ·
 * unavailable: the host didn't make a token for this repository now.
 */
export type AuthorizationRefusal = 'guest' | 'not-connected' | 'refused' | 'just-refused' | 'expired' | 'unavailable';
/** `connection`: the account whose credential it is. */
export type Authorization = { authorization: string; connection: Connection } | { refused: AuthorizationRefusal };

/** `user`: the name that git sends with the token. `until`, `refresh`: of a token that is renewed. */
const Credential = z.object({
  token: z.string(),
  user: z.optional(z.string()),
  until: z.optional(z.nullable(z.number())),
  refresh: z.optional(z.nullable(z.string())),
});
export type Credential = z.infer<typeof Credential>;

/** GitHub takes any name beside a token, and documents this one. */
const TOKEN_USER = 'x-access-token';
/** A token is renewed this long before its end: a push may take minutes. */
const RENEW_BEFORE_MS = 5 * 60_000;

type Parts = Pick<LaneContext, 'load' | 'apply' | 'services' | 'now' | 'realNow' | 'report' | 'isHome'>;
type Refused = { refused: AuthorizationRefusal };
type Usable = { connection: Connection; credential: Credential };

const known = new WeakMap<Parts, Connections>();

/** The accounts of one object: there is one keeper of them for each. */
export function connectionsOf(parts: Parts): Connections {
  const keeper = known.get(parts) ?? new Connections(parts);
  known.set(parts, keeper);
  return keeper;
}

export class Connections {
  readonly #parts: Parts;
  /** The App's tokens by repository, and the account that they were made for. */
  readonly #made = new Map<string, { token: string; until: number; connectedAt: number }>();
  /** The App's tokens that are being made, by repository: several requests need one alone. */
  readonly #making = new Map<string, Promise<{ token: string } | Refused>>();
  /** A token renews once: a second request waits for the first one's. */
  #renewing: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The Authorization header for one request to this host, about this repository. */
  async authorizationFor({ host, path, purpose }: AuthorizationAsk): Promise<Authorization> {
    const usable = await this.#usable(host);
    if ('refused' in usable) return usable;
    const { connection, credential } = usable;
    const isApp = connection.kind === 'app';
    const made = isApp ? await this.#repositoryToken(usable, path) : { token: credential.token };
    if ('refused' in made) return made;
    const changed = this.refusalSince(connection, host);
    if (changed !== null) return changed;
    this.#parts.apply({ type: 'connection', host, what: { is: 'used' } });
    const authorization = headerOf(made.token, isApp ? TOKEN_USER : credential.user, purpose);
    return { authorization, connection };
  }

  /** The headers of the account itself, which Roost alone uses: to look repositories up. */
  async accountHeaders(host: string): Promise<Authorizations | Refused> {
    const usable = await this.#usable(host);
    if ('refused' in usable) return usable;
    const { token, user } = usable.credential;
    return { git: headerOf(token, user, 'git'), api: headerOf(token, user, 'api') };
  }

  /**
   * The host refused what `authorizationFor` made of this credential. False when the person has another one by now: then
   * nothing is noted and nobody is told.
   */
  refusedByHost({ host, sealed }: Connection): boolean {
    const { load, apply, isHome } = this.#parts;
    const current = isHome() ? findConnection(load(), host) : null;
    if (current?.sealed !== sealed) return false;
    for (const key of this.#made.keys()) if (key.startsWith(`${host}/`)) this.#made.delete(key);
    apply({ type: 'connection', host, what: { is: 'refused', was: sealed } });
    return true;
  }

  /**
   * Why the account at this host can't be used any more, or null: it may have been removed while a call was under way.
   * `began`: the account as it was then; null when nobody knows any more.
   */
  refusalSince(began: Connection | null, host: string): Refused | null {
    const found = this.#find(host);
    if ('refused' in found) return found;
    return began === null || found.connectedAt === began.connectedAt ? null : { refused: 'not-connected' };
  }

  /**
   * The tokens of a credential that was deleted, for its host to end: none when it can't be opened, and none that the
   * account connected now uses, which may be the same.
   */
  async tokensToEnd(host: string, sealed: string): Promise<string[]> {
    const opened = await this.#open(host, sealed);
    const current = this.#parts.isHome() ? findConnection(this.#parts.load(), host) : null;
    const kept = current === null ? [] : tokensOf(await this.#open(host, current.sealed));
    // The App's tokens for repositories are those of the account that is connected.
    const made = current === null ? [...this.#made].filter(([key]) => key.startsWith(`${host}/`)) : [];
    for (const [key] of made) this.#made.delete(key);
    const tokens = [...tokensOf(opened), ...made.map(([, { token }]) => token)];
    return tokens.filter((token) => !kept.includes(token));
  }

  async seal(host: string, credential: Credential): Promise<string | null> {
    const { secrets } = this.#parts.services();
    return secrets === null ? null : secrets.seal(host, JSON.stringify(credential));
  }

  async open(host: string, sealed: string): Promise<string | null> {
    const opened = await this.#parts.services().secrets?.open(host, sealed);
    return opened?.secret ?? null;
  }

  async #usable(host: string): Promise<Usable | Refused> {
    const connection = this.#find(host);
    if ('refused' in connection) return connection;
    const credential = await this.#open(host, connection.sealed);
    if (credential === null) return { refused: 'not-connected' };
    if (!this.#isDue(credential)) return this.refusalSince(connection, host) ?? { connection, credential };
    const renewed = this.#renewing.then(() => this.#renew(host));
    this.#renewing = renewed.catch(() => undefined);
    return renewed;
  }

  /** The account, if it may be used now. */
  #find(host: string): Connection | Refused {
    const { load, now, isHome, services } = this.#parts;
    const connection = isHome() ? findConnection(load(), host) : null;
    if (connection === null) return { refused: 'not-connected' };
    // As for /github in the chat.
    if (!mayUse(roleOf(load(), services()), 'github')) return { refused: 'guest' };
    if (connection.state === 'refused') return { refused: 'refused' };
    const isOver = connection.expiresAt !== null && connection.expiresAt <= now();
    return isOver ? { refused: 'expired' } : connection;
  }

  #isDue({ until }: Credential): boolean {
    return until != null && until - this.#parts.realNow() < RENEW_BEFORE_MS;
  }

  async #renew(host: string): Promise<Usable | Refused> {
    const { apply, services, realNow } = this.#parts;
    const connection = this.#find(host);
    // The account was good before this request waited for its turn.
    if ('refused' in connection) return connection.refused === 'refused' ? { refused: 'just-refused' } : connection;
    const credential = await this.#open(host, connection.sealed);
    if (credential === null) return { refused: 'not-connected' };
    // Another request has renewed it meanwhile.
    if (!this.#isDue(credential)) return { connection, credential };
    const { gitHubApp, gitHubClientId: clientId, gitHosts } = services();
    if (credential.refresh == null || clientId === null) return { refused: 'expired' };
    const secret = { clientId, clientSecret: gitHubApp?.clientSecret ?? null };
    const grant = { grant_type: 'refresh_token' as const, refresh_token: credential.refresh };
    const token = await takeUserToken(gitHosts, secret, grant, realNow());
    if (token === 'refused') return this.#refuse(connection);
    if (typeof token === 'string') return { refused: 'unavailable' };
    const renewed: Credential = { ...credential, ...token };
    const sealed = await this.seal(host, renewed);
    if (sealed === null) return { refused: 'not-connected' };
    apply({ type: 'connection', host, what: { is: 'sealed', was: connection.sealed, sealed } });
    return { connection: { ...connection, sealed }, credential: renewed };
  }

  async #repositoryToken({ connection, credential }: Usable, path: string): Promise<{ token: string } | Refused> {
    const { realNow } = this.#parts;
    const key = `${connection.host}/${path}`;
    const made = this.#made.get(key);
    const isGood = made?.connectedAt === connection.connectedAt && made.until - realNow() > RENEW_BEFORE_MS;
    if (made !== undefined && isGood) return { token: made.token };
    const making = `${connection.connectedAt} ${key}`;
    const underWay = this.#making.get(making) ?? this.#make(key, connection, credential, path);
    this.#making.set(making, underWay);
    return underWay.finally(() => this.#making.delete(making));
  }

  async #make(
    key: string,
    connection: Connection,
    credential: Credential,
    path: string,
  ): Promise<{ token: string } | Refused> {
    const { services, realNow } = this.#parts;
    const { gitHubApp, gitHosts } = services();
    if (gitHubApp === null) return { refused: 'not-connected' };
    const ask = { path, userToken: credential.token, now: realNow() };
    const token = await makeRepositoryToken(gitHosts, gitHubApp, ask);
    if (token === 'refused') return this.#refuse(connection);
    if (typeof token === 'string') return { refused: 'unavailable' };
    this.#made.set(key, { ...token, connectedAt: connection.connectedAt });
    return { token: token.token };
  }

  #refuse(connection: Connection): Refused {
    return { refused: this.refusedByHost(connection) ? 'just-refused' : 'unavailable' };
  }

  /** A credential of the previous key is sealed again with the current one. */
  async #open(host: string, sealed: string): Promise<Credential | null> {
    const { services, apply, report } = this.#parts;
    const { secrets } = services();
    const opened = secrets === null ? null : await secrets.open(host, sealed);
    if (secrets === null || opened === null) {
      report({ level: 'error', event: 'credential-not-opened', host, reason: secrets ? 'another key' : 'no key' });
      return null;
    }
    if (opened.isOld) {
      const again = await secrets.seal(host, opened.secret);
      if (this.#parts.isHome()) apply({ type: 'connection', host, what: { is: 'sealed', was: sealed, sealed: again } });
    }
    const read = Credential.safeParse(parseJson(opened.secret));
    if (!read.success) report({ level: 'error', event: 'credential-not-read', host });
    return read.success ? read.data : null;
  }
}

const tokensOf = (credential: Credential | null): string[] =>
  credential === null ? [] : [credential.token, ...(credential.refresh ? [credential.refresh] : [])];

/** A name may have any letters, and hosts read it as UTF-8. */
function headerOf(token: string, user: string | undefined, purpose: Purpose): string {
  if (purpose === 'api') return `Bearer ${token}`;
  const bytes = new TextEncoder().encode(`${user ?? TOKEN_USER}:${token}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
}
