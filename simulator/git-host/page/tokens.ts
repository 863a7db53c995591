import { type Context, Hono } from 'hono';
import { html } from 'hono/html';
import { roleOf } from '../access.ts';
import { newToken } from '../credentials.ts';
import { GITHUB, type GitHost } from '../host.ts';
import type { Level, Token } from '../records.ts';
import { readForm, refuseForm, show, visitorOf } from './visit.ts';

// Making tokens. Each is shown once.

const BACK = { to: '/github.com', name: 'Repositories' };
const PERMISSIONS = ['contents', 'pull_requests', 'issues', 'checks', 'statuses', 'workflows', 'email_addresses'];
const SCOPES = ['repo', 'read:org', 'user:email', 'workflow', 'admin:org', 'delete_repo'];
const DAY_MS = 86_400_000;

export function tokenRoutes(host: GitHost): Hono {
  const { records } = host.store;
  const routes = new Hono();
  const once = (c: Context, token: Token) =>
    show(
      host,
      c,
      { title: 'Your new token', back: BACK },
      html`<section><p>Copy it now. It isn’t shown again.</p><p class="code">${token.token}</p></section>`,
    );

  routes.get('/github.com/settings/personal-access-tokens/new', (c) => {
    const me = visitorOf(host, c);
    const own = records.repositories.filter(
      (one) => one.host === GITHUB && roleOf(host.store, me, { ...one, private: true }) !== null,
    );
    const query = c.req.query();
    return show(
      host,
      c,
      { title: 'New fine-grained token', back: BACK },
      html`<section><form method="post" action="/github.com/settings/personal-access-tokens/new"><p>Repositories</p>
      ${own.map((one) => html`<label class="check"><input type="checkbox" name="repository" value="${one.id}" />${one.owner}/${one.name}</label>`)}
      <p>Permissions</p>
      ${PERMISSIONS.map((name) => html`<p><label>${name.replaceAll('_', ' ')} <select name="${name}">${['none', 'read', 'write'].map((level) => html`<option ${query[name] === level ? 'selected' : ''}>${level}</option>`)}</select></label></p>`)}
      <label>Days until it expires<input type="text" name="days" inputmode="numeric" value="${query.expires_in ?? '30'}" /></label>
      <div class="buttons"><button class="loud">Make the token</button></div></form></section>`,
    );
  });
  routes.post('/github.com/settings/personal-access-tokens/new', async (c) => {
    const form = await readForm(host, c);
    if (!form) return refuseForm(c);
    const chosen = PERMISSIONS.flatMap((name) =>
      ['read', 'write'].includes(form.one(name)) ? [[name, form.one(name) as Level]] : [],
    );
    const days = Number(form.one('days'));
    return once(
      c,
      newToken(host, {
        kind: 'fine-grained',
        login: visitorOf(host, c),
        repositories: form.all('repository').map(Number),
        permissions: Object.fromEntries(chosen),
        expiresAt: days > 0 ? host.now() + days * DAY_MS : null,
      }),
    );
  });

  routes.get('/github.com/settings/tokens/new', (c) => {
    const wanted = (c.req.query('scopes') ?? 'repo').split(',');
    return show(
      host,
      c,
      { title: 'New classic token', back: BACK },
      html`<section><form method="post" action="/github.com/settings/tokens/new"><p>Scopes</p>
      ${SCOPES.map((scope) => html`<label class="check"><input type="checkbox" name="scope" value="${scope}" ${wanted.includes(scope) ? 'checked' : ''} />${scope}</label>`)}
      <div class="buttons"><button class="loud">Make the token</button></div></form></section>`,
    );
  });
  routes.post('/github.com/settings/tokens/new', async (c) => {
    const form = await readForm(host, c);
    if (!form) return refuseForm(c);
    return once(c, newToken(host, { kind: 'classic', login: visitorOf(host, c), scopes: form.all('scope') }));
  });
  routes.get('/_tokens/:host', (c) => {
    const name = c.req.param('host');
    return show(
      host,
      c,
      { title: `New token for ${name}`, back: BACK },
      html`<section><form method="post" action="/_tokens/${name}"><p>It reaches every repository of ${name} here.</p><div class="buttons"><button class="loud">Make the token</button></div></form></section>`,
    );
  });
  routes.post('/_tokens/:host', async (c) => {
    if (!(await readForm(host, c))) return refuseForm(c);
    return once(c, newToken(host, { kind: 'plain', login: visitorOf(host, c), host: c.req.param('host') }));
  });
  return routes;
}
