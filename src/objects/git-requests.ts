import { ulid } from 'ulid';
import { permissionsOf, stateOfPermission } from '../conversation/repositories/permissions.ts';
import type { Connection } from '../conversation/state/connections.ts';
import { repositoryOf } from '../conversation/state/repositories.ts';
import type { Turn } from '../conversation/state/rows.ts';
import { attemptId, findOpenAttempt, findOpenTurn, type State } from '../conversation/state/state.ts';
import type { GitKind } from '../git/git-request.ts';
import type { GitPermission } from '../git/permissions.ts';
import type { PushCommand } from '../git/push-commands.ts';
import { isSameRepository } from '../git/repository-address.ts';
import type { PermissionState } from '../texts/git.ts';
import type { AuthorizationRefusal, Connections } from './connections.ts';
import type { LaneContext } from './lanes/lane-context.ts';
import type { Standing } from './permission.ts';
import { UsedCount } from './used-count.ts';

// The requests of this conversation's running attempt to a git host. Each one is asked about before it leaves and
// reported when its answer is over, so that a person who lost access, or who has disconnected, is out with the next
// request. How many requests and bytes an attempt has had is in memory, as it is for the model.

/** A clone of many parts, and a program that asks for checks every second. */
const GIT_REQUESTS_MAX = 20_000;
const GIT_REQUESTS_A_MINUTE = 300;
const GIT_BYTES_MAX = 20 * 2 ** 30;
const MINUTE_MS = 60_000;
/** Requests under way at the same time: an answer of the API takes memory of the relay until it is over. */
const GIT_OPEN_MAX = 16;
/** A request that is older counts no longer: it streams, or its end was lost with a connection that broke. */
const GIT_OPEN_MS = 2 * MINUTE_MS;
const GIT_FORGOTTEN_MS = 60 * MINUTE_MS;
/** In place of a name that the agent made up. */
const ANOTHER_HOST = 'another host';

/** `path` null: the request doesn't name its repository in its address. */
export type GitAsk = { id: string; attempt: string; host: string; path: string | null; kind: GitKind };
export type GitLook = Pick<GitAsk, 'id' | 'host'>;
export type GitRefusal =
  | 'ended'
  | 'removed'
  | 'guest'
  | 'no-repository'
  | 'other-repository'
  | 'not-connected'
  | 'refused-by-host'
  | 'expired'
  | 'unavailable'
  | 'too-many'
  | 'used-up';

/** `own`: for a push, the newest commit that the agent pushed to each ref. */
export type GitOpen = {
  authorization: string;
  path: string;
  defaultBranch: string | null;
  permissions: GitPermission[];
  own: Record<string, string>;
};

/**
 * `status`: the host's, or ours. `refused`: why the relay refused. `pushed`: what the host took of a push. `opened`: the
 * pull request that it made.
 */
export type GitReport = {
  id: string;
  attempt: string;
  host: string;
  kind: GitKind;
  status: number;
  bytesUp: number;
  bytesDown: number;
  refused?: string;
  pushed?: readonly PushCommand[];
  opened?: number;
};

export type GitBegun = { open: GitOpen } | { refused: GitRefusal };

export type PermissionAsk = { attempt: string; permission: GitPermission; detail: string };

const REFUSED: Record<AuthorizationRefusal, GitRefusal> = {
  guest: 'guest',
  'not-connected': 'not-connected',
  refused: 'refused-by-host',
  'just-refused': 'refused-by-host',
  expired: 'expired',
  unavailable: 'unavailable',
};

type Parts = Pick<LaneContext, 'load' | 'apply' | 'services' | 'now' | 'isHome' | 'git'>;

export class GitRequests {
  readonly #parts: Parts;
  readonly #standing: () => Standing;
  readonly #connections: Connections;
  readonly #used = new UsedCount();
  /** By id, with the project that it is about and the account whose credential it carries. */
  readonly #open = new Map<string, { project: string; began: number; connection: Connection }>();
  /** Requests whose credential is being opened, or made by the host. */
  #opening = 0;

  constructor(parts: Parts, standing: () => Standing, connections: Connections) {
    this.#parts = parts;
    this.#standing = standing;
    this.#connections = connections;
  }

