import * as z from 'zod/mini';
import type { Repository } from '../conversation/state/connections.ts';
import { isSegment, type RepositoryAddress } from '../git/repository-address.ts';
import { type HostAddresses, isGitHub, webOf } from './addresses.ts';
import { askHost, HOST_TIMEOUT_MS, type HostTrouble } from './ask-host.ts';
import { readInstallations } from './github-app.ts';

// Looks a repository up at its host, and lists those of an account.

export type RepositoryAnswer =
  | { repository: Repository }
  | { refused: HostTrouble | 'read-only'; retryAfterMs: number | null };
/** The headers of the account: for git itself, and for GitHub's API. */
export type Authorizations = { git: string; api: string };

const Found = z.object({
  id: z.number(),
  full_name: z.string().check(z.regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/)),
  default_branch: z.nullish(z.string()),
  private: z.nullish(z.boolean()),
  size: z.nullish(z.number()),
  archived: z.nullish(z.boolean()),
  permissions: z.nullish(z.looseObject({ push: z.nullish(z.boolean()) })),
});

/** A renamed repository is found under its new name. */
export async function findRepository(
  addresses: HostAddresses,
  { host, path }: RepositoryAddress,
  authorization: Authorizations,
): Promise<RepositoryAnswer> {
  if (!isGitHub(host)) return findByGit(webOf(addresses, host), { host, path }, authorization.git);
  const { api } = addresses;
  let answer = await askHost(`${api}/repos/${path}`, { authorization: authorization.api });
  if (!answer.ok && answer.trouble === 'moved') {
    const { location } = answer;
    // The credential goes to this API alone.
    if (location === null || !location.startsWith(`${api}/repositories/`)) return refuse('moved');
    answer = await askHost(location, { authorization: authorization.api });
  }
  if (!answer.ok) return refuse(answer.trouble, answer.retryAfterMs);
  const found = Found.safeParse(answer.body);
  if (!found.success) return refuse('down');
  const { id, full_name, default_branch, permissions, archived, size, ...rest } = found.data;
  if (archived === true || permissions?.push === false) return refuse('read-only');
  const repository = { host, path: full_name, id: String(id), defaultBranch: default_branch ?? null };
  return { repository: { ...repository, isPrivate: rest.private ?? null, sizeKb: size ?? null } };
}

/** The list of references begins with the service and the default branch. */
const REFERENCES_READ = 65_536;

/** Asks as git does, because every host answers that. */
async function findByGit(web: string, { host, path }: RepositoryAddress, git: string): Promise<RepositoryAnswer> {
  try {
    const response = await fetch(`${web}/${path}.git/info/refs?service=git-upload-pack`, {
      headers: { authorization: git, 'user-agent': 'git/2.47 (roost)' },
      redirect: 'manual',
      signal: AbortSignal.timeout(HOST_TIMEOUT_MS),
    });
    if (response.status !== 200) {
      void response.body?.cancel().catch(() => undefined);
      return refuse(troubleOf(response.status));
    }
    const text = await beginningOf(response);
    const branch = /symref=HEAD:refs\/heads\/([^\s\0]{1,200})/.exec(text)?.[1] ?? null;
    return { repository: { host, path, id: null, defaultBranch: branch, isPrivate: null, sizeKb: null } };
  } catch {
    return refuse('down');
  }
}

function troubleOf(status: number): HostTrouble {
  if (status === 401 || status === 403) return 'refused';
  if (status === 404 || status === 410) return 'missing';
  if (status === 429) return 'limited';
  return status >= 300 && status < 400 ? 'moved' : 'down';
}

async function beginningOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= REFERENCES_READ) break;
  }
  return text.slice(0, REFERENCES_READ);
}

const refuse = (refused: HostTrouble | 'read-only', retryAfterMs: number | null = null): RepositoryAnswer => ({
  refused,
  retryAfterMs,
});

/** What fits a list of WhatsApp. */
const LISTED = 10;
/** Installations of the App that are looked at. */
const INSTALLATIONS_READ = 3;

/** The paths of the account's repositories at GitHub, the newest work first; null when GitHub doesn't say. */
export async function listRepositories(
  addresses: HostAddresses,
  api: string,
  isApp: boolean,
): Promise<string[] | null> {
  const newest = 'sort=pushed&per_page=10';
  if (!isApp)
    return readList(`${addresses.api}/user/repos?affiliation=owner,collaborator,organization_member&${newest}`, api);
  const ids = await readInstallations(addresses, api);
  if (typeof ids === 'string') return null;
  const urls = ids
    .slice(0, INSTALLATIONS_READ)
    .map((id) => `${addresses.api}/user/installations/${id}/repositories?${newest}`);
  const lists = await Promise.all(urls.map((url) => readList(url, api)));
  return lists.flatMap((list) => list ?? []).slice(0, LISTED);
}

async function readList(url: string, authorization: string): Promise<string[] | null> {
  const answer = await askHost(url, { authorization });
  if (!answer.ok) return null;
  const body = answer.body as { repositories?: unknown } | unknown[] | null;
  const rows = Array.isArray(body) ? body : body?.repositories;
  const found = (Array.isArray(rows) ? rows : []).flatMap((row: unknown) => Found.safeParse(row).data ?? []);
  const usable = found.filter(({ archived, permissions }) => archived !== true && permissions?.push !== false);
  return usable
    .map(({ full_name }) => full_name)
    .filter((path) => path.split('/').every(isSegment))
    .slice(0, LISTED);
}
