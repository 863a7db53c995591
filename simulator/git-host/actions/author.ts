import { accountOf } from '../api/views.ts';
import { signed } from '../git/git.ts';
import type { GitHost } from '../host.ts';

/** The settings of author and committer for a commit that the host makes for this account. */
export function signedBy(host: GitHost, login: string): Record<string, string> {
  const { name, mails } = accountOf(host, login);
  const email = mails.find(({ primary }) => primary)?.email ?? `${login}@users.noreply.github.com`;
  return signed({ name: name ?? login, email, at: host.now() });
}
