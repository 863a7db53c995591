import type { IncomingMessage, ServerResponse } from 'node:http';
import { may, sees } from '../access.ts';
import { readAuthorization } from '../credentials.ts';
import { GITHUB, type GitHost, siteUrl } from '../host.ts';
import type { Repository, Token } from '../records.ts';
import { runBackend } from './backend.ts';
import { answerLfs } from './lfs.ts';
import type { Pushes } from './pushes.ts';

// Git over http: checks the token, and refuses with the words that git shows to its user.

export type GitPath = { host: string; owner: string; name: string; rest: string };

/** Null if git doesn't ask for this path. */
export function readGitPath(path: string): GitPath | null {
  const [, host = '', owner = '', name = '', rest = ''] =
    /^\/([\w.-]+)\/([\w.-]+)\/([\w.-]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack|\/info\/lfs\/.+|\/HEAD|\/objects\/.+)$/.exec(
      path,
    ) ?? [];
  return rest === '' ? null : { host, owner, name, rest };
}

export async function answerGit(
  host: GitHost,
  pushes: Pushes,
  request: IncomingMessage,
  response: ServerResponse,
  { host: name, owner, name: repositoryName, rest }: GitPath,
  query: string,
): Promise<void> {
  const say = (status: number, text: string, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
    response.end(`${text}\n`);
    request.resume();
  };
  const brought = readAuthorization(host, request.headers.authorization, 'git');
  const challenge = { 'www-authenticate': `Basic realm="${name === GITHUB ? 'GitHub' : 'Git'}"` };
  if (brought.kind === 'bad')
    return say(
      401,
      'Invalid username or token. Password authentication is not supported for Git operations.',
      challenge,
    );
  const token = brought.kind === 'token' ? brought.token : null;
  const renamed = host.store.renamed(name, owner, repositoryName);
  const repository = host.store.repository(name, owner, repositoryName) ?? renamed;
  if (!repository || !sees(host.store, token, repository)) {
    return token === null ? say(401, 'Repository not found.', challenge) : say(404, 'Repository not found.');
  }
  if (repository === renamed) {
    const to = siteUrl(host, name, `/${repository.owner}/${repository.name}.git${rest}${query && `?${query}`}`);
    return say(301, 'Moved.', { location: to });
  }
  if (rest.startsWith('/info/lfs/')) return answerLfs(host, request, response, repository, token, rest);
  const smart = rest === '/info/refs' ? new URLSearchParams(query).get('service') : rest.slice(1);
  if (smart !== 'git-upload-pack' && smart !== 'git-receive-pack')
    return say(403, 'Please upgrade your git client. GitHub.com no longer supports git over dumb-http.');
  const write = smart === 'git-receive-pack';
  if (write && token === null) return say(401, 'Authentication required.', challenge);
  const level = write ? 'write' : 'read';
  if (!may(host.store, token, repository, { permission: 'contents', level }))
    return say(403, refusedTo(token, repository, write));
  if (write && repository.archived) return say(403, 'This repository was archived so it is read-only.');
  const push = rest === '/git-receive-pack' && token ? pushes.begin(repository, token) : '';
  await runBackend(host, request, response, {
    repository,
    path: rest,
    query,
    user: token?.login ?? 'app',
    push,
    port: Number(new URL(host.url).port),
    after: async () => {
      if (push !== '') await pushes.end(push);
    },
  });
}

function refusedTo(token: Token | null, { owner, name }: Repository, write: boolean): string {
  if (token?.kind === 'installation' || token?.kind === 'fine-grained')
    return write ? 'Write access to repository not granted.' : 'Read access to repository not granted.';
  return `Permission to ${owner}/${name}.git denied to ${token?.login ?? 'anonymous'}.`;
}
