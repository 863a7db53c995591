import { Hono } from 'hono';
import { readAuthorization } from '../credentials.ts';
import { graphqlRoutes } from '../graphql/endpoint.ts';
import { apiUrl, type GitHost } from '../host.ts';
import {
  type ApiContext,
  type ApiEnv,
  ApiRefusal,
  badCredentials,
  findRepository,
  notFound,
  refusalBody,
} from './answers.ts';
import { appRoutes } from './apps.ts';
import { checkRoutes } from './checks.ts';
import { contentRoutes } from './contents.ts';
import { gitRoutes } from './git-data.ts';
import { issueRoutes } from './issues.ts';
import { pullRoutes } from './pulls.ts';
import { repositoryRoutes } from './repositories.ts';
import { reviewRoutes } from './reviews.ts';
import { userRoutes } from './users.ts';

// The REST API of api.github.com below /api: reads the token, counts requests, redirects paths of renamed repositories.

const LIMIT = 5_000;
const ANONYMOUS_LIMIT = 60;
const HOUR_MS = 3_600_000;

export function createApi(host: GitHost): Hono<ApiEnv> {
  const used = new Map<string, { since: number; count: number }>();
  const api = new Hono<ApiEnv>();

  api.use(async (c, next) => {
    const header = c.req.header('authorization');
    // Apps send a JWT that they signed, and OAuth clients an id and a secret. apps.ts reads both.
    const own =
      /^\/api\/(app|app-manifests|applications)(\/|$)/.test(c.req.path) ||
      /^\/api\/repos\/[^/]+\/[^/]+\/installation$/.test(c.req.path);
    const brought = own ? ({ kind: 'none' } as const) : readAuthorization(host, header, 'api');
    if (brought.kind === 'bad') throw badCredentials();
    const token = brought.kind === 'token' ? brought.token : null;
    c.set('token', token);
    limit(host, used, c, token?.token ?? '');
    if (token?.kind === 'classic' || token?.kind === 'oauth') {
      c.header('X-OAuth-Scopes', token.scopes.join(', '));
      c.header('X-Accepted-OAuth-Scopes', '');
      if (token.client) c.header('X-OAuth-Client-Id', token.client);
    }
    if (token?.expiresAt && token.kind !== 'installation')
      c.header(
        'GitHub-Authentication-Token-Expiration',
        `${new Date(token.expiresAt).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
      );
    c.header('X-GitHub-Media-Type', 'github.v3; format=json');
    c.header('X-GitHub-Api-Version-Selected', c.req.header('x-github-api-version') ?? '2022-11-28');
    c.header('Server', 'github.com');
    await next();
  });

  api.use('/repos/:owner/:repo/*', (c, next) => withRepository(host, c, next));
  api.use('/repos/:owner/:repo', (c, next) => withRepository(host, c, next));
  api.get('/', (c) =>
    c.json({ current_user_url: apiUrl(host, '/user'), repository_url: apiUrl(host, '/repos/{owner}/{repo}') }),
  );
  api.get('/rate_limit', (c) => {
    const core = rate(host, used, c.var.token?.token ?? '');
    return c.json({
      resources: { core, search: { ...core, resource: 'search' }, graphql: { ...core, limit: LIMIT } },
      rate: core,
    });
  });
  api.get('/meta', (c) => c.json({ verifiable_password_authentication: false }));
  for (const routes of [
    userRoutes,
    appRoutes,
    repositoryRoutes,
    contentRoutes,
    gitRoutes,
    pullRoutes,
    reviewRoutes,
    issueRoutes,
    checkRoutes,
    graphqlRoutes,
  ])
    api.route('/', routes(host));
  api.notFound((c) => c.json(refusalBody(notFound()), 404));
  api.onError((error, c) => {
    if (error instanceof ApiRefusal) return c.json(refusalBody(error), error.status);
    host.log(error.stack ?? error.message);
    return c.json(refusalBody(new ApiRefusal(500, 'Server Error')), 500);
  });
  return api;
}

/** GitHub redirects the old path of a renamed repository to its address by id. */
async function withRepository(host: GitHost, c: ApiContext, next: () => Promise<void>): Promise<Response | undefined> {
  const { owner = '', repo = '' } = c.req.param() as { owner?: string; repo?: string };
  const { found, renamed } = findRepository(host, owner, repo);
  if (renamed) {
    const rest = c.req.path.split('/').slice(5).join('/');
    const url = apiUrl(host, `/repositories/${renamed.id}${rest && `/${rest}`}${new URL(c.req.url).search}`);
    const body = { message: 'Moved Permanently', url, documentation_url: 'https://docs.github.com/rest' };
    return c.json(body, c.req.method === 'GET' ? 301 : 307, { Location: url });
  }
  if (!found) throw notFound();
  c.set('repository', found);
  await next();
  return undefined;
}

type Used = Map<string, { since: number; count: number }>;

function rate(host: GitHost, used: Used, key: string) {
  const now = host.now();
  const known = used.get(key);
  const window = known && now - known.since < HOUR_MS ? known : { since: now, count: 0 };
  used.set(key, window);
  const most = key === '' ? ANONYMOUS_LIMIT * 100 : LIMIT;
  return {
    limit: most,
    remaining: Math.max(0, most - window.count),
    reset: Math.ceil((window.since + HOUR_MS) / 1000),
    used: window.count,
    resource: 'core',
  };
}

function limit(host: GitHost, used: Used, c: ApiContext, key: string): void {
  rate(host, used, key);
  const window = used.get(key);
  if (window) window.count += 1;
  const now = rate(host, used, key);
  for (const [name, value] of Object.entries(now))
    c.header(`X-RateLimit-${name[0]?.toUpperCase()}${name.slice(1)}`, String(value));
  if (now.used > now.limit) throw new ApiRefusal(403, 'API rate limit exceeded');
}
