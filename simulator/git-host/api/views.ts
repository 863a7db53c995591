import { roleOf } from '../access.ts';
import { apiUrl, type GitHost, iso, isoOrNull, siteUrl } from '../host.ts';
import type { Account, Issue, Repository } from '../records.ts';

// Accounts, repositories and issues as the REST API shows them.

const GHOST: Account = { id: 10137, login: 'ghost', type: 'User', name: null, mails: [], members: [] };
export const accountOf = ({ store }: GitHost, login: string): Account => store.account(login) ?? { ...GHOST, login };

export function accountView(host: GitHost, login: string) {
  const { id, type } = accountOf(host, login);
  const api = apiUrl(host, `/users/${login}`);
  const isApp = login.endsWith('[bot]');
  return {
    login,
    id,
    node_id: `${isApp ? 'BOT' : type === 'User' ? 'U' : 'O'}_${id}`,
    avatar_url: '',
    gravatar_id: '',
    url: api,
    html_url: siteUrl(host, 'github.com', `/${login}`),
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: isApp ? 'Bot' : type,
    user_view_type: 'public',
    site_admin: false,
  };
}

export function profileView(host: GitHost, login: string) {
  const { name, mails } = accountOf(host, login);
  const shown = mails.find(({ visibility }) => visibility === 'public')?.email ?? null;
  const own = host.store.records.repositories.filter((one) => one.owner === login && !one.private);
  return {
    ...accountView(host, login),
    name,
    company: null,
    blog: '',
    location: null,
    email: shown,
    notification_email: shown,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: own.length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
  };
}

/** Addresses below a repository's own, as templates that callers fill in. */
const LINKS: Readonly<Record<string, string>> = {
  archive_url: '{archive_format}{/ref}',
  assignees_url: 'assignees{/user}',
  blobs_url: 'git/blobs{/sha}',
  branches_url: 'branches{/branch}',
  collaborators_url: 'collaborators{/collaborator}',
  comments_url: 'comments{/number}',
  commits_url: 'commits{/sha}',
  compare_url: 'compare/{base}...{head}',
  contents_url: 'contents/{+path}',
  contributors_url: 'contributors',
  deployments_url: 'deployments',
  downloads_url: 'downloads',
  events_url: 'events',
  forks_url: 'forks',
  git_commits_url: 'git/commits{/sha}',
  git_refs_url: 'git/refs{/sha}',
  git_tags_url: 'git/tags{/sha}',
  hooks_url: 'hooks',
  issue_comment_url: 'issues/comments{/number}',
  issue_events_url: 'issues/events{/number}',
  issues_url: 'issues{/number}',
  keys_url: 'keys{/key_id}',
  labels_url: 'labels{/name}',
  languages_url: 'languages',
  merges_url: 'merges',
  milestones_url: 'milestones{/number}',
  notifications_url: 'notifications{?since,all,participating}',
  pulls_url: 'pulls{/number}',
  releases_url: 'releases{/id}',
  stargazers_url: 'stargazers',
  statuses_url: 'statuses/{sha}',
  subscribers_url: 'subscribers',
  subscription_url: 'subscription',
  tags_url: 'tags',
  teams_url: 'teams',
  trees_url: 'git/trees{/sha}',
};

/** `login`: whose permissions are shown. */
export function repositoryView(host: GitHost, repository: Repository, login: string | null = null) {
  const { owner, name, id } = repository;
  const path = `${owner}/${name}`;
  const html = siteUrl(host, 'github.com', `/${path}`);
  const api = apiUrl(host, `/repos/${path}`);
  const role = login === null ? null : roleOf(host.store, login, repository);
  const write = role === 'write' || role === 'admin';
  const admin = role === 'admin';
  const open = host.store.records.issues.filter((one) => one.repository === id && one.state === 'open').length;
  return {
    id,
    node_id: `R_${id}`,
    name,
    full_name: path,
    private: repository.private,
    owner: accountView(host, owner),
    html_url: html,
    description: repository.description,
    fork: false,
    url: api,
    ...Object.fromEntries(Object.entries(LINKS).map(([name, end]) => [name, `${api}/${end}`])),
    svn_url: html,
    git_url: `git://github.com/${path}.git`,
    ssh_url: `git@github.com:${path}.git`,
    clone_url: `${html}.git`,
    homepage: null,
    size: 128,
    stargazers_count: 0,
    watchers_count: 0,
    forks_count: 0,
    language: 'TypeScript',
    has_issues: true,
    has_projects: false,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    mirror_url: null,
    archived: repository.archived,
    disabled: false,
    open_issues_count: open,
    license: null,
    allow_forking: true,
    is_template: false,
    topics: [],
    visibility: repository.private ? 'private' : 'public',
    forks: 0,
    open_issues: open,
    watchers: 0,
    network_count: 0,
    subscribers_count: 0,
    default_branch: repository.defaultBranch,
    created_at: iso(repository.createdAt),
    updated_at: iso(repository.pushedAt),
    pushed_at: iso(repository.pushedAt),
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_rebase_merge: true,
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    ...(login === null
      ? {}
      : { permissions: { admin, maintain: admin, push: write, triage: write, pull: role !== null } }),
  };
}

export const issueView = (host: GitHost, repository: Repository, issue: Issue, isPull: boolean) => {
  const path = `${repository.owner}/${repository.name}`;
  const api = apiUrl(host, `/repos/${path}/issues/${issue.number}`);
  const html = siteUrl(host, 'github.com', `/${path}/${isPull ? 'pull' : 'issues'}/${issue.number}`);
  const comments = host.store.records.comments.filter(
    (one) => one.repository === repository.id && one.number === issue.number,
  );
  return {
    id: issue.id,
    node_id: `${isPull ? 'PR' : 'I'}_${issue.id}`,
    url: api,
    repository_url: apiUrl(host, `/repos/${path}`),
    comments_url: `${api}/comments`,
    events_url: `${api}/events`,
    labels_url: `${api}/labels{/name}`,
    html_url: html,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    user: accountView(host, issue.author),
    labels: issue.labels.map((label) => labelView(host, repository, label)),
    assignee: issue.assignees[0] === undefined ? null : accountView(host, issue.assignees[0]),
    assignees: issue.assignees.map((login) => accountView(host, login)),
    milestone: null,
    state: issue.state,
    locked: false,
    comments: comments.length,
    created_at: iso(issue.createdAt),
    updated_at: iso(issue.updatedAt),
    closed_at: isoOrNull(issue.closedAt),
    author_association: 'MEMBER',
    active_lock_reason: null,
    state_reason: issue.state === 'closed' ? 'completed' : null,
    ...(isPull
      ? {
          pull_request: {
            url: apiUrl(host, `/repos/${path}/pulls/${issue.number}`),
            html_url: html,
            diff_url: `${html}.diff`,
            patch_url: `${html}.patch`,
            merged_at: null,
          },
        }
      : {}),
  };
};

export const labelView = (host: GitHost, { owner, name }: Repository, label: string) => ({
  id: 1,
  node_id: `LA_${label}`,
  url: apiUrl(host, `/repos/${owner}/${name}/labels/${encodeURIComponent(label)}`),
  name: label,
  color: 'ededed',
  default: false,
  description: null,
});
