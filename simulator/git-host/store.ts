import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  Account,
  App,
  CheckRun,
  CheckSuite,
  CommitStatus,
  Installation,
  Issue,
  IssueComment,
  OAuthApp,
  PullRequest,
  Repository,
  Review,
  ReviewComment,
  Token,
} from './records.ts';

// The records of all hosts, in memory and in state.json, so that a restart goes on with them. The file has tokens in
// plain text, so only its owner can read it. Git's own data are in folders beside it.

const EMPTY = {
  nextId: 1001,
  accounts: [] as Account[],
  repositories: [] as Repository[],
  issues: [] as Issue[],
  pulls: [] as PullRequest[],
  comments: [] as IssueComment[],
  reviews: [] as Review[],
  reviewComments: [] as ReviewComment[],
  suites: [] as CheckSuite[],
  runs: [] as CheckRun[],
  statuses: [] as CommitStatus[],
  tokens: [] as Token[],
  apps: [] as App[],
  oauthApps: [] as OAuthApp[],
  installations: [] as Installation[],
};
type Records = typeof EMPTY;

export class GitHostStore {
  readonly folder: string;
  readonly records: Records;
  /** True if the folder had no records. */
  readonly isNew: boolean;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const kept = readIfThere(join(folder, 'state.json'));
    this.isNew = kept === null;
    this.records = { ...structuredClone(EMPTY), ...(kept === null ? {} : (JSON.parse(kept) as Records)) };
  }

  newId(): number {
    this.records.nextId += 1;
    return this.records.nextId;
  }

  save(): void {
    const path = join(this.folder, 'state.json');
    writeFileSync(`${path}.next`, JSON.stringify(this.records, null, 1), { mode: 0o600 });
    renameSync(`${path}.next`, path);
  }

  account(login: string): Account | undefined {
    return this.records.accounts.find((account) => same(account.login, login));
  }

  repository(host: string, owner: string, name: string): Repository | undefined {
    return this.records.repositories.find((one) => one.host === host && same(one.owner, owner) && same(one.name, name));
  }

  /** The repository that had this path before it was renamed. */
  renamed(host: string, owner: string, name: string): Repository | undefined {
    const path = `${owner}/${name}`;
    return this.records.repositories.find(
      (one) => one.host === host && one.formerPaths.some((former) => same(former, path)),
    );
  }

  repositoryById(id: number): Repository | undefined {
    return this.records.repositories.find((one) => one.id === id);
  }

  token(text: string): Token | undefined {
    return this.records.tokens.find(({ token }) => token === text);
  }

  pull(repository: Repository, number: number): PullRequest | undefined {
    return this.records.pulls.find((one) => one.repository === repository.id && one.number === number);
  }

  issue(repository: Repository, number: number): Issue | undefined {
    return this.records.issues.find((one) => one.repository === repository.id && one.number === number);
  }

  bareFolder({ host, id }: Repository): string {
    return join(this.folder, 'repositories', host, `${id}.git`);
  }

  lfsFolder({ id }: Repository): string {
    return join(this.folder, 'lfs', String(id));
  }
}

/** Names of accounts and repositories are compared without case. */
export const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
