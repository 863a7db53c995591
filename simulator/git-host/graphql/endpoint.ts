import { execute, GraphQLError, OverlappingFieldsCanBeMergedRule, parse, specifiedRules, validate } from 'graphql';
import { Hono } from 'hono';
import { sees } from '../access.ts';
import { type ApiEnv, ApiRefusal, findRepository, jsonBody, needsLogin, textOf } from '../api/answers.ts';
import { type GitHost, iso } from '../host.ts';
import { type Asked, refused } from './context.ts';
import { mutationsFor } from './mutations.ts';
import { nodeById } from './nodes.ts';
import { accountNode } from './people.ts';
import { repositoryNode } from './repositories.ts';
import { schema } from './schema.ts';
import { searchNodes } from './search.ts';

// POST /graphql: executes one operation for the token's person. Errors carry their type beside the message, as GitHub's
// do, and the status stays 200.

export function graphqlRoutes(host: GitHost): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.post('/graphql', async (c) => {
    const { token } = c.var;
    if (!token) throw needsLogin();
    const { query, variables, operationName } = await jsonBody(c);
    const source = textOf(query);
    if (source === null) throw new ApiRefusal(400, 'A query attribute must be specified and must be a string.');
    const asked: Asked = { host, token };
    const document = readDocument(source);
    const problems = document instanceof GraphQLError ? [document] : validate(schema, document, RULES);
    if (document instanceof GraphQLError || problems.length > 0) return c.json({ errors: problems.map(errorView) });
    const { data, errors } = await execute({
      schema,
      document,
      rootValue: { ...queriesFor(asked), ...mutationsFor(asked) },
      variableValues: (variables ?? {}) as Record<string, unknown>,
      operationName: textOf(operationName),
    });
    return c.json({ ...(data === undefined ? {} : { data }), ...(errors ? { errors: errors.map(errorView) } : {}) });
  });
  return routes;
}

/** GitHub lets fields of different types of a union share a name, as gh's queries do. */
const RULES = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);

function readDocument(source: string) {
  try {
    return parse(source);
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function queriesFor(asked: Asked) {
  const { host, token } = asked;
  return {
    viewer: () => {
      if (token.login === null) throw refused('FORBIDDEN', 'Resource not accessible by integration');
      return accountNode(asked, token.login);
    },
    repository: ({ owner, name }: { owner: string; name: string }) => {
      const { found, renamed } = findRepository(host, owner, name);
      const repository = found ?? renamed;
      if (!repository || !sees(host.store, token, repository))
        throw refused('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`);
      return repositoryNode(asked, repository);
    },
    user: ({ login }: { login: string }) => person(login, 'User'),
    organization: ({ login }: { login: string }) => person(login, 'Organization'),
    repositoryOwner: ({ login }: { login: string }) => (host.store.account(login) ? accountNode(asked, login) : null),
    node: ({ id }: { id: string }) => nodeById(asked, id),
    nodes: ({ ids }: { ids: string[] }) => ids.map((id) => nodeById(asked, id)),
    search: (args: Parameters<typeof searchNodes>[1]) => searchNodes(asked, args),
    rateLimit: { limit: 5_000, cost: 1, remaining: 4_999, used: 1, resetAt: iso(host.now() + 3_600_000) },
  };

  function person(login: string, type: 'User' | 'Organization') {
    if (host.store.account(login)?.type !== type)
      throw refused(
        'NOT_FOUND',
        `Could not resolve to ${type === 'User' ? 'a User' : 'an Organization'} with the login of '${login}'.`,
      );
    return accountNode(asked, login);
  }
}

function errorView({ message, path, locations, extensions }: GraphQLError) {
  const { type } = extensions;
  return {
    ...(typeof type === 'string' ? { type } : {}),
    ...(path ? { path } : {}),
    ...(locations ? { locations } : {}),
    message,
  };
}
