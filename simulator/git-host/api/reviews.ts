import { Hono } from 'hono';
import { tellReview } from '../actions/payloads.ts';
import { addReview, addReviewComment, type NewReviewComment } from '../actions/pulls.ts';
import type { GitHost } from '../host.ts';
import type { PullRequest, Repository, ReviewState } from '../records.ts';
import { type ApiEnv, ApiRefusal, actorOf, invalid, jsonBody, notFound, paged, textOf } from './answers.ts';
import { pullFor } from './pulls.ts';
import { messageOf } from './repositories.ts';
import { reviewCommentView, reviewView } from './talk-views.ts';

// Reviews of pull requests, and comments on their lines.

const EVENTS: Readonly<Record<string, ReviewState>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

export function reviewRoutes(host: GitHost): Hono<ApiEnv> {
  const { records } = host.store;
  const routes = new Hono<ApiEnv>();
  const at = '/repos/:owner/:repo/pulls/:number{[0-9]+}';

  routes.get(`${at}/reviews`, (c) => {
    const { repository, pull } = pullFor(host, c);
    const list = records.reviews.filter((one) => one.repository === repository.id && one.number === pull.number);
    return c.json(paged(c, list).map((review) => reviewView(host, repository, review)));
  });

  routes.post(`${at}/reviews`, async (c) => {
    const { repository, pull } = pullFor(host, c, 'write');
    const { event, body, comments } = await jsonBody(c);
    const author = actorOf(host, c.var.token);
    const state = event === undefined ? 'PENDING' : EVENTS[String(event)];
    if (!state) throw new ApiRefusal(422, 'Unprocessable Entity');
    refuseOwnReview(pull, author, state);
    if (state === 'CHANGES_REQUESTED' && !textOf(body)) throw new ApiRefusal(422, 'Unprocessable Entity');
    const review = await addReview(host, repository, pull, author, {
      state,
      body: textOf(body) ?? '',
      comments: readComments(comments),
    });
    return c.json(reviewView(host, repository, review));
  });

  routes.get(`${at}/reviews/:review{[0-9]+}/comments`, (c) => {
    const { repository } = pullFor(host, c);
    const list = records.reviewComments.filter((one) => String(one.review) === c.req.param('review'));
    return c.json(paged(c, list).map((comment) => reviewCommentView(host, repository, comment)));
  });
  routes.post(`${at}/reviews/:review{[0-9]+}/events`, async (c) => {
    const { repository, pull } = pullFor(host, c, 'write');
    const review = records.reviews.find((one) => String(one.id) === c.req.param('review'));
    const { event, body } = await jsonBody(c);
    const state = EVENTS[String(event)];
    if (review?.state !== 'PENDING') throw notFound();
    if (!state) throw new ApiRefusal(422, 'Unprocessable Entity');
    refuseOwnReview(pull, review.author, state);
    Object.assign(review, { state, submittedAt: host.now(), ...(textOf(body) ? { body } : {}) });
    host.store.save();
    await tellReview(host, repository, pull, review);
    return c.json(reviewView(host, repository, review));
  });
  routes.put(`${at}/reviews/:review{[0-9]+}/dismissals`, async (c) => {
    const { repository, pull } = pullFor(host, c, 'write');
    const review = records.reviews.find((one) => String(one.id) === c.req.param('review'));
    if (!review) throw notFound();
    messageOf(await jsonBody(c), 'message');
    review.state = 'DISMISSED';
    host.store.save();
    await tellReview(host, repository, pull, review, 'dismissed');
    return c.json(reviewView(host, repository, review));
  });

  const commentsOf = (repository: Repository, pull: PullRequest) =>
    records.reviewComments.filter((one) => one.repository === repository.id && one.number === pull.number);
  routes.get(`${at}/comments`, (c) => {
    const { repository, pull } = pullFor(host, c);
    return c.json(
      paged(c, commentsOf(repository, pull)).map((comment) => reviewCommentView(host, repository, comment)),
    );
  });
  routes.post(`${at}/comments`, async (c) => {
    const { repository, pull } = pullFor(host, c, 'write');
    const body = await jsonBody(c);
    const author = actorOf(host, c.var.token);
    const answered = commentsOf(repository, pull).find(({ id }) => id === body.in_reply_to);
    const [given] = readComments([answered ? { ...answered, body: body.body } : body]);
    if (!given) throw invalid({ resource: 'PullRequestReviewComment', code: 'missing_field', field: 'path' });
    const review = await addReview(host, repository, pull, author, { state: 'COMMENTED', body: '' });
    const comment = await addReviewComment(host, repository, pull, review, author, {
      ...given,
      ...(answered ? { replyTo: answered.id } : {}),
    });
    return c.json(reviewCommentView(host, repository, comment), 201);
  });
  routes.post(`${at}/comments/:comment{[0-9]+}/replies`, async (c) => {
    const { repository, pull } = pullFor(host, c, 'write');
    const answered = commentsOf(repository, pull).find(({ id }) => String(id) === c.req.param('comment'));
    if (!answered) throw notFound();
    const author = actorOf(host, c.var.token);
    const text = messageOf(await jsonBody(c), 'body');
    const review = await addReview(host, repository, pull, author, { state: 'COMMENTED', body: '' });
    const { path, line, side, id } = answered;
    const comment = await addReviewComment(host, repository, pull, review, author, {
      path,
      line,
      side,
      body: text,
      replyTo: id,
    });
    return c.json(reviewCommentView(host, repository, comment), 201);
  });
  return routes;
}

export function refuseOwnReview(pull: PullRequest, author: string, state: ReviewState): void {
  if (pull.author !== author || (state !== 'APPROVED' && state !== 'CHANGES_REQUESTED')) return;
  throw new ApiRefusal(422, 'Unprocessable Entity', [
    {
      resource: 'PullRequestReview',
      code: 'custom',
      message: `Review Can not ${state === 'APPROVED' ? 'approve' : 'request changes on'} your own pull request`,
    },
  ]);
}

function readComments(given: unknown): NewReviewComment[] {
  if (!Array.isArray(given)) return [];
  return given.flatMap((one: Record<string, unknown>) => {
    const [path, body] = [textOf(one.path), textOf(one.body)];
    if (path === null || body === null) return [];
    const line = typeof one.line === 'number' ? one.line : typeof one.position === 'number' ? one.position : null;
    return [{ path, body, line, side: one.side === 'LEFT' ? ('LEFT' as const) : ('RIGHT' as const) }];
  });
}
