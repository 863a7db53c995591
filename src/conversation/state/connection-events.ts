import type { FoundAccount, Repository } from './connections.ts';

// What happens to accounts at git hosts, and the calls to hosts.

export type ConnectionEvent =
  /**
   * An account at a git host was used, its credential was sealed anew, or the host refused it. `was`: the credential
   * that this is about.
   */
  | {
      type: 'connection';
      host: string;
      what: { is: 'used' } | { is: 'sealed'; was: string; sealed: string } | { is: 'refused'; was: string };
    }
  /** A step of connecting the account with this id. */
  | { type: 'connect-step'; id: string; step: ConnectStep }
  /** The host's answer about a repository that a project is to be made for (`ref`: a timer's). */
  | { type: 'looked-up'; ref: string; answer: LookUp }
  /** The account's repositories at GitHub, newest work first, to choose one from; null: the host didn't say. */
  | { type: 'repositories-listed'; paths: readonly string[] | null };

/**
 * away: the person went on to the host · found: their account; they have to text the code · wrong: a token that the
 * host refused · code: of the device flow · wait: they haven't typed it yet · account: they have · failed: it is over.
 */
export type ConnectStep =
  | { is: 'away' }
  | { is: 'found'; found: FoundAccount }
  | { is: 'wrong' }
  | { is: 'code'; code: string; address: string; sealed: string; intervalMs: number; expiresAt: number }
  | { is: 'wait'; intervalMs: number }
  | { is: 'account'; found: FoundAccount }
  | { is: 'failed'; why: ConnectFailure };
export type ConnectFailure = 'down' | 'denied' | 'over' | 'broad' | 'narrow' | 'no-key';

/**
 * Why a repository can't be used. just-refused: the credential, and the person has just been told · guest: their role
 * uses no accounts · later: the host doesn't answer, or limits us; `afterMs`: how long, if it says so.
 */
export type LookUpRefusal =
  | 'missing'
  | 'moved'
  | 'refused'
  | 'just-refused'
  | 'forbidden'
  | 'read-only'
  | 'not-connected'
  | 'guest';
export type LookUp =
  | { is: 'found'; repository: Repository }
  | { is: 'refused'; why: LookUpRefusal }
  | { is: 'later'; why: 'down' | 'limited'; afterMs: number | null };

export type GitHostEffect =
  /** Goes on with the device flow of the account with this id. */
  | { do: 'poll-device'; id: string }
  /** Asks the host about a repository (`ref`: a timer's). */
  | { do: 'look-up'; ref: string }
  | { do: 'list-repositories' }
  /** Asks the host to end a credential that was deleted; best effort. */
  | { do: 'revoke'; host: string; sealed: string };
