import { checkRunView, checkSuiteView } from '../api/check-views.ts';
import { pullView } from '../api/pull-view.ts';
import { commentView, reviewCommentView, reviewView } from '../api/talk-views.ts';
import { accountView, issueView, repositoryView } from '../api/views.ts';
import type { GitHost } from '../host.ts';
import type {
  CheckRun,
  CheckSuite,
  Issue,
  IssueComment,
  PullRequest,
  Repository,
  Review,
  ReviewComment,
} from '../records.ts';

// Webhooks of what happens in a repository.

type More = Record<string, unknown>;

const tell = (host: GitHost, repository: Repository, event: string, sender: string, payload: More): void =>
  host.webhooks.tell(repository, event, {
    ...payload,
    repository: repositoryView(host, repository),
    sender: accountView(host, sender),
  });

export async function tellPull(
  host: GitHost,
  repository: Repository,
  pull: PullRequest,
  action: string,
  sender: string,
  more: More = {},
): Promise<void> {
  const pull_request = await pullView(host, repository, pull);
  tell(host, repository, 'pull_request', sender, { action, number: pull.number, pull_request, ...more });
}

export async function tellReview(
  host: GitHost,
  repository: Repository,
  pull: PullRequest,
  review: Review,
  action = 'submitted',
): Promise<void> {
  // The webhook spells the state in small letters, unlike the API.
  const shown = { ...reviewView(host, repository, review), state: review.state.toLowerCase() };
  const pull_request = await pullView(host, repository, pull);
  tell(host, repository, 'pull_request_review', review.author, { action, review: shown, pull_request });
}

export async function tellReviewComment(
  host: GitHost,
  repository: Repository,
  pull: PullRequest,
  comment: ReviewComment,
): Promise<void> {
  const pull_request = await pullView(host, repository, pull);
  const shown = reviewCommentView(host, repository, comment);
  tell(host, repository, 'pull_request_review_comment', comment.author, {
    action: 'created',
    comment: shown,
    pull_request,
  });
}

export function tellIssue(host: GitHost, repository: Repository, issue: Issue, action: string, sender: string): void {
  tell(host, repository, 'issues', sender, { action, issue: issueView(host, repository, issue, false) });
}

export function tellComment(
  host: GitHost,
  repository: Repository,
  issue: Issue,
  isPull: boolean,
  comment: IssueComment,
): void {
  tell(host, repository, 'issue_comment', comment.author, {
    action: 'created',
    issue: issueView(host, repository, issue, isPull),
    comment: commentView(host, repository, comment),
  });
}

export function tellCheckRun(host: GitHost, repository: Repository, run: CheckRun, action: string): void {
  tell(host, repository, 'check_run', 'github', { action, check_run: checkRunView(host, repository, run) });
}

export function tellCheckSuite(host: GitHost, repository: Repository, suite: CheckSuite, action: string): void {
  tell(host, repository, 'check_suite', 'github', { action, check_suite: checkSuiteView(host, repository, suite) });
}

export const tellPush = (host: GitHost, repository: Repository, sender: string, payload: More): void =>
  tell(host, repository, 'push', sender, payload);
