import * as z from 'zod/mini';
import { type HostAddresses, isGitHub, webOf } from './addresses.ts';
import { askHost, type HostAnswer, type HostTrouble } from './ask-host.ts';

// Whose a token is, and whether Roost may keep it.

/** `expiresAt`: ms since 1970, null if the host doesn't say. `email`: an address that the host doesn't show is replaced. */
export type Account = { login: string; name: string | null; email: string | null; expiresAt: number | null };
/** broad: the token may change workflows, keys or organisations · narrow: it can't reach repositories. */
export type AccountRefusal = HostTrouble | 'broad' | 'narrow';
export type AccountAnswer = { account: Account } | { refused: AccountRefusal };

const User = z.object({
  id: z.number(),
  login: z.string().check(z.minLength(1), z.maxLength(100)),
  name: z.nullish(z.string()),
  email: z.nullish(z.string()),
});
const GitLabUser = z.object({
  username: z.string().check(z.minLength(1), z.maxLength(100)),
  name: z.nullish(z.string()),
  commit_email: z.nullish(z.string()),
  public_email: z.nullish(z.string()),
});
const GiteaUser = z.object({
  login: z.string().check(z.minLength(1), z.maxLength(100)),
  full_name: z.nullish(z.string()),
  email: z.nullish(z.string()),
});

/**
 * A classic token says what it may do. Of these a token for work on repositories needs none: `write:public_key` adds keys
 * to the account.
 */
const BROAD =
  /^(workflow|delete_repo|site_admin|admin:|manage_|write:(?!(?:discussion|repo_hook)$)|delete:packages|codespace|user$)/;

/** `user`: the name that the person gave for a host whose API Roost doesn't know. */
export async function readAccount(
  addresses: HostAddresses,
  host: string,
  token: string,
  user: string | null,
): Promise<AccountAnswer> {
  return isGitHub(host) ? readGitHub(addresses, token) : readOther(webOf(addresses, host), token, user);
}

async function readGitHub({ api }: HostAddresses, token: string): Promise<AccountAnswer> {
  const answer = await askHost(`${api}/user`, { authorization: `Bearer ${token}` });
  if (!answer.ok) return { refused: answer.trouble };
  const user = User.safeParse(answer.body);
  if (!user.success) return { refused: 'down' };
  const scopes = answer.headers.get('x-oauth-scopes');
  const refused = scopes === null ? null : refuseScopes(scopes);
  if (refused !== null) return { refused };
  const { id, login, name, email } = user.data;
  return {
    account: {
      login,
      name: nameOf(name) ?? login,
      email: emailOf(email) ?? `${id}+${login}@users.noreply.github.com`,
      expiresAt: readExpiry(answer.headers.get('github-authentication-token-expiration')),
    },
  };
}

export function refuseScopes(scopes: string): 'broad' | 'narrow' | null {
  const given = scopes.split(',').map((scope) => scope.trim());
  if (given.some((scope) => BROAD.test(scope))) return 'broad';
  // A fine-grained token has none; GitHub then sends an empty list, if any.
  return given.every((scope) => scope === '') || given.some((scope) => /^(repo|public_repo)$/.test(scope))
    ? null
    : 'narrow';
}

/** `2026-12-31 10:00:00 UTC` or `… +0200`. */
function readExpiry(text: string | null): number | null {
  const [, day, time, zone = 'UTC'] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ?(UTC|[+-]\d{4})?$/.exec(text ?? '') ?? [];
  const at = Date.parse(`${day}T${time}${zone === 'UTC' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3)}`}`);
  return Number.isNaN(at) ? null : at;
}

/** GitLab's API, then that of Gitea and Forgejo. A host that has neither is taken at its word when it is first used. */
async function readOther(web: string, token: string, user: string | null): Promise<AccountAnswer> {
  const gitLab = await askHost(`${web}/api/v4/user`, { authorization: `Bearer ${token}` });
  const ofGitLab = GitLabUser.safeParse(bodyOf(gitLab));
  if (ofGitLab.success) {
    const { username, name, commit_email, public_email } = ofGitLab.data;
    return { account: accountOf(username, name, emailOf(commit_email) ?? emailOf(public_email)) };
  }
  const gitea = await askHost(`${web}/api/v1/user`, { authorization: `token ${token}` });
  const ofGitea = GiteaUser.safeParse(bodyOf(gitea));
  if (ofGitea.success)
    return { account: accountOf(ofGitea.data.login, ofGitea.data.full_name, emailOf(ofGitea.data.email)) };
  const troubles = [gitLab, gitea].flatMap((answer) => (answer.ok ? [] : [answer.trouble]));
  const trouble = (['refused', 'limited'] as const).find((each) => troubles.includes(each));
  if (trouble) return { refused: trouble };
  if (troubles.length === 2 && troubles.every((each) => each === 'down')) return { refused: 'down' };
  return { account: accountOf(user ?? 'git', null, null) };
}

const bodyOf = (answer: HostAnswer): unknown => (answer.ok ? answer.body : null);
const accountOf = (login: string, name: string | null | undefined, email: string | null): Account => ({
  login,
  name: nameOf(name) ?? login,
  email,
  expiresAt: null,
});

/** As git can write it into a commit. */
const nameOf = (name: string | null | undefined): string | null =>
  name
    ?.replace(/[\p{Cc}<>]/gu, '')
    .trim()
    .slice(0, 100) || null;
const emailOf = (email: string | null | undefined): string | null =>
  /^[^\s<>@]{1,200}@[^\s<>@]{1,100}$/.test(email ?? '') ? (email ?? null) : null;
