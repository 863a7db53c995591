import { GITHUB } from './host.ts';
import type { App, Installation, Level, Permissions, Repository, Token } from './records.ts';
import { type GitHostStore, same } from './store.ts';

// Decides what a token may do in a repository. A token never has more rights than its person, and an App's token never
// more than the App's installation.

const RANK: Readonly<Record<Level, number>> = { read: 1, write: 2, admin: 3 };
export const reaches = (has: Level | undefined | null, needed: Level): boolean =>
  Boolean(has) && RANK[has!] >= RANK[needed];

/** The permissions to read a public repository, which every request has. */
const PUBLIC = ['metadata', 'contents', 'pull_requests', 'issues', 'checks', 'statuses'];

export type Need = { permission: string; level: Level };

export function roleOf(store: GitHostStore, login: string, repository: Repository): Level | null {
  if (same(repository.owner, login)) return 'admin';
  if (store.account(repository.owner)?.members.some((member) => same(member, login))) return 'admin';
  const named = Object.entries(repository.collaborators).find(([one]) => same(one, login));
  return named?.[1] ?? (repository.private ? null : 'read');
}

export function may(store: GitHostStore, token: Token | null, repository: Repository, need: Need): boolean {
  const open = !repository.private && need.level === 'read' && PUBLIC.includes(need.permission);
  if (token === null) return open;
  if (token.host !== repository.host) return false;
  const listed = (of: Token | Installation): boolean =>
    of.repositories === 'all' || of.repositories.includes(repository.id);
  const granted = (permissions: Permissions): boolean =>
    need.permission === 'metadata' ? need.level === 'read' : reaches(permissions[need.permission], need.level);
  const role = token.login === null ? null : roleOf(store, token.login, repository);
  switch (token.kind) {
    case 'plain':
      return listed(token);
    case 'classic':
    case 'oauth':
      return reaches(role, need.level) && scopesAllow(token.scopes, repository, need);
    case 'fine-grained':
      return (reaches(role, need.level) && listed(token) && granted(token.permissions)) || open;
    case 'user':
      return (
        (reaches(role, need.level) &&
          installationsOf(store, token).some((one) => covers(one, repository) && granted(one.permissions))) ||
        open
      );
    case 'installation': {
      const installation = store.records.installations.find(({ id }) => id === token.installation);
      if (!installation || installation.suspendedAt !== null || !covers(installation, repository)) return open;
      return (listed(token) && granted(token.permissions)) || open;
    }
  }
}

export const sees = (store: GitHostStore, token: Token | null, repository: Repository): boolean =>
  may(store, token, repository, { permission: 'metadata', level: 'read' });

function scopesAllow(scopes: readonly string[], repository: Repository, { permission, level }: Need): boolean {
  if (permission === 'workflows') return scopes.includes('workflow');
  if (scopes.includes('repo')) return true;
  if (repository.private) return false;
  return level === 'read' || scopes.includes('public_repo');
}

/** The repositories of an installation belong to the account that has it. */
export function covers(installation: Installation, repository: Repository): boolean {
  if (repository.host !== GITHUB || !same(repository.owner, installation.account)) return false;
  return installation.repositories === 'all' || installation.repositories.includes(repository.id);
}

/** The installations of the token's App that its person has access to. */
export function installationsOf(store: GitHostStore, token: Token): Installation[] {
  const app = appOfClient(store, token.client);
  const { login } = token;
  if (!app || login === null) return [];
  return store.records.installations.filter(
    ({ app: id, account, suspendedAt }) =>
      id === app.id &&
      suspendedAt === null &&
      (same(account, login) || store.account(account)?.members.some((member) => same(member, login))),
  );
}

export const appOfClient = (store: GitHostStore, client: string | null): App | undefined =>
  store.records.apps.find(({ clientId }) => clientId === client);
