import { Hono } from 'hono';
import { may } from '../access.ts';
import { afterRefs } from '../actions/after-push.ts';
import { signed } from '../git/git.ts';
import { withoutWorkflows } from '../git/push-rules.ts';
import { Reading } from '../git/reading.ts';
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
import { accountOf } from './views.ts';

// Reads files of a repository, and writes each as a commit of its own.

export function contentRoutes(host: GitHost): Hono<ApiEnv> {
  const { git, store } = host;
  const routes = new Hono<ApiEnv>();
  const at = '/repos/:owner/:repo';

  const read = async (c: ApiContext, path: string): Promise<Response> => {
    const repository = repositoryFor(host, c, 'contents');
    const ref = c.req.query('ref') ?? repository.defaultBranch;
    const sha = await new Reading(host, repository).sha(ref);
    if (sha === null)
      throw c.req.query('ref')
        ? new ApiRefusal(404, `No commit found for the ref ${ref}`)
        : new ApiRefusal(404, 'This repository is empty.');
    const folder = store.bareFolder(repository);
    const clean = path.replace(/\/+$/, '');
    const own = clean === '' ? null : (await lines(host, folder, [sha, '--', clean]))[0];
    if (clean !== '' && !own) throw notFound();
    if (own && own.type !== 'tree') {
      const bytes = await git.bytes(folder, ['cat-file', 'blob', own.sha]);
      if (/\braw\b/.test(c.req.header('accept') ?? '')) return c.body(new Uint8Array(bytes));
      return c.json({ ...entryView(host, repository, ref, own), encoding: 'base64', content: wrapped(bytes) });
    }
    const below = await lines(host, folder, clean === '' ? [sha] : [sha, '--', `${clean}/`]);
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
    const tip = await git.branchCommit(folder, branch);
    if (tip === null) throw new ApiRefusal(404, `Branch ${branch} not found`);
    if (repository.protections.some((one) => one.branch === branch && one.requiresPull))
      throw new ApiRefusal(409, 'Repository rule violations found\n\nChanges must be made through a pull request.');
    const before = (await lines(host, folder, [tip, '--', path]))[0];
    const given = textOf(body.sha);
    if (before && given === null) throw new ApiRefusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
    if (given !== null && before?.sha !== given) throw new ApiRefusal(409, `${path} does not match ${given}`);
    const actor = actorOf(host, token);
    const { mails, name } = accountOf(host, actor);
    const blob = bytes === null ? '0'.repeat(40) : await git.feed(folder, ['hash-object', '-w', '--stdin'], bytes);
    const index = `${folder}/index-${store.newId()}`;
    const withIndex = { GIT_INDEX_FILE: index };
    await git.ask(folder, ['read-tree', tip], withIndex);
    await git.ask(
      folder,
      [
        'update-index',
        ...(bytes === null ? ['--force-remove', path] : ['--add', '--cacheinfo', `100644,${blob},${path}`]),
      ],
      withIndex,
    );
    const tree = await git.ask(folder, ['write-tree'], withIndex);
    const who = signed({
      name: name ?? actor,
      email: mails[0]?.email ?? `${actor}@users.noreply.github.com`,
      at: host.now(),
    });
    const sha = await git.ask(folder, ['commit-tree', tree, '-p', tip, '-m', message], who);
    const ref = `refs/heads/${branch}`;
    await git.ask(folder, ['update-ref', ref, sha, tip]);
    await afterRefs(host, repository, actor, [{ old: tip, new: sha, ref }]);
    const commit = await new Reading(host, repository).commit(sha);
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

type Entry = { mode: string; type: string; sha: string; size: number; path: string };

async function lines(host: GitHost, folder: string, args: readonly string[]): Promise<Entry[]> {
  const text = await host.git.maybe(folder, ['ls-tree', '-l', '-z', ...args]);
  return (text ?? '')
    .split('\0')
    .filter(Boolean)
    .map((line) => {
      const [facts = '', path = ''] = line.split('\t');
      const [mode = '', type = '', sha = '', size = ''] = facts.split(/ +/);
      return { mode, type, sha, size: Number(size) || 0, path };
    });
}

const TYPES: Readonly<Record<string, string>> = { blob: 'file', tree: 'dir', commit: 'submodule' };

function entryView(host: GitHost, { owner, name }: Repository, ref: string, entry: Entry) {
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
