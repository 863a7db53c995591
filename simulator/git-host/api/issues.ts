import { Hono } from 'hono';
import { may } from '../access.ts';
import { addComment, createIssue, setIssueState } from '../actions/pulls.ts';
import type { GitHost } from '../host.ts';
import type { Issue, PullRequest, Repository } from '../records.ts';
import {
  type ApiContext,
  type ApiEnv,
  ApiRefusal,
  actorOf,
  invalid,
  jsonBody,
  listOf,
  notFound,
  paged,
  repositoryFor,
  textOf,
} from './answers.ts';
import { messageOf } from './repositories.ts';
import { commentView } from './talk-views.ts';
import { issueView, labelView } from './views.ts';

// Issues, and comments of issues and pull requests.

export function issueRoutes(host: GitHost): Hono<ApiEnv> {
  const { records } = host.store;
  const routes = new Hono<ApiEnv>();
  const at = '/repos/:owner/:repo/issues';
  const isPull = (issue: Issue | PullRequest): boolean => 'head' in issue;

  /** The issue or pull request of the path. A pull request needs one of the two permissions. */
  const issueFor = (
    c: ApiContext,
    level: 'read' | 'write' = 'read',
  ): { repository: Repository; issue: Issue | PullRequest } => {
    const { repository: asked, token } = c.var;
    const pull = host.store.pull(asked, Number(c.req.param('number')));
    const byPull = pull && may(host.store, token, asked, { permission: 'pull_requests', level });
    const repository = repositoryFor(host, c, byPull ? 'pull_requests' : 'issues', level);
    const issue = pull ?? host.store.issue(repository, Number(c.req.param('number')));
    if (!issue) throw notFound();
    return { repository, issue };
  };

  routes.get(at, (c) => {
    const repository = repositoryFor(host, c, 'issues');
    const { state = 'open', labels, assignee } = c.req.query();
    const list = [...records.issues, ...records.pulls]
      .filter((one) => one.repository === repository.id && (state === 'all' || one.state === state))
      .filter(
        (one) =>
          (!labels || labels.split(',').every((label) => one.labels.includes(label))) &&
          (!assignee || assignee === '*' || one.assignees.includes(assignee)),
      )
      .sort((a, b) => b.number - a.number);
    return c.json(paged(c, list).map((one) => issueView(host, repository, one, isPull(one))));
  });
  routes.post(at, async (c) => {
    const repository = repositoryFor(host, c, 'issues', 'write');
    const body = await jsonBody(c);
    const title = textOf(body.title);
    if (!title) throw invalid({ resource: 'Issue', code: 'missing_field', field: 'title' });
    const given = { title, body: textOf(body.body), labels: listOf(body.labels), assignees: listOf(body.assignees) };
    return c.json(
      issueView(host, repository, createIssue(host, repository, actorOf(host, c.var.token), given), false),
      201,
    );
  });
  routes.get(`${at}/:number{[0-9]+}`, (c) => {
    const { repository, issue } = issueFor(c);
    return c.json(issueView(host, repository, issue, isPull(issue)));
  });
  routes.patch(`${at}/:number{[0-9]+}`, async (c) => {
    const { repository, issue } = issueFor(c, 'write');
    const { title, body, state, labels, assignees } = await jsonBody(c);
    if (typeof title === 'string') issue.title = title;
    if (typeof body === 'string') issue.body = body;
    if (labels !== undefined) issue.labels = listOf(labels);
    if (assignees !== undefined) issue.assignees = listOf(assignees);
    host.store.save();
    if (state === 'open' || state === 'closed')
      await setIssueState(host, repository, issue, state, actorOf(host, c.var.token));
    return c.json(issueView(host, repository, issue, isPull(issue)));
  });

  routes.get(`${at}/:number{[0-9]+}/comments`, (c) => {
    const { repository, issue } = issueFor(c);
    const list = records.comments.filter((one) => one.repository === repository.id && one.number === issue.number);
    return c.json(paged(c, list).map((comment) => commentView(host, repository, comment)));
  });
  routes.post(`${at}/:number{[0-9]+}/comments`, async (c) => {
    const { repository, issue } = issueFor(c, 'write');
    const text = messageOf(await jsonBody(c), 'body');
    const comment = addComment(host, repository, issue, actorOf(host, c.var.token), text);
    return c.json(commentView(host, repository, comment), 201);
  });
  for (const [verb, change] of [
    ['post', (now: string[], given: string[]) => [...new Set([...now, ...given])]],
    ['put', (_now: string[], given: string[]) => given],
  ] as const) {
    routes[verb](`${at}/:number{[0-9]+}/labels`, async (c) => {
      const { repository, issue } = issueFor(c, 'write');
      issue.labels = change(issue.labels, listOf((await jsonBody(c)).labels));
      host.store.save();
      return c.json(issue.labels.map((name) => labelView(host, repository, name)));
    });
  }
  routes.patch('/repos/:owner/:repo/issues/comments/:comment{[0-9]+}', async (c) => {
    const repository = repositoryFor(host, c, 'issues', 'write');
    const comment = records.comments.find((one) => String(one.id) === c.req.param('comment'));
    if (!comment) throw notFound();
    if (comment.author !== actorOf(host, c.var.token))
      throw new ApiRefusal(403, 'Must have admin rights to Repository.');
    comment.body = messageOf(await jsonBody(c), 'body');
    comment.updatedAt = host.now();
    host.store.save();
    return c.json(commentView(host, repository, comment));
  });
  return routes;
}
