import { apiUrl, type GitHost, iso, siteUrl } from '../host.ts';
import type { IssueComment, Repository, Review, ReviewComment } from '../records.ts';
import { accountView } from './views.ts';

// Comments and reviews as the REST API shows them.

const pullPath = (repository: Repository, number: number): string =>
  `/${repository.owner}/${repository.name}/pull/${number}`;

export const commentView = (host: GitHost, repository: Repository, comment: IssueComment) => {
  const api = apiUrl(host, `/repos/${repository.owner}/${repository.name}/issues`);
  return {
    id: comment.id,
    node_id: `IC_${comment.id}`,
    url: `${api}/comments/${comment.id}`,
    html_url: siteUrl(host, 'github.com', `${pullPath(repository, comment.number)}#issuecomment-${comment.id}`),
    issue_url: `${api}/${comment.number}`,
    user: accountView(host, comment.author),
    body: comment.body,
    created_at: iso(comment.createdAt),
    updated_at: iso(comment.updatedAt),
    author_association: 'MEMBER',
  };
};

export const reviewView = (host: GitHost, repository: Repository, review: Review) => {
  const html = siteUrl(host, 'github.com', `${pullPath(repository, review.number)}#pullrequestreview-${review.id}`);
  const pull = apiUrl(host, `/repos/${repository.owner}/${repository.name}/pulls/${review.number}`);
  return {
    id: review.id,
    node_id: `PRR_${review.id}`,
    user: accountView(host, review.author),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    author_association: 'MEMBER',
    _links: linksOf({ html, pull }),
    ...(review.submittedAt === null ? {} : { submitted_at: iso(review.submittedAt) }),
    commit_id: review.sha,
  };
};

const linksOf = (pages: { html: string; pull: string; self?: string }) => ({
  ...(pages.self === undefined ? {} : { self: { href: pages.self } }),
  html: { href: pages.html },
  pull_request: { href: pages.pull },
});

export const reviewCommentView = (host: GitHost, repository: Repository, comment: ReviewComment) => {
  const api = apiUrl(host, `/repos/${repository.owner}/${repository.name}/pulls`);
  const html = siteUrl(host, 'github.com', `${pullPath(repository, comment.number)}#discussion_r${comment.id}`);
  return {
    id: comment.id,
    node_id: `PRRC_${comment.id}`,
    url: `${api}/comments/${comment.id}`,
    html_url: html,
    pull_request_url: `${api}/${comment.number}`,
    _links: linksOf({ self: `${api}/comments/${comment.id}`, html, pull: `${api}/${comment.number}` }),
    pull_request_review_id: comment.review,
    diff_hunk: comment.diffHunk,
    path: comment.path,
    commit_id: comment.sha,
    original_commit_id: comment.sha,
    user: accountView(host, comment.author),
    body: comment.body,
    line: comment.line,
    original_line: comment.line,
    side: comment.side,
    start_line: null,
    start_side: null,
    subject_type: comment.line === null ? 'file' : 'line',
    ...(comment.replyTo === null ? {} : { in_reply_to_id: comment.replyTo }),
    created_at: iso(comment.createdAt),
    updated_at: iso(comment.createdAt),
    author_association: 'MEMBER',
  };
};
