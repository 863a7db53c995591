import { Hono } from 'hono';
import { changeRef } from '../actions/change-ref.ts';
import { NOTHING } from '../git/push-rules.ts';
import { Reading } from '../git/reading.ts';
import { apiUrl, type GitHost } from '../host.ts';
import type { Repository, Token } from '../records.ts';
import { type ApiContext, type ApiEnv, ApiRefusal, jsonBody, notFound, repositoryFor, textOf } from './answers.ts';

// Reads and changes refs, and reads git's objects. A changed ref has to pass the rules of a push.

export function gitRoutes(host: GitHost): Hono<ApiEnv> {
  const { git, store } = host;
  const routes = new Hono<ApiEnv>();
  const at = '/repos/:owner/:repo/git';
  const shaOfRef = (repository: Repository, ref: string): Promise<string | null> =>
    git.maybe(store.bareFolder(repository), ['rev-parse', '--verify', '--quiet', '--end-of-options', ref]);

  routes.get(`${at}/ref/:ref{.+}`, async (c) => {
    const repository = repositoryFor(host, c, 'contents');
    const ref = `refs/${c.req.param('ref')}`;
    const found = (await new Reading(host, repository).refs(ref)).find((one) => one.ref === ref);
    if (!found) throw notFound();
    return c.json(refView(host, repository, found.ref, found.sha, found.type));
  });
  routes.get(`${at}/matching-refs/:ref{.*}`, async (c) => {
    const repository = repositoryFor(host, c, 'contents');
    const start = `refs/${c.req.param('ref')}`;
    const found = (await new Reading(host, repository).refs('refs')).filter(({ ref }) => ref.startsWith(start));
    return c.json(found.map(({ ref, sha, type }) => refView(host, repository, ref, sha, type)));
  });

  const change = async (
    c: ApiContext,
    repository: Repository,
    ref: string,
    old: string,
    next: string,
  ): Promise<void> => {
    const refused = await changeRef(host, repository, c.var.token as Token, { old, new: next, ref });
    if (refused !== null) throw new ApiRefusal(422, refused);
  };

  routes.post(`${at}/refs`, async (c) => {
    const repository = repositoryFor(host, c, 'contents', 'write');
    const { ref, sha } = await jsonBody(c);
    const name = textOf(ref) ?? '';
    if (!/^refs\/[^/]+\/.+/.test(name))
      throw new ApiRefusal(422, 'Reference name must start with "refs/" and have at least two slashes.');
    const known = await new Reading(host, repository).sha(textOf(sha) ?? '');
    if (known === null) throw new ApiRefusal(422, 'Object does not exist');
    if ((await shaOfRef(repository, name)) !== null) throw new ApiRefusal(422, 'Reference already exists');
    await change(c, repository, name, NOTHING, known);
    return c.json(refView(host, repository, name, known, 'commit'), 201);
  });
  routes.patch(`${at}/refs/:ref{.+}`, async (c) => {
    const repository = repositoryFor(host, c, 'contents', 'write');
    const { sha, force } = await jsonBody(c);
    const name = `refs/${c.req.param('ref')}`;
    const old = await shaOfRef(repository, name);
    if (old === null) throw new ApiRefusal(422, 'Reference does not exist');
    const reading = new Reading(host, repository);
    const known = await reading.sha(textOf(sha) ?? '');
    if (known === null) throw new ApiRefusal(422, 'Object does not exist');
    if (force !== true && (await reading.mergeBase(old, known)) !== old)
      throw new ApiRefusal(422, 'Update is not a fast forward');
    await change(c, repository, name, old, known);
    return c.json(refView(host, repository, name, known, 'commit'));
  });
  routes.delete(`${at}/refs/:ref{.+}`, async (c) => {
    const repository = repositoryFor(host, c, 'contents', 'write');
    const name = `refs/${c.req.param('ref')}`;
    const old = await shaOfRef(repository, name);
    if (old === null) throw new ApiRefusal(422, 'Reference does not exist');
    await change(c, repository, name, old, NOTHING);
    return c.body(null, 204);
  });

  routes.get(`${at}/commits/:sha`, async (c) => {
    const repository = repositoryFor(host, c, 'contents');
    const commit = await new Reading(host, repository).commit(c.req.param('sha'));
    if (!commit) throw notFound();
    const { sha, tree, parents, author, committer, message } = commit;
    const url = apiUrl(host, `/repos/${repository.owner}/${repository.name}/git`);
    return c.json({
      sha,
      node_id: `C_${sha}`,
      url: `${url}/commits/${sha}`,
      html_url: '',
      author,
      committer,
      message,
      tree: { sha: tree, url: `${url}/trees/${tree}` },
      parents: parents.map((one) => ({ sha: one, url: `${url}/commits/${one}`, html_url: '' })),
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
    });
  });
  routes.get(`${at}/trees/:sha`, async (c) => {
    const repository = repositoryFor(host, c, 'contents');
    const sha = await git.maybe(store.bareFolder(repository), [
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${c.req.param('sha')}^{tree}`,
    ]);
    if (sha === null) throw notFound();
    const entries = await new Reading(host, repository).entries([
      ...(c.req.query('recursive') ? ['-r', '-t'] : []),
      sha,
    ]);
    const api = apiUrl(host, `/repos/${repository.owner}/${repository.name}/git`);
    const tree = entries.map(({ path, mode, type, sha: own, size }) => ({
      path,
      mode,
      type,
      sha: own,
      ...(type === 'blob' ? { size } : {}),
      url: `${api}/${type}s/${own}`,
    }));
    return c.json({ sha, url: `${api}/trees/${sha}`, tree, truncated: false });
  });
  routes.get(`${at}/blobs/:sha`, async (c) => {
    const repository = repositoryFor(host, c, 'contents');
    const sha = c.req.param('sha');
    if (!/^[0-9a-f]{40}$/.test(sha)) throw notFound();
    const bytes = await git.bytes(store.bareFolder(repository), ['cat-file', 'blob', sha]).catch(() => null);
    if (bytes === null) throw notFound();
    const url = apiUrl(host, `/repos/${repository.owner}/${repository.name}/git/blobs/${sha}`);
    return c.json({
      sha,
      node_id: `B_${sha}`,
      size: bytes.length,
      url,
      content: bytes.toString('base64'),
      encoding: 'base64',
    });
  });
  return routes;
}

const refView = (host: GitHost, { owner, name }: Repository, ref: string, sha: string, type: string) => {
  const api = apiUrl(host, `/repos/${owner}/${name}/git`);
  return { ref, node_id: `REF_${ref}`, url: `${api}/${ref}`, object: { sha, type, url: `${api}/${type}s/${sha}` } };
};
