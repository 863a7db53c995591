// The records of the git hosts. Times are milliseconds since 1970.

export type Level = 'read' | 'write' | 'admin';
export type Permissions = Readonly<Record<string, Level>>;

export type Mail = { email: string; primary: boolean; verified: boolean; visibility: 'public' | 'private' | null };
export type Account = {
  id: number;
  login: string;
  type: 'User' | 'Organization';
  name: string | null;
  mails: Mail[];
  /** Logins of an organisation's members, who own its repositories together. */
  members: string[];
};

/** `requiresPull`: pushes to the branch are refused. `approvals`, `checks`: what a merge needs. */
export type Protection = { branch: string; requiresPull: boolean; approvals: number; checks: string[] };

export type Repository = {
  id: number;
  host: string;
  owner: string;
  name: string;
  /** Earlier paths of the repository, which redirect. */
  formerPaths: string[];
  private: boolean;
  archived: boolean;
  description: string | null;
  defaultBranch: string;
  collaborators: Record<string, Level>;
  protections: Protection[];
  labels: string[];
  createdAt: number;
  pushedAt: number;
  /** The number of the next issue or pull request. */
  nextNumber: number;
};

/** Issues and pull requests share their numbers. */
export type Issue = {
  id: number;
  repository: number;
  number: number;
  title: string;
  body: string | null;
  author: string;
  assignees: string[];
  labels: string[];
  state: 'open' | 'closed';
  createdAt: number;
  updatedAt: number;
  closedAt: number | null;
};

export type PullRequest = Issue & {
  head: string;
  base: string;
  /** The commits at the time of the last push to either branch. */
  headSha: string;
  baseSha: string;
  draft: boolean;
  reviewers: string[];
  mergedAt: number | null;
  mergedBy: string | null;
  mergeSha: string | null;
};

export type IssueComment = {
  id: number;
  repository: number;
  number: number;
  author: string;
  body: string;
  createdAt: number;
  updatedAt: number;
};
export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';
export type Review = {
  id: number;
  repository: number;
  number: number;
  author: string;
  body: string;
  state: ReviewState;
  sha: string;
  submittedAt: number | null;
};
export type ReviewComment = {
  id: number;
  repository: number;
  number: number;
  review: number;
  author: string;
  body: string;
  path: string;
  line: number | null;
  side: 'LEFT' | 'RIGHT';
  sha: string;
  diffHunk: string;
  replyTo: number | null;
  createdAt: number;
};

export type Conclusion = 'success' | 'failure' | 'neutral' | 'cancelled' | 'timed_out' | 'action_required' | 'skipped';
export type CheckSuite = {
  id: number;
  repository: number;
  sha: string;
  branch: string;
  createdAt: number;
};
export type CheckRun = {
  id: number;
  repository: number;
  suite: number;
  sha: string;
  name: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: Conclusion | null;
  title: string | null;
  summary: string | null;
  startedAt: number;
  completedAt: number | null;
};
export type CommitStatus = {
  id: number;
  repository: number;
  sha: string;
  state: 'error' | 'failure' | 'pending' | 'success';
  context: string;
  description: string | null;
  author: string;
  createdAt: number;
};

export type TokenKind = 'classic' | 'fine-grained' | 'oauth' | 'user' | 'installation' | 'plain';
export type Token = {
  token: string;
  kind: TokenKind;
  /** The person who acts; null for an installation. `plain`: any user name of another host. */
  login: string | null;
  host: string;
  /** Of classic and OAuth tokens. */
  scopes: string[];
  /** Of fine-grained tokens and of Apps. */
  permissions: Permissions;
  repositories: 'all' | number[];
  installation: number | null;
  client: string | null;
  /** The refresh token of a person's token of an App. */
  refresh: string | null;
  expiresAt: number | null;
};

export type App = {
  id: number;
  slug: string;
  name: string;
  owner: string;
  clientId: string;
  clientSecret: string;
  /** The public half of its key, as PEM. */
  publicKey: string;
  webhookUrl: string | null;
  webhookSecret: string | null;
  callbackUrls: string[];
  setupUrl: string | null;
  permissions: Permissions;
  events: string[];
};
export type OAuthApp = { clientId: string; clientSecret: string; name: string; callbackUrl: string };
export type Installation = {
  id: number;
  app: number;
  account: string;
  repositories: 'all' | number[];
  permissions: Permissions;
  events: string[];
  createdAt: number;
  suspendedAt: number | null;
};
