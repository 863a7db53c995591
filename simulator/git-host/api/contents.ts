import { rmSync } from 'node:fs';
import { Hono } from 'hono';
import { may } from '../access.ts';
import { afterRefs } from '../actions/after-push.ts';
import { signedBy } from '../actions/author.ts';
import { NOTHING, withoutWorkflows } from '../git/push-rules.ts';
import { Reading, type TreeEntry } from '../git/reading.ts';
import { apiUrl, type GitHost, siteUrl } from '../host.ts';
import type { Repository } from '../records.ts';
import {
  type ApiContext,
  type ApiEnv,
  ApiRefusal,
  actorOf,
  jsonBody,
  notFound,
  repositoryFor,
  textOf,
} from './answers.ts';
import { commitView } from './commit-view.ts';
import { messageOf } from './repositories.ts';

// Reads files of a repository, and writes each as a commit of its own.

export function contentRoutes(host: GitHost): Hono<ApiEnv> {
  const { git, store } = host;
  const routes = new Hono<ApiEnv>();
  const at = '/repos/:owner/:repo';

  const read = async (c: ApiContext, path: string): Promise<Response> => {
    const repository = repositoryFor(host, c, 'contents');
    const ref = c.req.query('ref') ?? repository.defaultBranch;
    const reading = new Reading(host, repository);
    const sha = await reading.sha(ref);
    if (sha === null)
      throw c.req.query('ref')
        ? new ApiRefusal(404, `No commit found for the ref ${ref}`)
        : new ApiRefusal(404, 'This repository is empty.');
    const clean = path.replace(/\/+$/, '');
    const own = clean === '' ? null : (await reading.entries([sha, '--', clean]))[0];
    if (clean !== '' && !own) throw notFound();
    if (own && own.type !== 'tree') {
      const bytes = await git.bytes(store.bareFolder(repository), ['cat-file', 'blob', own.sha]);
      if (/\braw\b/.test(c.req.header('accept') ?? '')) return c.body(new Uint8Array(bytes));
      return c.json({ ...entryView(host, repository, ref, own), encoding: 'base64', content: wrapped(bytes) });
    }
    const below = await reading.entries(clean === '' ? [sha] : [sha, '--', `${clean}/`]);
    return c.json(below.map((entry) => entryView(host, repository, ref, entry)));
  };
  routes.get(`${at}/contents`, (c) => read(c, ''));
  routes.get(`${at}/contents/:path{.+}`, (c) => read(c, decodeURIComponent(c.req.param('path'))));
  routes.get(`${at}/readme`, (c) => read(c, 'README.md'));

  routes.put(`${at}/contents/:path{.+}`, async (c) => {
    const body = await jsonBody(c);
    const content = textOf(body.content);
    if (content === null) throw new ApiRefusal(422, 'Invalid request.\n\n"content" wasn\'t supplied.');
    return write(c, decodeURIComponent(c.req.param('path')), body, Buffer.from(content, 'base64'));
  });
  routes.delete(`${at}/contents/:path{.+}`, async (c) =>
    write(c, decodeURIComponent(c.req.param('path')), await jsonBody(c), null),
  );

  const write = async (
    c: ApiContext,
    path: string,
    body: Record<string, unknown>,
    bytes: Buffer | null,
  ): Promise<Response> => {
    const repository = repositoryFor(host, c, 'contents', 'write');
    const { token } = c.var;
    if (
      path.startsWith('.github/workflows/') &&
      token &&
      !may(store, token, repository, { permission: 'workflows', level: 'write' })
    )
      throw new ApiRefusal(403, withoutWorkflows(token, path));
    const message = messageOf(body, 'message');
    const branch = textOf(body.branch) ?? repository.defaultBranch;
    const folder = store.bareFolder(repository);
    const reading = new Reading(host, repository);
    const tip = await git.branchCommit(folder, branch);
    if (tip === null) throw new ApiRefusal(404, `Branch ${branch} not found`);
    if (repository.protections.some((one) => one.branch === branch && one.requiresPull))
      throw new ApiRefusal(409, 'Repository rule violations found\n\nChanges must be made through a pull request.');
    const before = (await reading.entries([tip, '--', path]))[0];
    const given = textOf(body.sha);
    if (before && given === null) throw new ApiRefusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
    if (given !== null && before?.sha !== given) throw new ApiRefusal(409, `${path} does not match ${given}`);
    const actor = actorOf(host, token);
    const blob = bytes === null ? NOTHING : await git.feed(folder, ['hash-object', '-w', '--stdin'], bytes);
    const index = `${folder}/index-${store.newId()}`;
    const withIndex = { GIT_INDEX_FILE: index };
    await git.ask(folder, ['read-tree', tip], withIndex);
    const change = bytes === null ? ['--force-remove', path] : ['--add', '--cacheinfo', `100644,${blob},${path}`];
    // Git removes entries only beside a work tree, which it doesn't look at.
    await git.ask(folder, ['--work-tree', folder, 'update-index', ...change], withIndex);
    const tree = await git.ask(folder, ['write-tree'], withIndex);
    rmSync(index, { force: true });
    const sha = await git.ask(folder, ['commit-tree', tree, '-p', tip, '-m', message], signedBy(host, actor));
    const ref = `refs/heads/${branch}`;
    await git.ask(folder, ['update-ref', ref, sha, tip]);
    await afterRefs(host, repository, actor, [{ old: tip, new: sha, ref }]);
    const commit = await reading.commit(sha);
    const content =
      bytes === null
        ? null
        : entryView(host, repository, branch, { mode: '100644', type: 'blob', sha: blob, size: bytes.length, path });
    return c.json(
      { content, commit: commit && commitView(host, repository, commit) },
      before || bytes === null ? 200 : 201,
    );
  };
  return routes;
}

const TYPES: Readonly<Record<string, string>> = { blob: 'file', tree: 'dir', commit: 'submodule' };

function entryView(host: GitHost, { owner, name }: Repository, ref: string, entry: TreeEntry) {
  const api = apiUrl(host, `/repos/${owner}/${name}/contents/${entry.path}?ref=${ref}`);
  const html = siteUrl(host, 'github.com', `/${owner}/${name}/blob/${ref}/${entry.path}`);
  const git = apiUrl(host, `/repos/${owner}/${name}/git/${entry.type}s/${entry.sha}`);
  return {
    name: entry.path.split('/').at(-1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size,
    url: api,
    html_url: html,
    git_url: git,
    download_url:
      entry.type === 'blob' ? siteUrl(host, 'github.com', `/${owner}/${name}/raw/${ref}/${entry.path}`) : null,
    type: entry.mode === '120000' ? 'symlink' : (TYPES[entry.type] ?? 'file'),
    _links: { self: api, git, html },
  };
}

/** Base64 in lines of sixty characters, as GitHub sends it. */
const wrapped = (bytes: Buffer): string => bytes.toString('base64').replace(/.{60}/g, '$&\n');
