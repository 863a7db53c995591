import * as z from 'zod/mini';
import { findConnection } from '../conversation/state/repositories.ts';
import type { LaneContext } from './lanes/lane-context.ts';

// Opens the credentials of this person's accounts at git hosts, one for each request that leaves. Nothing opened is kept
// in rows.

/** git: the smart protocol over https, and LFS · api: REST and GraphQL. */
export type Purpose = 'git' | 'api';
/** `path`: of the repository, `owner/name`. */
export type AuthorizationAsk = { host: string; path: string; purpose: Purpose };
/** not-connected: no account, or its credential can't be opened · refused: by the host · expired: its time is over. */
export type AuthorizationRefusal = 'not-connected' | 'refused' | 'expired';
export type Authorization = { authorization: string } | { refused: AuthorizationRefusal };

/** `user`: the name that git sends with the token. */
const Credential = z.object({ token: z.string(), user: z.optional(z.string()) });
export type Credential = z.infer<typeof Credential>;

/** GitHub takes any name beside a token, and documents this one. */
const TOKEN_USER = 'x-access-token';

type Parts = Pick<LaneContext, 'load' | 'apply' | 'services' | 'now' | 'report' | 'isHome'>;

export class Connections {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The Authorization header for one request to this host. */
  async authorizationFor({ host, purpose }: AuthorizationAsk): Promise<Authorization> {
    const { load, apply, now, isHome } = this.#parts;
    const connection = isHome() ? findConnection(load(), host) : null;
    if (connection === null) return { refused: 'not-connected' };
    if (connection.state === 'refused') return { refused: 'refused' };
    if (connection.expiresAt !== null && connection.expiresAt <= now()) return { refused: 'expired' };
    const credential = await this.#open(host, connection.sealed);
    if (credential === null) return { refused: 'not-connected' };
    // It may have been removed while its credential was opened.
    if (!isHome() || findConnection(load(), host)?.connectedAt !== connection.connectedAt)
      return { refused: 'not-connected' };
    apply({ type: 'connection', host, what: { is: 'used' } });
    return { authorization: headerOf(credential, purpose) };
  }

  /** The host refused what `authorizationFor` gave. */
  refusedByHost(host: string): void {
    const { load, apply, isHome } = this.#parts;
    const connection = isHome() ? findConnection(load(), host) : null;
    if (connection !== null) apply({ type: 'connection', host, what: { is: 'refused', was: connection.sealed } });
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
      apply({ type: 'connection', host, what: { is: 'sealed', was: sealed, sealed: again } });
    }
    try {
      return Credential.parse(JSON.parse(opened.secret));
    } catch {
      report({ level: 'error', event: 'credential-not-read', host });
      return null;
    }
  }
}

const headerOf = ({ token, user = TOKEN_USER }: Credential, purpose: Purpose): string =>
  purpose === 'api' ? `Bearer ${token}` : `Basic ${btoa(`${user}:${token}`)}`;
