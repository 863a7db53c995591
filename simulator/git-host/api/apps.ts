import { type Context, Hono } from 'hono';
import { covers, reaches } from '../access.ts';
import { newToken, readAppJwt } from '../credentials.ts';
import { type GitHost, iso } from '../host.ts';
import { takeManifest } from '../login/manifests.ts';
import type { App, Installation, Level, Permissions, Token } from '../records.ts';
import { deliveryView } from '../webhooks/webhooks.ts';
import { type ApiEnv, ApiRefusal, findRepository, invalid, jsonBody, listOf, notFound, paged } from './answers.ts';
import { appView, installationView } from './app-views.ts';
import { accountView, repositoryView } from './views.ts';

// Routes for a GitHub App, which signs with its key: installations, installation tokens, webhook deliveries. Routes for
// a client with its secret: check or revoke a person's token.

const TOKEN_MS = 3_600_000;

export function appRoutes(host: GitHost): Hono<ApiEnv> {
  const { records } = host.store;
  const routes = new Hono<ApiEnv>();
  const signedIn = (c: Context<ApiEnv>): App => {
    const login = readAppJwt(host, c.req.header('authorization'));
    if ('refused' in login) throw new ApiRefusal(401, login.refused);
    return login.app;
  };
  const installationOf = (c: Context<ApiEnv>, app: App): Installation => {
    const found = records.installations.find((one) => String(one.id) === c.req.param('id') && one.app === app.id);
    if (!found) throw notFound();
    return found;
  };

  routes.get('/app', (c) => c.json(appView(host, signedIn(c))));
  routes.get('/app/installations', (c) => {
    const app = signedIn(c);
    return c.json(
      paged(
        c,
        records.installations.filter((one) => one.app === app.id),
      ).map((one) => installationView(host, app, one)),
    );
  });
  routes.get('/app/installations/:id', (c) => {
    const app = signedIn(c);
    return c.json(installationView(host, app, installationOf(c, app)));
  });
  routes.delete('/app/installations/:id', (c) => {
    removeInstallation(host, installationOf(c, signedIn(c)));
    return c.body(null, 204);
  });
  routes.get('/repos/:owner/:repo/installation', (c) => {
    const app = signedIn(c);
    const found = records.installations.find((one) => one.app === app.id && covers(one, c.var.repository));
    if (!found) throw notFound();
    return c.json(installationView(host, app, found));
  });

  routes.post('/app/installations/:id/access_tokens', async (c) => {
    const app = signedIn(c);
    const installation = installationOf(c, app);
    if (installation.suspendedAt !== null) throw new ApiRefusal(403, 'This installation has been suspended');
    const body = await jsonBody(c);
    const repositories = narrowedRepositories(host, installation, body);
    const permissions = narrowedPermissions(installation, body.permissions);
    const token = newToken(host, {
      kind: 'installation',
      installation: installation.id,
      repositories,
      permissions,
      expiresAt: host.now() + TOKEN_MS,
    });
    return c.json(
      {
        token: token.token,
        expires_at: iso(token.expiresAt ?? 0),
        permissions: { ...permissions, metadata: 'read' },
        repository_selection: repositories === 'all' ? 'all' : 'selected',
        ...(repositories === 'all'
          ? {}
          : {
              repositories: repositories
                .flatMap((id) => records.repositories.filter((one) => one.id === id))
                .map((one) => repositoryView(host, one)),
            }),
      },
      201,
    );
  });

  routes.get('/app/hook/deliveries', (c) => {
    const app = signedIn(c);
    return c.json(
      paged(c, host.webhooks.deliveries.filter((one) => one.app === app.id).toReversed()).map(deliveryView),
    );
  });
  routes.post('/app/hook/deliveries/:delivery/attempts', (c) => {
    signedIn(c);
    if (!host.webhooks.redeliver(Number(c.req.param('delivery')))) throw notFound();
    return c.json({}, 202);
  });
  routes.get('/app/hook/config', (c) => {
    const { webhookUrl, webhookSecret } = signedIn(c);
    return c.json({ content_type: 'json', insecure_ssl: '0', secret: webhookSecret && '********', url: webhookUrl });
  });
  routes.patch('/app/hook/config', async (c) => {
    const app = signedIn(c);
    const { url, secret } = await jsonBody(c);
    if (typeof url === 'string') app.webhookUrl = url;
    if (typeof secret === 'string') app.webhookSecret = secret;
    host.store.save();
    return c.json({ content_type: 'json', insecure_ssl: '0', secret: '********', url: app.webhookUrl });
  });

  routes.post('/app-manifests/:code/conversions', (c) => {
    const made = takeManifest(host, c.req.param('code'));
    if (!made) throw notFound();
    const { app, pem } = made;
    return c.json(
      { ...appView(host, app), client_secret: app.clientSecret, webhook_secret: app.webhookSecret, pem },
      201,
    );
  });

  const tokenOfClient = async (c: Context<ApiEnv>): Promise<Token> => {
    const [id, secret] = basic(c.req.header('authorization'));
    const known = [...records.apps, ...records.oauthApps].find(({ clientId }) => clientId === id);
    if (!known || known.clientSecret !== secret || id !== c.req.param('client')) throw notFound();
    const { access_token } = await jsonBody(c);
    const token = records.tokens.find((one) => one.token === access_token && one.client === id);
    if (!token)
      throw typeof access_token === 'string'
        ? notFound()
        : invalid({ resource: 'Authorization', code: 'missing_field', field: 'access_token' });
    return token;
  };
  routes.post('/applications/:client/token', async (c) => {
    const token = await tokenOfClient(c);
    if (token.expiresAt !== null && token.expiresAt <= host.now()) throw notFound();
    return c.json({
      id: 1,
      token: token.token,
      scopes: token.scopes,
      user: accountView(host, token.login ?? ''),
      expires_at: token.expiresAt && iso(token.expiresAt),
    });
  });
  for (const what of ['token', 'grant'] as const) {
    routes.delete(`/applications/:client/${what}`, async (c) => {
      const token = await tokenOfClient(c);
      records.tokens = records.tokens.filter((one) =>
        what === 'token' ? one !== token : one.client !== token.client || one.login !== token.login,
      );
      host.store.save();
      return c.body(null, 204);
    });
  }
  return routes;
}