  /** Whether the request may leave, and with what. */
  async begin({ id, attempt, host, path, kind }: GitAsk): Promise<GitBegun> {
    // Refused requests count as well, but none of an attempt that is over: it would begin the count anew.
    if (this.#turnOf(attempt) !== null) {
      const refused = this.#refusalByCount(attempt);
      if (refused) return { refused };
      this.#used.add(attempt, this.#parts.now(), { requests: 1 });
    }
    const first = this.#find(attempt, host, path);
    if ('refused' in first) return first;
    const purpose = kind === 'rest' || kind === 'graphql' ? 'api' : 'git';
    this.#opening += 1;
    const given = await this.#connections.authorizationFor({ host, path: first.path, purpose }).finally(() => {
      this.#opening -= 1;
    });
    if ('refused' in given) return { refused: REFUSED[given.refused] };
    // The turn may have ended, or its person may have been removed, while the credential was opened.
    const found = this.#find(attempt, host, path);
    if ('refused' in found) return found;
    const { turn, defaultBranch } = found;
    this.#open.set(id, { project: turn.project, began: this.#parts.now(), connection: given.connection });
    const permissions = permissionsOf(this.#load(), turn.project);
    const own = kind === 'push' ? this.#parts.git.branches(turn.project) : {};
    return { open: { authorization: given.authorization, path: found.path, defaultBranch, permissions, own } };
  }

  /**
   * Why a request that runs has to end now, or null. The end of its turn is none: what it sends then was allowed when it
   * began, and the machine ends its programs.
   */
  look({ id, host }: GitLook): GitRefusal | null {
    if (this.#standing() !== 'served') return 'removed';
    // This object may have been restarted.
    const refused = this.#connections.refusalSince(this.#open.get(id)?.connection ?? null, host);
    return refused && REFUSED[refused.refused];
  }

  /** The request is over. */
  end({ id, attempt, host: asked, kind, status, bytesUp, bytesDown, refused, pushed = [], opened }: GitReport): void {
    const begun = this.#open.get(id);
    this.#open.delete(id);
    if (this.#standing() === 'nobody') return;
    if (this.#turnOf(attempt) !== null) this.#used.add(attempt, this.#parts.now(), { bytes: bytesUp + bytesDown });
    const { git, now, load, apply } = this.#parts;
    const [turn = ''] = attempt.split('.');
    const at = now();
    const isKnown = load().projects.some(({ repository }) => repository?.host === asked);
    const host = isKnown ? asked : ANOTHER_HOST;
    git.count({ id: ulid(at), turn, host, kind, at, bytesUp, bytesDown, isRefused: refused !== undefined });
    if (refused !== undefined) git.refuse({ id: ulid(at), turn, at, host, kind, why: refused });
    // The turn may be over, and one in another project open; and this object may have been restarted.
    const open = findOpenTurn(load());
    const project = begun?.project ?? (open?.id === turn ? open.project : undefined);
    if (project !== undefined) for (const { ref, new: commit } of pushed) git.pushed(project, ref, commit, at);
    if (project !== undefined && opened !== undefined) {
      apply({ type: 'pull-request-opened', project, number: opened });
    }
    const isCredential = status === 401 && refused === 'refused-by-host';
    if (isCredential && begun !== undefined) this.#connections.refusedByHost(begun.connection);
  }

  /** Asks the person, once in a turn. */
  ask({ attempt, permission, detail }: PermissionAsk): PermissionState {
    const turn = this.#turnOf(attempt);
    if (turn === null || this.#standing() !== 'served') return 'cannot';
    const { apply, now } = this.#parts;
    apply({ type: 'git-permission-asked', turn: turn.id, permission, of: detail });
    return stateOfPermission(this.#load(), turn, permission, now());
  }

  #load(): State {
    return this.#parts.load([{ rows: 'grants' }]);
  }

  #turnOf(attempt: string): Turn | null {
    if (this.#standing() === 'nobody') return null;
    const state = this.#parts.load();
    const [turn, running] = [findOpenTurn(state), findOpenAttempt(state)];
    return turn && running && attemptId(running) === attempt ? turn : null;
  }

  #find(
    attempt: string,
    host: string,
    path: string | null,
  ): { turn: Turn; path: string; defaultBranch: string | null } | { refused: GitRefusal } {
    const turn = this.#turnOf(attempt);
    if (turn === null) return { refused: 'ended' };
    if (this.#standing() !== 'served') return { refused: 'removed' };
    const repository = repositoryOf(this.#parts.load(), turn.project);
    if (repository === null) return { refused: 'no-repository' };
    const asked = { host, path: path ?? repository.path };
    if (!isSameRepository(repository, asked)) return { refused: 'other-repository' };
    return { turn, path: repository.path, defaultBranch: repository.defaultBranch };
  }

  #refusalByCount(attempt: string): 'used-up' | 'too-many' | null {
    const now = this.#parts.now();
    this.#used.add(attempt, now);
    const { total, minute } = this.#used;
    if (total.requests >= GIT_REQUESTS_MAX || total.bytes >= GIT_BYTES_MAX) return 'used-up';
    for (const [id, { began }] of this.#open) if (now - began >= GIT_FORGOTTEN_MS) this.#open.delete(id);
    const open = [...this.#open.values()].filter(({ began }) => now - began < GIT_OPEN_MS).length;
    const isMuch = open + this.#opening >= GIT_OPEN_MAX || minute.requests >= GIT_REQUESTS_A_MINUTE;
    return isMuch ? 'too-many' : null;
  }
}
