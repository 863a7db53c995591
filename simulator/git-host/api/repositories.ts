import { Hono } from 'hono';
import { roleOf } from '../access.ts';
import { Reading } from '../git/reading.ts';
import { apiUrl, type GitHost, siteUrl } from '../host.ts';
import type { Repository } from '../records.ts';
import { type ApiEnv, ApiRefusal, jsonBody, notFound, paged, repositoryFor, textOf } from './answers.ts';
import { commitView, fileView } from './commit-view.ts';
import { accountView, labelView, repositoryView } from './views.ts';

// A repository, its branches, commits and comparisons.

export function repositoryRoutes(host: GitHost): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const at = '/repos/:owner/:repo';

  routes.get(at, (c) => c.json(repositoryView(host, repositoryFor(host, c, 'metadata'), c.var.token?.login ?? null)));
  routes.patch(at, async (c) => {
    const repository = repositoryFor(host, c, 'administration', 'admin');
    const { name, archived } = await jsonBody(c);
    if (typeof name === 'string') renameRepository(host, repository, name);
    if (typeof archived === 'boolean') repository.archived = archived;
    host.store.save();
    return c.json(repositoryView(host, repository, c.var.token?.login ?? null));
  });

  routes.get(`${at}/branches`, async (c) => {
    const repository = repositoryFor(host, c, 'contents');
    const refs = await new Reading(host, repository).refs('refs/heads');
    return c.json(
      paged(c, refs).map(({ ref, sha }) => branchView(host, repository, ref.slice('refs/heads/'.length), sha)),
    );
  });
  routes.get(`${at}/branches/:branch{.+}`, async (c) => {
    const repository = repositoryFor(host, c, 'contents');
    const branch = c.req.param('branch');
    const commit = await new Reading(host, repository).commit(`refs/heads/${branch}`);
    if (!commit) throw new ApiRefusal(404, 'Branch not found');
    const links = {
      self: `${apiUrl(host)}${c.req.path.slice(4)}`,
      html: siteUrl(host, 'github.com', `/${repository.owner}/${repository.name}/tree/${branch}`),
    };
    return c.json({
      ...branchView(host, repository, branch, commit.sha),
      commit: commitView(host, repository, commit),
      _links: links,
    });
  });

  routes.get(`${at}/commits`, async (c) => {
    const repository = repositoryFor(host, c, 'contents');
    const { sha = repository.defaultBranch, path, since, until, author } = c.req.query();
    const reading = new Reading(host, repository);
    const start = await reading.sha(sha);
    if (start === null)
      throw sha === repository.defaultBranch ? new ApiRefusal(409, 'Git Repository is empty.') : notFound();
    const options = [
      ...(since ? [`--since=${since}`] : []),
      ...(until ? [`--until=${until}`] : []),
      ...(author ? [`--author=${author}`] : []),
    ];
    const commits = await reading.commits([start, ...(path ? ['--', path] : [])], options);
    return c.json(paged(c, commits).map((commit) => commitView(host, repository, commit)));
  });
  routes.get(`${at}/commits/:ref`, async (c) => {
    const repository = repositoryFor(host, c, 'contents');
    const reading = new Reading(host, repository);
    const commit = await reading.commit(c.req.param('ref'));
    if (!commit) throw new ApiRefusal(422, `No commit found for SHA: ${c.req.param('ref')}`);
    const asked = c.req.header('accept') ?? '';
    if (/\bdiff\b/.test(asked)) return c.text((await reading.text(['show', '--format=', commit.sha])) ?? '');
    const changes = await reading.changes(commit.parents[0] ?? EMPTY_TREE, commit.sha);
    const additions = changes.reduce((sum, one) => sum + one.additions, 0);
    const deletions = changes.reduce((sum, one) => sum + one.deletions, 0);
    return c.json({
      ...commitView(host, repository, commit),
      stats: { total: additions + deletions, additions, deletions },
      files: changes.map((change) => fileView(host, repository, commit.sha, change)),
    });
  });

  routes.get(`${at}/compare/:range{.+}`, async (c) => {
    const repository = repositoryFor(host, c, 'contents');
    const [base = '', head = ''] = c.req
      .param('range')
      .split('...')
      .map((one) => one.split(':').at(-1) ?? '');
    const reading = new Reading(host, repository);
    const [from, to] = await Promise.all([reading.commit(base), reading.commit(head)]);
    if (!from || !to) throw notFound();
    const middle = (await reading.mergeBase(from.sha, to.sha)) ?? from.sha;
    if (/\bdiff\b/.test(c.req.header('accept') ?? ''))
      return c.text((await reading.text(['diff', middle, to.sha])) ?? '');
    const [ahead, behind, changes, fork] = await Promise.all([
      reading.commits([`${middle}..${to.sha}`]),
      reading.commits([`${middle}..${from.sha}`]),
      reading.changes(middle, to.sha),
      reading.commit(middle),
    ]);
    const html = siteUrl(host, 'github.com', `/${repository.owner}/${repository.name}/compare/${base}...${head}`);
    const status =
      ahead.length === 0 ? (behind.length === 0 ? 'identical' : 'behind') : behind.length === 0 ? 'ahead' : 'diverged';
    return c.json({
      url: apiUrl(host, `/repos/${repository.owner}/${repository.name}/compare/${base}...${head}`),
      html_url: html,
      permalink_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: commitView(host, repository, from),
      merge_base_commit: fork && commitView(host, repository, fork),
      status,
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      commits: ahead.toReversed().map((commit) => commitView(host, repository, commit)),
      files: changes.map((change) => fileView(host, repository, to.sha, change)),
    });
  });

  routes.get(`${at}/labels`, (c) => {
    const repository = repositoryFor(host, c, 'issues');
    return c.json(paged(c, repository.labels).map((label) => labelView(host, repository, label)));
  });
  routes.get(`${at}/languages`, (c) => {
    repositoryFor(host, c, 'metadata');
    return c.json({ TypeScript: 10_000 });
  });
  routes.get(`${at}/collaborators/:login/permission`, (c) => {
    const repository = repositoryFor(host, c, 'metadata');
    const login = c.req.param('login');
    const role = roleOf(host.store, login, repository) ?? 'none';
    return c.json({ permission: role, role_name: role, user: { ...accountView(host, login), role_name: role } });
  });
  return routes;
}

export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

const branchView = (host: GitHost, { owner, name, protections }: Repository, branch: string, sha: string) => {
  const api = apiUrl(host, `/repos/${owner}/${name}`);
  const protection = protections.find((one) => one.branch === branch);
  const contexts = protection?.checks ?? [];
  return {
    name: branch,
    commit: { sha, url: `${api}/commits/${sha}` },
    protected: protection !== undefined,
    protection: {
      enabled: protection !== undefined,
      required_status_checks: { enforcement_level: contexts.length > 0 ? 'non_admins' : 'off', contexts, checks: [] },
    },
    protection_url: `${api}/branches/${encodeURIComponent(branch)}/protection`,
  };
};

export function renameRepository(host: GitHost, repository: Repository, name: string): void {
  repository.formerPaths.push(`${repository.owner}/${repository.name}`);
  repository.name = name;
  host.store.save();
}

export const messageOf = (body: Record<string, unknown>, field: string): string => {
  const text = textOf(body[field]);
  if (text === null || text.trim() === '') throw new ApiRefusal(422, `Invalid request.\n\n"${field}" wasn't supplied.`);
  return text;
};
