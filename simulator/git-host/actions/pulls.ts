import type { FieldError } from '../api/answers.ts';
import { Reading } from '../git/reading.ts';
import type { GitHost } from '../host.ts';
import type { Issue, IssueComment, PullRequest, Repository, Review, ReviewComment, ReviewState } from '../records.ts';
import { same } from '../store.ts';
import { keepPullRef } from './after-push.ts';
import { startChecks } from './checks.ts';
import { tellComment, tellIssue, tellPull, tellReview, tellReviewComment } from './payloads.ts';

// Pull requests, issues, comments and reviews, as REST, GraphQL and the page make them.

export type NewPull = { title: string; body: string | null; head: string; base: string; draft: boolean };

const refused = (message: string): FieldError => ({ resource: 'PullRequest', code: 'custom', message });
const wrongField = (field: string): FieldError => ({ resource: 'PullRequest', field, code: 'invalid' });

export async function createPull(
  host: GitHost,
  repository: Repository,
  author: string,
  given: NewPull,
): Promise<PullRequest | FieldError> {
  const { store } = host;
  const head = ownBranch(repository, given.head);
  const reading = new Reading(host, repository);
  const headSha = head === null ? null : await reading.sha(`refs/heads/${head}`);
  const baseSha = await reading.sha(`refs/heads/${given.base}`);
  if (head === null || headSha === null) return wrongField('head');
  if (baseSha === null) return wrongField('base');
  const twin = store.records.pulls.find(
    (one) => one.repository === repository.id && one.state === 'open' && one.head === head && one.base === given.base,
  );
  if (twin) return refused(`A pull request already exists for ${repository.owner}:${head}.`);
  const commits = await reading.commits([`${baseSha}..${headSha}`], ['-1']);
  if (commits.length === 0) return refused(`No commits between ${given.base} and ${head}`);
  const pull: PullRequest = {
    ...newIssue(host, repository, author, given.title, given.body),
    head,
    base: given.base,
    headSha,
    baseSha,
    draft: given.draft,
    reviewers: [],
    mergedAt: null,
    mergedBy: null,
    mergeSha: null,
  };
  store.records.pulls.push(pull);
  store.save();
  await keepPullRef(host, repository, pull);
  await tellPull(host, repository, pull, 'opened', author);
  startChecks(host, repository, head, headSha);
  return pull;
}

/** Forks are not part of this stand-in: the branch is the repository's own. */
function ownBranch({ owner }: Repository, head: string): string | null {
  const [first = '', ...rest] = head.split(':');
  if (rest.length === 0) return first;
  return same(first, owner) ? rest.join(':') : null;
}

function newIssue(host: GitHost, repository: Repository, author: string, title: string, body: string | null): Issue {
  const number = repository.nextNumber;
  repository.nextNumber += 1;
  const now = host.now();
  return {
    id: host.store.newId(),
    repository: repository.id,
    number,
    title,
    body,
    author,
    assignees: [],
    labels: [],
    state: 'open',
    createdAt: now,
    updatedAt: now,
    closedAt: null,
  };
}

export function createIssue(
  host: GitHost,
  repository: Repository,
  author: string,
  given: { title: string; body: string | null; labels: string[]; assignees: string[] },
): Issue {
  const issue = {
    ...newIssue(host, repository, author, given.title, given.body),
    labels: given.labels,
    assignees: given.assignees,
  };
  host.store.records.issues.push(issue);
  host.store.save();
  tellIssue(host, repository, issue, 'opened', author);
  return issue;
}

export async function setIssueState(
  host: GitHost,
  repository: Repository,
  issue: Issue | PullRequest,
  state: 'open' | 'closed',
  actor: string,
): Promise<void> {
  if (issue.state === state) return;
  Object.assign(issue, { state, closedAt: state === 'closed' ? host.now() : null, updatedAt: host.now() });
  host.store.save();
  const action = state === 'closed' ? 'closed' : 'reopened';
  if ('head' in issue) await tellPull(host, repository, issue, action, actor);
  else tellIssue(host, repository, issue, action, actor);
}

export function addComment(
  host: GitHost,
  repository: Repository,
  issue: Issue | PullRequest,
  author: string,
  body: string,
): IssueComment {
  const now = host.now();
  const comment = {
    id: host.store.newId(),
    repository: repository.id,
    number: issue.number,
    author,
    body,
    createdAt: now,
    updatedAt: now,
  };
  host.store.records.comments.push(comment);
  issue.updatedAt = now;
  host.store.save();
  tellComment(host, repository, issue, 'head' in issue, comment);
  return comment;
}

export type NewReviewComment = { path: string; line: number | null; side: 'LEFT' | 'RIGHT'; body: string };

export async function addReview(
  host: GitHost,
  repository: Repository,
  pull: PullRequest,
  author: string,
  given: { state: ReviewState; body: string; comments?: NewReviewComment[] },
): Promise<Review> {
  const { store } = host;
  const review: Review = {
    id: store.newId(),
    repository: repository.id,
    number: pull.number,
    author,
    body: given.body,
    state: given.state,
    sha: pull.headSha,
    submittedAt: given.state === 'PENDING' ? null : host.now(),
  };
  store.records.reviews.push(review);
  for (const comment of given.comments ?? []) await addReviewComment(host, repository, pull, review, author, comment);
  store.save();
  if (given.state !== 'PENDING') await tellReview(host, repository, pull, review);
  return review;
}

export async function addReviewComment(
  host: GitHost,
  repository: Repository,
  pull: PullRequest,
  review: Review,
  author: string,
  given: NewReviewComment & { replyTo?: number },
): Promise<ReviewComment> {
  const reading = new Reading(host, repository);
  const from = (await reading.mergeBase(pull.baseSha, pull.headSha)) ?? pull.baseSha;
  const patch = (await reading.changes(from, pull.headSha)).find(({ path }) => path === given.path)?.patch ?? '';
  const comment: ReviewComment = {
    id: host.store.newId(),
    repository: repository.id,
    number: pull.number,
    review: review.id,
    author,
    body: given.body,
    path: given.path,
    line: given.line,
    side: given.side,
    sha: pull.headSha,
    diffHunk: patch.split('\n').slice(0, 12).join('\n'),
    replyTo: given.replyTo ?? null,
    createdAt: host.now(),
  };
  host.store.records.reviewComments.push(comment);
  host.store.save();
  await tellReviewComment(host, repository, pull, comment);
  return comment;
}
