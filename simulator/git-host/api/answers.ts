import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { may, type Need, sees } from '../access.ts';
import { GITHUB, type GitHost } from '../host.ts';
import type { Repository, Token } from '../records.ts';

// Helpers of the API's routes: refusals, the account behind the token, the repository of the path, bodies and pages.

export type ApiEnv = { Variables: { token: Token | null; repository: Repository } };
export type ApiContext = Context<ApiEnv>;

export type FieldError = { resource: string; code: string; field?: string; message?: string };

/** Thrown by handlers; the API answers with GitHub's JSON for it. */
export class ApiRefusal extends Error {
  readonly status: ContentfulStatusCode;
  readonly errors: FieldError[] | undefined;

  constructor(status: ContentfulStatusCode, message: string, errors?: FieldError[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

export const notFound = (): ApiRefusal => new ApiRefusal(404, 'Not Found');
export const badCredentials = (): ApiRefusal => new ApiRefusal(401, 'Bad credentials');
export const needsLogin = (): ApiRefusal => new ApiRefusal(401, 'Requires authentication');
export const invalid = (...errors: FieldError[]): ApiRefusal => new ApiRefusal(422, 'Validation Failed', errors);
export const archived = (): ApiRefusal => new ApiRefusal(403, 'Repository was archived so is read-only.');

export function refusalBody({ message, status, errors }: ApiRefusal) {
  return {
    message,
    ...(errors === undefined ? {} : { errors }),
    documentation_url: 'https://docs.github.com/rest',
    status: String(status),
  };
}

/** The login of the token's person. Throws for an installation's token, which has no person. */
export function personOf(c: ApiContext): string {
  const { token } = c.var;
  if (!token) throw needsLogin();
  if (token.login === null) throw new ApiRefusal(403, 'Resource not accessible by integration');
  return token.login;
}

/** The author's login: the token's person, or the App's bot for an installation's token. */
export function actorOf(host: GitHost, token: Token | null): string {
  if (!token) throw needsLogin();
  if (token.login !== null) return token.login;
  const installation = host.store.records.installations.find(({ id }) => id === token.installation);
  const app = host.store.records.apps.find(({ id }) => id === installation?.app);
  return `${app?.slug ?? 'app'}[bot]`;
}

/** The repository of the path. Throws if the token lacks this permission there. */
export function repositoryFor(
  host: GitHost,
  c: ApiContext,
  permission: string,
  level: Need['level'] = 'read',
): Repository {
  const { token, repository } = c.var;
  requireMay(host, token, repository, { permission, level });
  return repository;
}

export function requireMay(host: GitHost, token: Token | null, repository: Repository, need: Need): void {
  if (!sees(host.store, token, repository)) throw notFound();
  if (!may(host.store, token, repository, need)) {
    if (token === null) throw needsLogin();
    if (token.kind === 'installation' || token.kind === 'user')
      throw new ApiRefusal(403, 'Resource not accessible by integration');
    if (token.kind === 'fine-grained') throw new ApiRefusal(403, 'Resource not accessible by personal access token');
    throw notFound();
  }
  if (need.level !== 'read' && repository.archived) throw archived();
}

export function findRepository(
  host: GitHost,
  owner: string,
  name: string,
): { found?: Repository; renamed?: Repository } {
  const found = host.store.repository(GITHUB, owner, name);
  if (found) return { found };
  const renamed = host.store.renamed(GITHUB, owner, name);
  return renamed ? { renamed } : {};
}

/** Reads the body as an object; throws GitHub's refusal for anything else. */
export async function jsonBody(c: ApiContext): Promise<Record<string, unknown>> {
  const text = await c.req.text();
  if (text === '') return {};
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch {
    throw new ApiRefusal(400, 'Problems parsing JSON');
  }
  throw new ApiRefusal(422, 'Invalid request.\n\nFor body, an object is required.');
}

export const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
export const listOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

const MOST_PER_PAGE = 100;

/** One page of a list, with GitHub's Link header. */
export function paged<T>(c: ApiContext, list: readonly T[]): T[] {
  const size = Math.min(MOST_PER_PAGE, Math.max(1, Number(c.req.query('per_page') ?? 30) || 30));
  const page = Math.max(1, Number(c.req.query('page') ?? 1) || 1);
  const last = Math.max(1, Math.ceil(list.length / size));
  const link = (to: number, rel: string): string => {
    const url = new URL(c.req.url);
    url.searchParams.set('page', String(to));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev'), link(1, 'first')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
  ];
  if (links.length > 0) c.header('Link', links.join(', '));
  return list.slice((page - 1) * size, page * size);
}
