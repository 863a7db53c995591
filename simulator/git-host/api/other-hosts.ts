import { type Context, Hono } from 'hono';
import type { GitHost } from '../host.ts';
import type { Token } from '../records.ts';

// The account of a token at other hosts: gitlab.com answers as GitLab, codeberg.org as Forgejo. The others have no API.

export const GITLAB = 'gitlab.com';
export const FORGEJO = 'codeberg.org';

export function otherHostRoutes(host: GitHost): Hono {
  const { store } = host;
  const routes = new Hono();
  const tokenOf = (c: Context, name: string): Token | null => {
    const text =
      /^(?:bearer|token) +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? c.req.header('private-token');
    const token = store.token(text ?? '');
    return token?.host === name && (token.expiresAt === null || token.expiresAt > host.now()) ? token : null;
  };

  routes.get(`/${GITLAB}/api/v4/user`, (c) => {
    const token = tokenOf(c, GITLAB);
    if (!token) return c.json({ message: '401 Unauthorized' }, 401);
    const { login, name, id, mail } = personOf(host, token);
    return c.json({ id, username: login, name, state: 'active', public_email: null, commit_email: mail, email: mail });
  });
  routes.delete(`/${GITLAB}/api/v4/personal_access_tokens/self`, (c) => {
    const token = tokenOf(c, GITLAB);
    if (!token) return c.json({ message: '401 Unauthorized' }, 401);
    store.records.tokens = store.records.tokens.filter((one) => one !== token);
    store.save();
    return c.body(null, 204);
  });
  routes.get(`/${FORGEJO}/api/v1/user`, (c) => {
    const token = tokenOf(c, FORGEJO);
    if (!token) return c.json({ message: 'invalid username, password or token' }, 401);
    const { login, name, id, mail } = personOf(host, token);
    return c.json({ id, login, full_name: name ?? '', email: mail });
  });
  return routes;
}

function personOf({ store }: GitHost, { login }: Token) {
  const account = store.account(login ?? '');
  return {
    login: login ?? 'somebody',
    name: account?.name ?? null,
    id: account?.id ?? 0,
    mail: account?.mails[0]?.email ?? null,
  };
}
