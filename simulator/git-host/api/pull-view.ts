import { mergeability } from '../actions/merge.ts';
import { Reading } from '../git/reading.ts';
import { apiUrl, type GitHost, iso, isoOrNull, siteUrl } from '../host.ts';
import type { PullRequest, Repository } from '../records.ts';
import { accountView, labelView, repositoryView } from './views.ts';

// A pull request as the REST API shows it. Lists omit the fields that have to be counted.

export async function pullSummary(host: GitHost, repository: Repository, pull: PullRequest) {
  const path = `${repository.owner}/${repository.name}`;
  const api = apiUrl(host, `/repos/${path}/pulls/${pull.number}`);
  const issue = apiUrl(host, `/repos/${path}/issues/${pull.number}`);
  const html = siteUrl(host, 'github.com', `/${path}/pull/${pull.number}`);
  const side = (ref: string, sha: string) => ({
    label: `${repository.owner}:${ref}`,
    ref,
    sha,
    user: accountView(host, repository.owner),
    repo: repositoryView(host, repository),
  });
  return {
    url: api,
    id: pull.id,
    node_id: `PR_${pull.id}`,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: `${api}/commits`,
    review_comments_url: `${api}/comments`,
    review_comment_url: apiUrl(host, `/repos/${path}/pulls/comments{/number}`),
    comments_url: `${issue}/comments`,
    statuses_url: apiUrl(host, `/repos/${path}/statuses/${pull.headSha}`),
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: accountView(host, pull.author),
    body: pull.body,
    labels: pull.labels.map((label) => labelView(host, repository, label)),
    milestone: null,
    active_lock_reason: null,
    created_at: iso(pull.createdAt),
    updated_at: iso(pull.updatedAt),
    closed_at: isoOrNull(pull.closedAt),
    merged_at: isoOrNull(pull.mergedAt),
    merge_commit_sha: pull.mergeSha,
    assignee: pull.assignees[0] === undefined ? null : accountView(host, pull.assignees[0]),
    assignees: pull.assignees.map((login) => accountView(host, login)),
    requested_reviewers: pull.reviewers.map((login) => accountView(host, login)),
    requested_teams: [],
    head: side(pull.head, pull.headSha),
    base: side(pull.base, pull.baseSha),
    _links: {
      self: { href: api },
      html: { href: html },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${api}/comments` },
      review_comment: { href: apiUrl(host, `/repos/${path}/pulls/comments{/number}`) },
      commits: { href: `${api}/commits` },
      statuses: { href: apiUrl(host, `/repos/${path}/statuses/${pull.headSha}`) },
    },
    author_association: 'OWNER',
    auto_merge: null,
    draft: pull.draft,
  };
}

export async function pullView(host: GitHost, repository: Repository, pull: PullRequest) {
  const { records } = host.store;
  const of = { repository: repository.id, number: pull.number };
  const belongs = (one: { repository: number; number: number }): boolean =>
    one.repository === of.repository && one.number === of.number;
  const reading = new Reading(host, repository);
  const from = await pullBase(host, repository, pull);
  const [changes, commits, state] = await Promise.all([
    reading.changes(from, pull.headSha),
    reading.commits([`${from}..${pull.headSha}`]),
    mergeability(host, repository, pull),
  ]);
  return {
    ...(await pullSummary(host, repository, pull)),
    merged: pull.mergedAt !== null,
    mergeable: state.mergeable,
    rebaseable: state.mergeable,
    mergeable_state: state.state,
    merged_by: pull.mergedBy === null ? null : accountView(host, pull.mergedBy),
    comments: records.comments.filter(belongs).length,
    review_comments: records.reviewComments.filter(belongs).length,
    maintainer_can_modify: false,
    commits: commits.length,
    additions: changes.reduce((sum, { additions }) => sum + additions, 0),
    deletions: changes.reduce((sum, { deletions }) => sum + deletions, 0),
    changed_files: changes.length,
  };
}

/** The newest commit that the pull request's branch shares with its base. */
export async function pullBase(host: GitHost, repository: Repository, pull: PullRequest): Promise<string> {
  return (await new Reading(host, repository).mergeBase(pull.baseSha, pull.headSha)) ?? pull.baseSha;
}
