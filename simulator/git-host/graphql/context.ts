import { GraphQLError } from 'graphql';
import { may, type Need, sees } from '../access.ts';
import type { GitHost } from '../host.ts';
import type { Repository, Token } from '../records.ts';

// Helpers of GraphQL's fields: the token, refusals in GitHub's shape, and lists as connections.

export type Asked = { host: GitHost; token: Token };

export const refused = (type: string, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { type } });
export const unknownNode = (id: string): GraphQLError =>
  refused('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);

export function requireNeed({ host, token }: Asked, repository: Repository, need: Need): void {
  if (!sees(host.store, token, repository)) throw refused('NOT_FOUND', 'Could not resolve to a node.');
  if (repository.archived && need.level !== 'read')
    throw refused('UNPROCESSABLE', 'Repository was archived so is read-only.');
  if (may(host.store, token, repository, need)) return;
  const what = token.kind === 'installation' || token.kind === 'user' ? 'integration' : 'personal access token';
  throw refused('FORBIDDEN', `Resource not accessible by ${what}`);
}

export type PageArgs = { first?: number | null; last?: number | null; after?: string | null; before?: string | null };

/** One page of the list. A cursor holds an index of the list. */
export function connection<T>(list: readonly T[], { first, last, after, before }: PageArgs) {
  const start = after ? readCursor(after) + 1 : 0;
  const end = before ? readCursor(before) : list.length;
  const whole = list.map((node, at) => ({ node, at })).slice(start, end);
  const page =
    first != null ? whole.slice(0, first) : last != null ? whole.slice(Math.max(0, whole.length - last)) : whole;
  const [head, tail] = [page[0], page.at(-1)];
  return {
    nodes: page.map(({ node }) => node),
    edges: page.map(({ node, at }) => ({ node, cursor: cursor(at) })),
    totalCount: list.length,
    pageInfo: {
      hasNextPage: tail !== undefined && tail.at < end - 1,
      hasPreviousPage: head !== undefined && head.at > 0,
      startCursor: head ? cursor(head.at) : null,
      endCursor: tail ? cursor(tail.at) : null,
    },
  };
}

const cursor = (at: number): string => Buffer.from(`cursor:${at}`).toString('base64');
const readCursor = (text: string): number => Number(Buffer.from(text, 'base64').toString('utf8').split(':')[1]) || 0;
