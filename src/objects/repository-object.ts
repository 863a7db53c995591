import type { PermissionState } from '../texts/git.ts';
import {
  type GitAsk,
  type GitBegun,
  type GitLook,
  type GitRefusal,
  type GitReport,
  GitRequests,
  type PermissionAsk,
} from './git-requests.ts';
import { PersonObject } from './person-object.ts';

// The calls of the connect gateway to a person's home.

export class RepositoryObject extends PersonObject {
  readonly #requests = new GitRequests(this.calls, () => this.permission.standing(), this.connections);

  /** Whether a request of the running attempt may go to its repository's host, and with which credential. */
  beginGitRequest(ask: GitAsk): Promise<GitBegun> {
    return this.#requests.begin(ask);
  }

  /** Why a request that runs has to end now, or null. */
  lookAtGitRequest(look: GitLook): GitRefusal | null {
    return this.#requests.look(look);
  }

  /** The request is over. */
  endGitRequest(report: GitReport): void {
    this.#requests.end(report);
  }

  /** Asks the person for a permission in the running turn's project, and says how that stands. */
  askGitPermission(ask: PermissionAsk): PermissionState {
    return this.#requests.ask(ask);
  }
}
