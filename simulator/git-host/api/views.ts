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

const LINKS = [
  'pulls',
  'issues',
  'branches',
  'commits',
  'contents',
  'compare',
  'statuses',
  'labels',
  'hooks',
  'events',
];
const LINK_ENDS: Readonly<Record<string, string>> = {
  pulls: '{/number}',
  issues: '{/number}',
  branches: '{/branch}',
  commits: '{/sha}',
  contents: '/{+path}',
  compare: '/{base}...{head}',
  statuses: '/{sha}',
  labels: '{/name}',
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
    ...Object.fromEntries(LINKS.map((link) => [`${link}_url`, `${api}/${link}${LINK_ENDS[link] ?? ''}`])),
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
      ? { pull_request: { url: apiUrl(host, `/repos/${path}/pulls/${issue.number}`), html_url: html, merged_at: null } }
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
