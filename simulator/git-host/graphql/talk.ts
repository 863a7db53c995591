import { latestReviews } from '../actions/merge.ts';
import { iso, isoOrNull, siteUrl } from '../host.ts';
import type { Issue, IssueComment, PullRequest, Repository, Review } from '../records.ts';
import { commitNode } from './commits.ts';
import { type Asked, connection, type PageArgs } from './context.ts';
import { accountConnection, accountNode } from './people.ts';

// Issues, comments and reviews as GraphQL shows them.

const none = (args: PageArgs) => connection([], args);
export const belongsTo =
  (issue: Issue) =>
  (one: { repository: number; number: number }): boolean =>
    one.repository === issue.repository && one.number === issue.number;

export const labelNode = ({ host }: Asked, { id, owner, name }: Repository, label: string) => ({
  __typename: 'Label',
  id: `LA_${id}_${label}`,
  name: label,
  description: null,
  color: 'ededed',
  createdAt: null,
  updatedAt: null,
  isDefault: false,
  url: siteUrl(host, 'github.com', `/${owner}/${name}/labels/${encodeURIComponent(label)}`),
});

/** The fields that issues and pull requests share. */
export function issueParts(asked: Asked, repository: Repository, issue: Issue | PullRequest) {
  const { records } = asked.host.store;
  return {
    databaseId: issue.id,
    number: issue.number,
    title: issue.title,
    body: issue.body ?? '',
    closed: issue.state === 'closed',
    createdAt: iso(issue.createdAt),
    updatedAt: iso(issue.updatedAt),
    closedAt: isoOrNull(issue.closedAt),
    author: accountNode(asked, issue.author),
    assignees: accountConnection(asked, issue.assignees),
    labels: (args: PageArgs) =>
      connection(
        issue.labels.map((label) => labelNode(asked, repository, label)),
        args,
      ),
    milestone: null,
    projectCards: none,
    projectItems: none,
    reactionGroups: [],
    comments: (args: PageArgs) =>
      connection(
        records.comments.filter(belongsTo(issue)).map((one) => commentNode(asked, repository, one)),
        args,
      ),
  };
}

const pages = ({ host }: Asked, { repository, number }: IssueComment): 'pull' | 'issues' =>
  host.store.records.pulls.some((one) => one.repository === repository && one.number === number) ? 'pull' : 'issues';

export function commentNode(asked: Asked, { owner, name }: Repository, comment: IssueComment) {
  return {
    __typename: 'IssueComment',
    id: `IC_${comment.id}`,
    databaseId: comment.id,
    author: accountNode(asked, comment.author),
    authorAssociation: 'MEMBER',
    body: comment.body,
    createdAt: iso(comment.createdAt),
    includesCreatedEdit: comment.updatedAt > comment.createdAt,
    isMinimized: false,
    minimizedReason: null,
    reactionGroups: [],
    url: siteUrl(
      asked.host,
      'github.com',
      `/${owner}/${name}/${pages(asked, comment)}/${comment.number}#issuecomment-${comment.id}`,
    ),
    viewerDidAuthor: comment.author === asked.token.login,
  };
}

export function reviewNode(asked: Asked, repository: Repository, review: Review) {
  const { records } = asked.host.store;
  const url = siteUrl(
    asked.host,
    'github.com',
    `/${repository.owner}/${repository.name}/pull/${review.number}#pullrequestreview-${review.id}`,
  );
  return {
    __typename: 'PullRequestReview',
    id: `PRR_${review.id}`,
    author: accountNode(asked, review.author),
    authorAssociation: 'MEMBER',
    submittedAt: isoOrNull(review.submittedAt),
    body: review.body,
    state: review.state,
    commit: () => commitNode(asked, repository, review.sha),
    reactionGroups: [],
    url,
    includesCreatedEdit: false,
    isMinimized: false,
    minimizedReason: null,
    comments: (args: PageArgs) =>
      connection(
        records.reviewComments
          .filter((one) => one.review === review.id)
          .map((one) => ({
            id: `PRRC_${one.id}`,
            author: accountNode(asked, one.author),
            body: one.body,
            path: one.path,
            line: one.line,
            createdAt: iso(one.createdAt),
            diffHunk: one.diffHunk,
            url,
          })),
        args,
      ),
  };
}

/** The review decision; null if the branch needs no approval and no review approves or asks for changes. */
export function decisionOf({ host }: Asked, repository: Repository, pull: PullRequest): string | null {
  const latest = latestReviews(host.store.records.reviews.filter(belongsTo(pull)));
  if (latest.includes('CHANGES_REQUESTED')) return 'CHANGES_REQUESTED';
  const wanted = repository.protections.find(({ branch }) => branch === pull.base)?.approvals ?? 0;
  const approvals = latest.filter((state) => state === 'APPROVED').length;
  if (approvals > 0 && approvals >= wanted) return 'APPROVED';
  return wanted > 0 ? 'REVIEW_REQUIRED' : null;
}

export function issueNode(asked: Asked, repository: Repository, issue: Issue, repositoryNode: () => unknown) {
  return {
    __typename: 'Issue',
    ...issueParts(asked, repository, issue),
    id: `I_${issue.id}`,
    url: siteUrl(asked.host, 'github.com', `/${repository.owner}/${repository.name}/issues/${issue.number}`),
    state: issue.state.toUpperCase(),
    stateReason: issue.state === 'closed' ? 'COMPLETED' : null,
    isPinned: false,
    repository: repositoryNode,
  };
}
