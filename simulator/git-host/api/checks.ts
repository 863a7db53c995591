import { Hono } from 'hono';
import { addRun, finishRun, rerunChecks, startChecks } from '../actions/checks.ts';
import { Reading } from '../git/reading.ts';
import { apiUrl, type GitHost } from '../host.ts';
import type { CommitStatus, Conclusion, Repository } from '../records.ts';
import {
  type ApiContext,
  type ApiEnv,
  ApiRefusal,
  actorOf,
  invalid,
  jsonBody,
  notFound,
  paged,
  repositoryFor,
  textOf,
} from './answers.ts';
import { checkRunView, checkSuiteView, statusView } from './check-views.ts';
import { messageOf } from './repositories.ts';
import { repositoryView } from './views.ts';

// Check runs, check suites and commit statuses.

export function checkRoutes(host: GitHost): Hono<ApiEnv> {
  const { records } = host.store;
  const routes = new Hono<ApiEnv>();
  const at = '/repos/:owner/:repo';
  const shaFor = async (c: ApiContext, repository: Repository): Promise<string> => {
    const sha = await new Reading(host, repository).sha(c.req.param('ref') ?? '');
    if (sha === null) throw new ApiRefusal(422, `No commit found for SHA: ${c.req.param('ref')}`);
    return sha;
  };
  const runFor = (c: ApiContext, level: 'read' | 'write') => {
    const repository = repositoryFor(host, c, 'checks', level);
    const run = records.runs.find((one) => one.repository === repository.id && String(one.id) === c.req.param('run'));
    if (!run) throw notFound();
    return { repository, run };
  };

  routes.get(`${at}/commits/:ref/check-runs`, async (c) => {
    const repository = repositoryFor(host, c, 'checks');
    const sha = await shaFor(c, repository);
    const { check_name, status } = c.req.query();
    const list = records.runs.filter(
      (run) =>
        run.repository === repository.id &&
        run.sha === sha &&
        (!check_name || run.name === check_name) &&
        (!status || run.status === status),
    );
    return c.json({
      total_count: list.length,
      check_runs: paged(c, list).map((run) => checkRunView(host, repository, run)),
    });
  });
  routes.get(`${at}/commits/:ref/check-suites`, async (c) => {
    const repository = repositoryFor(host, c, 'checks');
    const sha = await shaFor(c, repository);
    const list = records.suites.filter((suite) => suite.repository === repository.id && suite.sha === sha);
    const head = await new Reading(host, repository).commit(sha);
    return c.json({
      total_count: list.length,
      check_suites: paged(c, list).map((suite) => ({
        ...checkSuiteView(host, repository, suite),
        head_commit: head && {
          id: head.sha,
          tree_id: head.tree,
          message: head.message,
          timestamp: head.committer.date,
          author: head.author,
          committer: head.committer,
        },
        repository: repositoryView(host, repository),
      })),
    });
  });
  routes.get(`${at}/check-runs/:run{[0-9]+}`, (c) => {
    const { repository, run } = runFor(c, 'read');
    return c.json(checkRunView(host, repository, run));
  });
  routes.get(`${at}/check-runs/:run{[0-9]+}/annotations`, (c) => {
    runFor(c, 'read');
    return c.json([]);
  });
  routes.post(`${at}/check-runs/:run{[0-9]+}/rerequest`, (c) => {
    const { repository, run } = runFor(c, 'write');
    rerunChecks(host, repository, run.sha);
    return c.json({}, 201);
  });
  routes.post(`${at}/check-runs`, async (c) => {
    const repository = repositoryFor(host, c, 'checks', 'write');
    if (c.var.token?.kind !== 'installation') throw new ApiRefusal(403, 'You must authenticate via a GitHub App.');
    const body = await jsonBody(c);
    const [name, sha] = [textOf(body.name), textOf(body.head_sha)];
    if (!name || !sha || !(await new Reading(host, repository).sha(sha)))
      throw invalid({ resource: 'CheckRun', code: 'missing_field', field: name ? 'head_sha' : 'name' });
    const suite =
      records.suites.find((one) => one.repository === repository.id && one.sha === sha) ??
      startChecks(host, repository, '', sha, []);
    const run = addRun(host, repository, suite, name);
    if (typeof body.conclusion === 'string') finishRun(host, repository, run, body.conclusion as Conclusion);
    return c.json(checkRunView(host, repository, run), 201);
  });
  routes.patch(`${at}/check-runs/:run{[0-9]+}`, async (c) => {
    const { repository, run } = runFor(c, 'write');
    const { status, conclusion } = await jsonBody(c);
    if (typeof conclusion === 'string') finishRun(host, repository, run, conclusion as Conclusion);
    else if (status === 'queued' || status === 'in_progress') run.status = status;
    host.store.save();
    return c.json(checkRunView(host, repository, run));
  });

  const statusesOf = (repository: Repository, sha: string): CommitStatus[] =>
    records.statuses.filter((one) => one.repository === repository.id && one.sha === sha).toReversed();
  routes.get(`${at}/commits/:ref/statuses`, async (c) => {
    const repository = repositoryFor(host, c, 'statuses');
    return c.json(
      paged(c, statusesOf(repository, await shaFor(c, repository))).map((one) => statusView(host, repository, one)),
    );
  });
  routes.get(`${at}/commits/:ref/status`, async (c) => {
    const repository = repositoryFor(host, c, 'statuses');
    const sha = await shaFor(c, repository);
    const latest = [
      ...new Map(
        statusesOf(repository, sha)
          .toReversed()
          .map((one) => [one.context, one]),
      ).values(),
    ];
    const url = apiUrl(host, `/repos/${repository.owner}/${repository.name}/commits/${sha}`);
    const states = latest.map(({ state }) => state);
    const state = states.some((one) => one === 'failure' || one === 'error')
      ? 'failure'
      : states.length > 0 && states.every((one) => one === 'success')
        ? 'success'
        : 'pending';
    const statuses = latest.map((one) => statusView(host, repository, one));
    return c.json({
      state,
      statuses,
      sha,
      total_count: latest.length,
      repository: repositoryView(host, repository),
      commit_url: url,
      url: `${url}/status`,
    });
  });
  routes.post(`${at}/statuses/:ref`, async (c) => {
    const repository = repositoryFor(host, c, 'statuses', 'write');
    const sha = await shaFor(c, repository);
    const body = await jsonBody(c);
    const state = messageOf(body, 'state') as CommitStatus['state'];
    if (!['error', 'failure', 'pending', 'success'].includes(state))
      throw invalid({
        resource: 'Status',
        code: 'custom',
        field: 'state',
        message: 'state is not included in the list',
      });
    const status: CommitStatus = {
      id: host.store.newId(),
      repository: repository.id,
      sha,
      state,
      context: textOf(body.context) ?? 'default',
      description: textOf(body.description),
      author: actorOf(host, c.var.token),
      createdAt: host.now(),
    };
    records.statuses.push(status);
    host.store.save();
    host.webhooks.tell(repository, 'status', {
      ...statusView(host, repository, status),
      sha,
      repository: repositoryView(host, repository),
    });
    return c.json(statusView(host, repository, status), 201);
  });
  return routes;
}
