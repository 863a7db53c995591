import { type Context, Hono } from 'hono';
import { html } from 'hono/html';
import { roleOf } from '../access.ts';
import { Reading } from '../git/reading.ts';
import type { GitHost } from '../host.ts';
import type { Repository } from '../records.ts';
import { ago, badge } from './layout.ts';
import { fileSection } from './pull.ts';
import { repositoryOf, show, visitorOf } from './visit.ts';

// The pages of a check, a commit, a comparison and a file, which the API's answers link to.

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

export function detailRoutes(host: GitHost): Hono {
  const routes = new Hono();
  const at = '/github.com/:owner/:repo';
  const seen = (c: Context): Repository | null => {
    const repository = repositoryOf(host, c);
    return repository && roleOf(host.store, visitorOf(host, c), repository) !== null ? repository : null;
  };
  const back = ({ owner, name }: Repository) => ({ to: `/github.com/${owner}/${name}`, name: `${owner}/${name}` });

  routes.get(`${at}/runs/:run{[0-9]+}`, (c) => {
    const repository = seen(c);
    const run = host.store.records.runs.find((one) => String(one.id) === c.req.param('run'));
    if (!repository || run?.repository !== repository.id) return c.notFound();
    const words = run.summary ?? (run.status === 'completed' ? 'Nothing else was said.' : 'It runs.');
    return show(
      host,
      c,
      { title: run.name, back: back(repository) },
      html`<section><p>${badge(run.conclusion ?? 'Running')} <span class="soft">on <span class="code">${run.sha.slice(0, 7)}</span>, begun ${ago(host.now(), run.startedAt)}</span></p><p>${run.title ?? ''}</p><p class="text">${words}</p></section>`,
    );
  });

  const changes = async (c: Context, repository: Repository, title: string, from: string, to: string) => {
    const files = await new Reading(host, repository).changes(from, to);
    return show(host, c, { title, back: back(repository) }, html`${files.map(fileSection)}`);
  };
  routes.get(`${at}/commit/:sha`, async (c) => {
    const repository = seen(c);
    const commit = repository && (await new Reading(host, repository).commit(c.req.param('sha')));
    if (!repository || !commit) return c.notFound();
    return changes(c, repository, commit.message.split('\n')[0] ?? '', commit.parents[0] ?? EMPTY_TREE, commit.sha);
  });
  routes.get(`${at}/compare/:range{.+}`, async (c) => {
    const repository = seen(c);
    if (!repository) return c.notFound();
    const reading = new Reading(host, repository);
    const [from, to] = await Promise.all(
      c.req
        .param('range')
        .split('...')
        .map((name) => reading.sha(name)),
    );
    if (!from || !to) return c.notFound();
    return changes(c, repository, c.req.param('range'), (await reading.mergeBase(from, to)) ?? from, to);
  });

  routes.get(`${at}/:kind{raw|blob}/:rest{.+}`, async (c) => {
    const repository = seen(c);
    const [ref = '', ...path] = c.req.param('rest').split('/');
    const sha = repository && (await new Reading(host, repository).sha(ref));
    if (!repository || !sha) return c.notFound();
    const { git, store } = host;
    const bytes = await git
      .bytes(store.bareFolder(repository), ['cat-file', 'blob', `${sha}:${path.join('/')}`])
      .catch(() => null);
    if (bytes === null) return c.notFound();
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
    return c.body(new Uint8Array(bytes), 200, headers);
  });
  return routes;
}