export function removeInstallation(host: GitHost, installation: Installation): void {
  const { records } = host.store;
  const app = records.apps.find(({ id }) => id === installation.app);
  records.installations = records.installations.filter((one) => one !== installation);
  records.tokens = records.tokens.filter((token) => token.installation !== installation.id);
  host.store.save();
  if (app)
    host.webhooks.tellInstallation(installation, 'installation', {
      action: 'deleted',
      sender: accountView(host, installation.account),
      ...{ installation: installationView(host, app, installation) },
    });
}

function narrowedRepositories(
  host: GitHost,
  installation: Installation,
  body: Record<string, unknown>,
): 'all' | number[] {
  const { repositories, repository_ids } = body;
  if (repositories === undefined && repository_ids === undefined) return installation.repositories;
  const named = listOf(repositories).map((name) => findRepository(host, installation.account, name).found);
  const ids = Array.isArray(repository_ids) ? repository_ids.map((id) => host.store.repositoryById(Number(id))) : [];
  const all = [...named, ...ids];
  if (all.some((one) => !one || !covers(installation, one)))
    throw new ApiRefusal(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  return all.flatMap((one) => (one ? [one.id] : []));
}

function narrowedPermissions(installation: Installation, wanted: unknown): Permissions {
  if (wanted === undefined) return installation.permissions;
  if (typeof wanted !== 'object' || wanted === null) throw new ApiRefusal(422, 'Invalid request.');
  const asked = Object.entries(wanted) as [string, Level][];
  for (const [name, level] of asked) {
    const has = name === 'metadata' ? 'read' : installation.permissions[name];
    if (!reaches(has, level))
      throw new ApiRefusal(422, 'The permissions requested are not granted to this installation.');
  }
  return Object.fromEntries(asked);
}

function basic(header: string | undefined): [string, string] {
  const [, value = ''] = /^basic (.+)$/i.exec(header ?? '') ?? [];
  const [name = '', ...rest] = Buffer.from(value, 'base64').toString('utf8').split(':');
  return [name, rest.join(':')];
}
