// Git hosts in test/edge: GitHub with accounts by token, repositories, the device flow and an App; and hosts with the
// API of GitLab, or none. The strict stand-in (simulator/git-host) is used in test/journeys; here the test chooses.

export type GitAccount = { id: number; login: string; email?: string | null; scopes?: string; expires?: string };
export type GitRepository = { id: number; path: string; push?: boolean; archived?: boolean };
type Seen = { method: string; url: string; authorization: string | null };
type Answer = Response | Promise<Response>;

export class OutsideGit {
  /** Accounts by token. */
  readonly accounts = new Map<string, GitAccount>();
  readonly repositories: GitRepository[] = [];
  /** Old path and the id that has another one now. */
  readonly renamed = new Map<string, number>();
  readonly seen: Seen[] = [];
  readonly revoked: string[] = [];
  /** The answers to the device flow's question, the first one next; then a token. */
  readonly device: string[] = [];
  /** Installations that the account of a token may use. */
  installations: number[] = [];
  /** What was asked of the App's installations. */
  readonly made: unknown[] = [];
  on: ((request: Request, url: URL) => Answer | undefined) | undefined;
  #tokens = 0;

  /** The answer, or null when the request is about something else. */
  async fetch(request: Request, url: URL): Promise<Response | null> {
    if (!/^(?:api\.)?github\.com$|^git[a-z]*\.example\.org$/.test(url.host)) return null;
    const authorization = request.headers.get('authorization');
    this.seen.push({ method: request.method, url: request.url, authorization });
    const answer = await this.on?.(request, url);
    if (answer) return answer;
    if (url.host === 'github.com') return this.#login(request, url);
    return url.host === 'api.github.com' ? this.#api(request, url) : this.#other(request, url);
  }

  async #login(request: Request, url: URL): Promise<Response> {
    if (url.pathname === '/login/device/code')
      return Response.json({
        device_code: 'device-1',
        user_code: 'WDJB-MJHT',
        verification_uri: 'https://github.com/login/device',
        expires_in: 900,
        interval: 5,
      });
    const body = (await request.json()) as Record<string, string>;
    const error = body.device_code === undefined ? undefined : this.device.shift();
    if (error !== undefined) return Response.json({ error });
    if (body.code === 'wrong') return Response.json({ error: 'bad_verification_code' });
    const token = `ghu_${++this.#tokens}`;
    this.accounts.set(token, { id: 7, login: 'mara' });
    const refresh = body.device_code === undefined ? { refresh_token: `ghr_${this.#tokens}`, expires_in: 28_800 } : {};
    return Response.json({ access_token: token, token_type: 'bearer', ...refresh });
  }

  async #api(request: Request, url: URL): Promise<Response> {
    const { pathname } = url;
    if (pathname === '/credentials/revoke') {
      this.revoked.push(...((await request.json()) as { credentials: string[] }).credentials);
      return new Response(null, { status: 202 });
    }
    const token = request.headers.get('authorization')?.replace(/^Bearer /, '') ?? '';
    if (/^\/app\/installations\/\d+\/access_tokens$/.test(pathname)) {
      this.made.push(await request.json());
      const expires_at = new Date(Date.now() + 3_600_000).toISOString();
      return Response.json({ token: `ghs_${++this.#tokens}`, expires_at }, { status: 201 });
    }
    if (pathname.endsWith('/installation')) return Response.json({ id: this.installations[0] ?? 0 });
    const account = this.accounts.get(token);
    if (account === undefined) return Response.json({ message: 'Bad credentials' }, { status: 401 });
    if (pathname === '/user') return userOf(account);
    if (pathname === '/user/installations')
      return Response.json({ installations: this.installations.map((id) => ({ id })) });
    if (pathname === '/user/repos') return Response.json(this.repositories.map(describe));
    const path = /^\/repos\/([^/]+\/[^/]+)$/.exec(pathname)?.[1];
    const renamed = this.renamed.get(path ?? '');
    if (renamed !== undefined)
      return new Response(null, {
        status: 301,
        headers: { location: `https://api.github.com/repositories/${renamed}` },
      });
    const id = /^\/repositories\/(\d+)$/.exec(pathname)?.[1];
    const found = this.repositories.find((each) => each.path === path || String(each.id) === id);
    return found ? Response.json(describe(found)) : Response.json({ message: 'Not Found' }, { status: 404 });
  }

  #other(request: Request, url: URL): Response {
    const authorization = request.headers.get('authorization') ?? '';
    if (url.pathname === '/api/v4/user') {
      const account = this.accounts.get(authorization.replace('Bearer ', ''));
      if (!account) return Response.json({ message: '401 Unauthorized' }, { status: 401 });
      return Response.json({ username: account.login, name: 'Mara', commit_email: account.email ?? null });
    }
    const path = /^\/(.+)\.git\/info\/refs$/.exec(url.pathname)?.[1];
    const isKnown = this.repositories.some((each) => each.path === path);
    const [, token = ''] = atob(authorization.replace('Basic ', '')).split(':');
    if (!this.accounts.has(token)) return new Response('no', { status: 401 });
    return isKnown
      ? new Response('001e# service=git-upload-pack\n0000symref=HEAD:refs/heads/trunk agent=git\n')
      : new Response('no', { status: 404 });
  }
}

function userOf({ id, login, email = null, scopes, expires }: GitAccount): Response {
  const headers = new Headers();
  if (scopes !== undefined) headers.set('x-oauth-scopes', scopes);
  if (expires !== undefined) headers.set('github-authentication-token-expiration', expires);
  return Response.json({ id, login, name: 'Mara', email }, { headers });
}

const describe = ({ id, path, push = true, archived = false }: GitRepository) => ({
  id,
  full_name: path,
  default_branch: 'main',
  private: true,
  size: 12,
  archived,
  permissions: { pull: true, push },
});
