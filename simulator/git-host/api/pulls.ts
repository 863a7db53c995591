import { Hono } from 'hono';
import { type MergeMethod, mergeability, mergePull } from '../actions/merge.ts';
import { tellPull } from '../actions/payloads.ts';
import { createPull, setIssueState } from '../actions/pulls.ts';
import { Reading } from '../git/reading.ts';
import type { GitHost } from '../host.ts';
import type { PullRequest, Repository } from '../records.ts';
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
  requireMay,
  textOf,
} from './answers.ts';
import { commitView, fileView } from './commit-view.ts';
import { pullBase, pullSummary, pullView } from './pull-view.ts';
import { accountView } from './views.ts';

// Pull requests: list, open, change, merge; their commits and files.

export function pullRoutes(host: GitHost): Hono<ApiEnv> {
  const { records } = host.store;
  const routes = new Hono<ApiEnv>();
  const at = '/repos/:owner/:repo/pulls';

  routes.get(at, async (c) => {
    const repository = repositoryFor(host, c, 'pull_requests');
    const { state = 'open', head, base, sort = 'created', direction } = c.req.query();
    const newestFirst = (direction ?? (sort === 'created' ? 'desc' : 'asc')) === 'desc';
    const found = records.pulls
      .filter((pull) => pull.repository === repository.id && (state === 'all' || pull.state === state))
      .filter(
        (pull) =>
          (!head || `${repository.owner}:${pull.head}` === head || pull.head === head) && (!base || pull.base === base),
      )
      .sort((a, b) => (sort === 'updated' ? a.updatedAt - b.updatedAt : a.number - b.number));
    const list = paged(c, newestFirst ? found.toReversed() : found);
    return c.json(await Promise.all(list.map((pull) => pullSummary(host, repository, pull))));
  });

  routes.post(at, async (c) => {
    const repository = repositoryFor(host, c, 'pull_requests', 'write');
    const body = await jsonBody(c);
    const [title, head, base] = [textOf(body.title), textOf(body.head), textOf(body.base)];
    for (const [field, value] of Object.entries({ title, head, base }))
      if (!value) throw invalid({ resource: 'PullRequest', field, code: 'missing_field' });
    const given = {
      title: title ?? '',
      head: head ?? '',
      base: base ?? '',
      body: textOf(body.body),
      draft: body.draft === true,
    };
    const made = await createPull(host, repository, actorOf(host, c.var.token), given);
    if ('code' in made) throw invalid(made);
    const view = await pullView(host, repository, made);
    return c.json(view, 201, { Location: view.url });
  });

  routes.get(`${at}/:number{[0-9]+}`, async (c) => {
    const { repository, pull } = pullFor(host, c);
    const asked = c.req.header('accept') ?? '';
    const base = await pullBase(host, repository, pull);
    const reading = new Reading(host, repository);
    if (/\bdiff\b/.test(asked)) return c.text((await reading.text(['diff', base, pull.headSha])) ?? '');
    if (/\bpatch\b/.test(asked))
      return c.text((await reading.text(['format-patch', '--stdout', `${base}..${pull.headSha}`])) ?? '');
    return c.json(await pullView(host, repository, pull));
  });

  routes.patch(`${at}/:number{[0-9]+}`, async (c) => {
    const { repository, pull } = pullFor(host, c, 'write');
    const { title, body, state, base } = await jsonBody(c);
    const actor = actorOf(host, c.var.token);
    if (typeof base === 'string') {
      const sha = await new Reading(host, repository).sha(`refs/heads/${base}`);
      if (sha === null) throw invalid({ resource: 'PullRequest', field: 'base', code: 'invalid' });
      Object.assign(pull, { base, baseSha: sha });
    }
    const edited = typeof title === 'string' || typeof body === 'string' || typeof base === 'string';
    if (typeof title === 'string') pull.title = title;
    if (typeof body === 'string') pull.body = body;
    pull.updatedAt = host.now();
    host.store.save();
    if (edited) await tellPull(host, repository, pull, 'edited', actor, { changes: {} });
    if (state === 'open' || state === 'closed') {
      if (pull.mergedAt !== null && state === 'open')
        throw invalid({ resource: 'PullRequest', field: 'state', code: 'invalid' });
      await setIssueState(host, repository, pull, state, actor);
    }
    return c.json(await pullView(host, repository, pull));
  });

  routes.get(`${at}/:number{[0-9]+}/commits`, async (c) => {
    const { repository, pull } = pullFor(host, c);
    const commits = await new Reading(host, repository).commits([
      `${await pullBase(host, repository, pull)}..${pull.headSha}`,
    ]);
    return c.json(paged(c, commits.toReversed()).map((commit) => commitView(host, repository, commit)));
  });
  routes.get(`${at}/:number{[0-9]+}/files`, async (c) => {
    const { repository, pull } = pullFor(host, c);
    const changes = await new Reading(host, repository).changes(await pullBase(host, repository, pull), pull.headSha);
    return c.json(paged(c, changes).map((change) => fileView(host, repository, pull.headSha, change)));
  });

  routes.get(`${at}/:number{[0-9]+}/merge`, (c) => {
    if (pullFor(host, c).pull.mergedAt === null) throw notFound();
    return c.body(null, 204);
  });
  routes.put(`${at}/:number{[0-9]+}/merge`, async (c) => {
    const { repository, pull } = pullFor(host, c);
    requireMay(host, c.var.token, repository, { permission: 'contents', level: 'write' });
    const { merge_method, sha, commit_title, commit_message } = await jsonBody(c);
    const method = (textOf(merge_method) ?? 'merge') as MergeMethod;
    if (!['merge', 'squash', 'rebase'].includes(method))
      throw invalid({ resource: 'PullRequest', field: 'merge_method', code: 'invalid' });
    if (typeof sha === 'string' && sha !== pull.headSha)
      throw new ApiRefusal(409, 'Head branch was modified. Review and try the merge again.');
    const { state, why } = await mergeability(host, repository, pull);
    if (state !== 'clean' && state !== 'unstable') throw new ApiRefusal(405, why);
    const words = { title: textOf(commit_title) ?? undefined, message: textOf(commit_message) ?? undefined };
    const merged = await mergePull(host, repository, pull, method, actorOf(host, c.var.token), words);
    return c.json({ sha: merged, merged: true, message: 'Pull Request successfully merged' });
  });

  routes.get(`${at}/:number{[0-9]+}/requested_reviewers`, (c) => {
    const { pull } = pullFor(host, c);
    return c.json({ users: pull.reviewers.map((login) => accountView(host, login)), teams: [] });
  });
  routes.post(`${at}/:number{[0-9]+}/requested_reviewers`, async (c) => {
    const { repository, pull } = pullFor(host, c, 'write');
    const wanted = listOf((await jsonBody(c)).reviewers);
    if (wanted.some((login) => !host.store.account(login)))
      throw new ApiRefusal(422, 'Reviews may only be requested from collaborators.');
    pull.reviewers = [...new Set([...pull.reviewers, ...wanted])];
    host.store.save();
    await tellPull(host, repository, pull, 'review_requested', actorOf(host, c.var.token));
    return c.json(await pullSummary(host, repository, pull), 201);
  });
  return routes;
}

export function pullFor(
  host: GitHost,
  c: ApiContext,
  level: 'read' | 'write' = 'read',
): { repository: Repository; pull: PullRequest } {
  const repository = repositoryFor(host, c, 'pull_requests', level);
  const pull = host.store.pull(repository, Number(c.req.param('number')));
  if (!pull) throw notFound();
  return { repository, pull };
}
