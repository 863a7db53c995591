import { Hono } from 'hono';
import { appOfClient, covers, installationsOf, roleOf, sees } from '../access.ts';
import { apiUrl, GITHUB, type GitHost } from '../host.ts';
import type { Token } from '../records.ts';
import { same } from '../store.ts';
import { type ApiEnv, ApiRefusal, jsonBody, listOf, needsLogin, notFound, paged, personOf } from './answers.ts';
import { installationView } from './app-views.ts';
import { accountOf, profileView, repositoryView } from './views.ts';

// The person behind a token: profile, addresses, repositories, installations.

export function userRoutes(host: GitHost): Hono<ApiEnv> {
  const { store } = host;
  const routes = new Hono<ApiEnv>();

  routes.get('/user', (c) => {
    const login = personOf(c);
    return c.json({ ...profileView(host, login), two_factor_authentication: true });
  });

  routes.get('/user/emails', (c) => {
    const login = personOf(c);
    const { kind, scopes, permissions } = c.var.token as Token;
    const allowed =
      kind === 'classic' || kind === 'oauth'
        ? scopes.some((scope) => ['user', 'user:email'].includes(scope))
        : permissions.email_addresses !== undefined;
    if (!allowed) {
      if (kind === 'fine-grained') throw new ApiRefusal(403, 'Resource not accessible by personal access token');
      throw kind === 'user' ? new ApiRefusal(403, 'Resource not accessible by integration') : notFound();
    }
    return c.json(accountOf(host, login).mails);
  });

  routes.get('/user/repos', (c) => {
    const login = personOf(c);
    const token = c.var.token as Token;
    const sort = c.req.query('sort') ?? 'full_name';
    const listed = store.records.repositories
      .filter((one) => one.host === GITHUB && roleOf(store, login, one) !== null && sees(store, token, one))
      .filter((one) => !isOnlyPublic(host, login, one.id) && listedFor(token, one.id))
      .sort((a, b) =>
        sort === 'full_name'
          ? `${a.owner}/${a.name}`.localeCompare(`${b.owner}/${b.name}`)
          : sort === 'created'
            ? b.createdAt - a.createdAt
            : b.pushedAt - a.pushedAt,
      );
    return c.json(paged(c, listed).map((one) => repositoryView(host, one, login)));
  });

  routes.get('/user/orgs', (c) => {
    const login = personOf(c);
    const orgs = store.records.accounts.filter(({ members }) => members.some((member) => same(member, login)));
    return c.json(
      orgs.map((org) => ({
        login: org.login,
        id: org.id,
        node_id: `O_${org.id}`,
        url: apiUrl(host, `/orgs/${org.login}`),
        description: null,
      })),
    );
  });

  routes.get('/user/installations', (c) => {
    personOf(c);
    const token = c.var.token as Token;
    const app = appOfClient(store, token.client);
    if (token.kind !== 'user' || !app)
      throw new ApiRefusal(
        403,
        'You must authenticate with an access token authorized to a GitHub App in order to list installations',
      );
    const list = installationsOf(store, token);
    return c.json({
      total_count: list.length,
      installations: paged(c, list).map((one) => installationView(host, app, one)),
    });
  });

  routes.get('/user/installations/:id/repositories', (c) => {
    const login = personOf(c);
    const installation = installationsOf(store, c.var.token as Token).find(
      ({ id }) => String(id) === c.req.param('id'),
    );
    if (!installation) throw notFound();
    const list = store.records.repositories.filter(
      (one) => covers(installation, one) && roleOf(store, login, one) !== null,
    );
    return c.json({
      total_count: list.length,
      repositories: paged(c, list).map((one) => repositoryView(host, one, login)),
    });
  });

  routes.get('/users/:login', (c) => {
    const account = store.account(c.req.param('login'));
    if (!account) throw notFound();
    return c.json(profileView(host, account.login));
  });

  routes.get('/installation/repositories', (c) => {
    const { token } = c.var;
    if (!token) throw needsLogin();
    if (token.kind !== 'installation') throw new ApiRefusal(403, 'Resource not accessible by personal access token');
    const list = store.records.repositories.filter((one) => one.host === GITHUB && isCovered(host, token, one.id));
    return c.json({
      total_count: list.length,
      repository_selection: token.repositories === 'all' ? 'all' : 'selected',
      repositories: paged(c, list).map((one) => repositoryView(host, one)),
    });
  });

  // Needs no authorization: anyone who has a token may revoke it.
  routes.post('/credentials/revoke', async (c) => {
    const wanted = listOf((await jsonBody(c)).credentials);
    if (wanted.length === 0) throw new ApiRefusal(422, 'Validation Failed');
    store.records.tokens = store.records.tokens.filter(({ token }) => !wanted.includes(token));
    store.save();
    return c.json({}, 202);
  });

  routes.delete('/installation/token', (c) => {
    const { token } = c.var;
    if (token?.kind !== 'installation') throw needsLogin();
    store.records.tokens = store.records.tokens.filter((one) => one !== token);
    store.save();
    return c.body(null, 204);
  });
  return routes;
}

/** True if the person sees the repository only because it is public. */
function isOnlyPublic(host: GitHost, login: string, id: number): boolean {
  const repository = host.store.repositoryById(id);
  return !repository || roleOf(host.store, login, { ...repository, private: true }) === null;
}

const listedFor = (token: Token, id: number): boolean =>
  token.repositories === 'all' || token.repositories.includes(id);

export function isCovered(host: GitHost, token: Token, id: number): boolean {
  const repository = host.store.repositoryById(id);
  const installation = host.store.records.installations.find((one) => one.id === token.installation);
  return Boolean(repository && installation && covers(installation, repository) && listedFor(token, id));
}
