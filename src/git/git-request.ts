import type { GitPermission } from './permissions.ts';
import { GITHUB, isHostName, isSegment } from './repository-address.ts';
import { findRestRoute } from './rest-routes.ts';

// Reads what a request to a git host asks for, from its method and address alone. Whatever isn't listed is refused.

/**
 * refs: what branches there are, asked before fetch and push · lfs: where large files are · rest, graphql: the host's
 * API.
 */
export type GitKind = 'refs' | 'fetch' | 'push' | 'lfs' | 'rest' | 'graphql';

/** `body`: how the gateway reads it. push: the commands first · json: as a whole. */
export type GitRequest = {
  kind: GitKind;
  host: string;
  /** Null: GraphQL, which names the repository in its body. */
  path: string | null;
  /** The path and query at the host or its API. */
  target: string;
  body: 'none' | 'stream' | 'push' | 'json';
  needs: GitPermission | null;
};

const SERVICES: Readonly<Record<string, Pick<GitRequest, 'kind' | 'body'>>> = {
  'GET /info/refs?service=git-upload-pack': { kind: 'refs', body: 'none' },
  'GET /info/refs?service=git-receive-pack': { kind: 'refs', body: 'none' },
  'POST /git-upload-pack': { kind: 'fetch', body: 'stream' },
  'POST /git-receive-pack': { kind: 'push', body: 'push' },
  'POST /info/lfs/objects/batch': { kind: 'lfs', body: 'json' },
  // git-lfs asks before a push whether somebody has locked a file.
  'POST /info/lfs/locks/verify': { kind: 'lfs', body: 'json' },
};
const API = `api.${GITHUB}`;
const TARGET_CHARS_MAX = 4000;

/** `address`: what follows `/connect/`: the host, the path and the query. Null: not available through the relay. */
export function readGitRequest(method: string, address: string): GitRequest | null {
  if (address.length > TARGET_CHARS_MAX || !/^[\x21-\x7e]+$/.test(address)) return null;
  const [, host = '', target = '', query = ''] = /^([^/?]+)(\/[^?]*)(\?.*)?$/.exec(address) ?? [];
  if (target === '' || hasTricks(target)) return null;
  if (host === API) return readApiRequest(method, target, query);
  const [, path = '', service = ''] = /^\/([^?]{1,600}?)\.git(\/.*)$/.exec(target) ?? [];
  const found = Object.hasOwn(SERVICES, `${method} ${service}${query}`)
    ? SERVICES[`${method} ${service}${query}`]
    : null;
  if (!found || !isHostName(host) || !isPath(path)) return null;
  return { ...found, host, path, target: `${target}${query}`, needs: null };
}

function readApiRequest(method: string, target: string, query: string): GitRequest | null {
  if (target === '/graphql') {
    const isAsked = method === 'POST' && query === '';
    return isAsked ? { kind: 'graphql', host: GITHUB, path: null, target, body: 'json', needs: null } : null;
  }
  const [, owner = '', name = '', rest = ''] = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(target) ?? [];
  const route = isPath(`${owner}/${name}`) ? findRestRoute(method, rest) : null;
  // Nothing that changes something has a query.
  if (route === null || (route.body === 'json' && query !== '')) return null;
  const kind = { kind: 'rest', host: GITHUB, path: `${owner}/${name}`, target: `${target}${query}` } as const;
  return { ...kind, ...route };
}

const isPath = (path: string): boolean => {
  const segments = path.split('/');
  return segments.length >= 2 && segments.length <= 10 && segments.every(isSegment);
};

/** Spellings that hosts may read as another path. Some take an encoded slash for a slash. */
const hasTricks = (target: string): boolean =>
  /[\\;#]|%(?![0-9a-f]{2})|%(?:00|0a|0d|23|25|2e|3b|3f|5c)/i.test(target) ||
  /\/\/|\/\.{1,2}(?:\/|$)/.test(target.replace(/%2f/gi, '/'));
