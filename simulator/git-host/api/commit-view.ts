import type { CommitFacts, FileChange } from '../git/reading.ts';
import { apiUrl, type GitHost, siteUrl } from '../host.ts';
import type { Repository } from '../records.ts';
import { accountView } from './views.ts';

// Commits and changed files as the REST API shows them.

export function commitView(host: GitHost, { owner, name }: Repository, commit: CommitFacts) {
  const api = apiUrl(host, `/repos/${owner}/${name}`);
  const html = siteUrl(host, 'github.com', `/${owner}/${name}`);
  return {
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
    },
    url: `${api}/commits/${commit.sha}`,
    html_url: `${html}/commit/${commit.sha}`,
    comments_url: `${api}/commits/${commit.sha}/comments`,
    author: accountByMail(host, commit.author.email),
    committer: accountByMail(host, commit.committer.email),
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}`, html_url: `${html}/commit/${sha}` })),
  };
}

export function loginByMail(host: GitHost, email: string): string | null {
  const hidden = /^(?:\d+\+)?([\w-]+)@users\.noreply\.github\.com$/.exec(email)?.[1];
  const account = host.store.records.accounts.find(
    ({ login, mails }) => login === hidden || mails.some((mail) => mail.email === email),
  );
  return account?.login ?? null;
}

function accountByMail(host: GitHost, email: string) {
  const login = loginByMail(host, email);
  return login === null ? null : accountView(host, login);
}

export function fileView(host: GitHost, { owner, name }: Repository, sha: string, change: FileChange) {
  const html = siteUrl(host, 'github.com', `/${owner}/${name}`);
  return {
    sha: change.sha,
    filename: change.path,
    status: change.status,
    additions: change.additions,
    deletions: change.deletions,
    changes: change.additions + change.deletions,
    blob_url: `${html}/blob/${sha}/${change.path}`,
    raw_url: `${html}/raw/${sha}/${change.path}`,
    contents_url: apiUrl(host, `/repos/${owner}/${name}/contents/${change.path}?ref=${sha}`),
    ...(change.previous === null ? {} : { previous_filename: change.previous }),
    ...(change.patch === null ? {} : { patch: change.patch }),
  };
}
