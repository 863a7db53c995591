import type { IncomingMessage } from 'node:http';
import type { ProjectRepository } from '../../../src/protocol/index.ts';

// Where a request of the agent's git or gh leads: its path below /connect of the relay. Pure.

/**
 * The name under which gh speaks plain HTTP (`http://api.github.localhost`), and by which it recognises the remote. No
 * name of this kind leaves the computer.
 */
export const GITHUB_INSIDE = 'github.localhost';
/** The git host for which there is an API. */
export const GITHUB = 'github.com';

type Asked = Pick<IncomingMessage, 'url' | 'headers'>;
const API_NAME = `api.${GITHUB_INSIDE}`;

/** The whole address: as sent to a proxy, or by the request's Host. */
function addressOf({ url = '', headers }: Asked): URL | null {
  const text = url.startsWith('/') ? `http://${headers.host ?? ''}${url}` : url;
  if (!URL.canParse(text)) return null;
  const address = new URL(text);
  return address.protocol === 'http:' ? address : null;
}

/** Whether the request names an address of the connect gateway. */
export const isForConnect = (asked: Asked): boolean =>
  [GITHUB_INSIDE, API_NAME].includes(addressOf(asked)?.hostname ?? '');

export const isForApi = (asked: Asked): boolean => addressOf(asked)?.hostname === API_NAME;

/** `path`: begins with a slash, with the query. */
export function targetOf(
  asked: Asked,
  { host, path: repository }: ProjectRepository,
): { path: string } | { refused: string } {
  const address = addressOf(asked);
  if (!address) return { refused: 'This isn’t an address of the repository.' };
  const { pathname, search } = address;
  if (isForApi(asked)) {
    if (host !== GITHUB) return { refused: `There is no API for ${host} here: use git, and the host’s own pages.` };
    return { path: `/api.${host}${pathname}${search}` };
  }
  const rest = restAfter(pathname, `/${repository}`);
  if (rest === null)
    return { refused: `This project’s repository is ${host}/${repository}; no other one is reached from here.` };
  return { path: `/${host}/${repository}.git${rest}${search}` };
}

/** What follows the repository, with or without `.git`. */
function restAfter(pathname: string, repository: string): string | null {
  const rest = [`${repository}.git/`, `${repository}/`].find((start) => pathname.startsWith(start));
  return rest === undefined ? null : pathname.slice(rest.length - 1);
}
