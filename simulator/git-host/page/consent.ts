import { type Context, Hono } from 'hono';
import { html } from 'hono/html';
import { removeInstallation } from '../api/apps.ts';
import { GITHUB, type GitHost } from '../host.ts';
import { deviceCodeByUser, newBrowserCode } from '../login/codes.ts';
import { installApp } from '../login/installations.ts';
import { keepManifest, readManifest } from '../login/manifests.ts';
import type { App } from '../records.ts';
import { same } from '../store.ts';
import { readForm, refuseForm, show, visitorOf } from './visit.ts';

// The pages of consent: connect a device, allow an App or OAuth App, install an App, make an App.

const BACK = { to: '/github.com', name: 'Repositories' };

export function consentRoutes(host: GitHost): Hono {
  const { store } = host;
  const routes = new Hono();
  const clientName = (id: string): string | null =>
    [...store.records.apps, ...store.records.oauthApps].find(({ clientId }) => clientId === id)?.name ?? null;
  const refuse = (c: Context, why: string) =>
    show(host, c, { title: 'That doesn’t work', back: BACK }, html`<section><p>${why}</p></section>`);

  routes.get('/github.com/login/device', (c) =>
    show(
      host,
      c,
      { title: 'Connect a device', back: BACK },
      html`<section><form method="post" action="/github.com/login/device"><label>The code that you were shown<input type="text" name="code" autocomplete="off" autocapitalize="characters" placeholder="ABCD-EFGH" value="${c.req.query('user_code') ?? ''}" /></label>
      <div class="buttons"><button class="loud" name="answer" value="yes">Allow</button><button class="bad" name="answer" value="no">Refuse</button></div></form></section>`,
    ),
  );
  routes.post('/github.com/login/device', async (c) => {
    const form = await readForm(host, c);
    if (!form) return refuseForm(c);
    const code = deviceCodeByUser(host, form.one('code'));
    if (!code) return refuse(c, 'Nobody waits with this code. It may have expired; ask for a new one.');
    const allowed = form.one('answer') === 'yes';
    code.answer = allowed ? { login: visitorOf(host, c) } : 'denied';
    const words = allowed
      ? `${clientName(code.client)} is connected. You can close this page.`
      : 'Refused. You can close this page.';
    return show(
      host,
      c,
      { title: allowed ? 'Connected' : 'Refused', back: BACK },
      html`<section><p>${words}</p></section>`,
    );
  });

  routes.get('/github.com/login/oauth/authorize', (c) => {
    const { client_id = '', redirect_uri = '', state = '', scope = '' } = c.req.query();
    const known = clientOf(host, client_id);
    if (!known) return refuse(c, 'No App has this client id.');
    const to = redirect_uri === '' ? (known.callbacks[0] ?? '') : redirect_uri;
    if (!known.callbacks.some((one) => to.startsWith(one)))
      return refuse(c, 'The address to return to isn’t one of the App’s.');
    return show(
      host,
      c,
      { title: `Allow ${known.name}?`, back: BACK },
      html`<section><p>${known.name} asks to know who you are${scope === '' ? '' : ` and for: ${scope}`}.</p>
      <form method="post" action="/github.com/login/oauth/authorize"><input type="hidden" name="client" value="${client_id}" /><input type="hidden" name="to" value="${to}" /><input type="hidden" name="state" value="${state}" /><input type="hidden" name="scope" value="${scope}" />
      <div class="buttons"><button class="loud" name="answer" value="yes">Allow</button><button class="bad" name="answer" value="no">Refuse</button></div></form></section>`,
    );
  });
  routes.post('/github.com/login/oauth/authorize', async (c) => {
    const form = await readForm(host, c);
    if (!form) return refuseForm(c);
    const client = form.one('client');
    const redirect = form.one('to');
    if (!clientOf(host, client)?.callbacks.some((one) => redirect.startsWith(one)))
      return refuse(c, 'No App has this client id and address.');
    const scopes = form.one('scope').split(/[ ,]+/).filter(Boolean);
    const answer: Record<string, string> =
      form.one('answer') === 'yes'
        ? { code: newBrowserCode(host, { client, login: visitorOf(host, c), redirect, scopes }) }
        : { error: 'access_denied' };
    return c.redirect(withQuery(redirect, { ...answer, state: form.one('state') }), 303);
  });

  const showInstall = (c: Context, app: App, state: string, problem: string | null) => {
    const accounts = accountsOf(host, visitorOf(host, c));
    const repositories = store.records.repositories.filter(
      (one) => one.host === GITHUB && accounts.some((login) => same(login, one.owner)),
    );
    return show(
      host,
      c,
      { title: `Install ${app.name}`, back: BACK },
      html`<section>${problem === null ? '' : html`<p role="alert">${problem}</p>`}<form method="post" action="/github.com/apps/${app.slug}/installations/new"><input type="hidden" name="state" value="${state}" />
      <label>On <select name="account">${accounts.map((one) => html`<option>${one}</option>`)}</select></label>
      <label class="check"><input type="checkbox" name="all" value="yes" />All repositories, future ones too</label>
      <p>Or only these:</p>
      ${repositories.map((one) => html`<label class="check"><input type="checkbox" name="repository" value="${one.id}" />${one.owner}/${one.name}</label>`)}
      <p class="soft">It asks for: ${Object.entries(app.permissions)
        .map(([name, level]) => `${name.replaceAll('_', ' ')} (${level})`)
        .join(', ')}.</p>
      <div class="buttons"><button class="loud">Install</button></div></form></section>`,
    );
  };
  routes.get('/github.com/apps/:slug/installations/new', (c) => {
    const app = store.records.apps.find(({ slug }) => slug === c.req.param('slug'));
    if (!app) return refuse(c, 'There is no App of this name.');
    return showInstall(c, app, c.req.query('state') ?? '', null);
  });
  routes.post('/github.com/apps/:slug/installations/new', async (c) => {
    const form = await readForm(host, c);
    if (!form) return refuseForm(c);
    const app = store.records.apps.find(({ slug }) => slug === c.req.param('slug'));
    const me = visitorOf(host, c);
    const account = form.one('account');
    if (!app || !accountsOf(host, me).includes(account)) return refuse(c, 'You can’t install it there.');
    const chosen = form
      .all('repository')
      .map(Number)
      .filter((id) => same(store.repositoryById(id)?.owner ?? '', account));
    if (form.one('all') !== 'yes' && chosen.length === 0)
      return showInstall(c, app, form.one('state'), `Choose at least one repository of ${account}.`);
    const installation = installApp(host, app, account, form.one('all') === 'yes' ? 'all' : chosen);
    const fields = { installation_id: String(installation.id), setup_action: 'install', state: form.one('state') };
    const [callback] = app.callbackUrls;
    // An App with a callback gets the person's code in the same step, as GitHub's Apps can choose.
    if (callback) {
      const code = newBrowserCode(host, { client: app.clientId, login: me, redirect: callback, scopes: [] });
      return c.redirect(withQuery(callback, { code, ...fields }), 303);
    }
    return c.redirect(
      app.setupUrl === null ? `/github.com/settings/installations/${installation.id}` : withQuery(app.setupUrl, fields),
      303,
    );
  });
  routes.post('/github.com/settings/installations/:id', async (c) => {
    if (!(await readForm(host, c))) return refuseForm(c);
    const found = store.records.installations.find(({ id }) => String(id) === c.req.param('id'));
    if (found) removeInstallation(host, found);
    return c.redirect('/github.com', 303);
  });

  // The form with the manifest comes from another site, so it makes no App yet: it leads to a page with a button.
  routes.post('/github.com/settings/apps/new', async (c) => {
    const fields = new URLSearchParams(await c.req.text());
    const manifest = fields.get('manifest') ?? '';
    const read = readManifest(manifest);
    if (!read) return refuse(c, 'This isn’t the manifest of an App.');
    return show(
      host,
      c,
      { title: 'Make an App', back: BACK },
      html`<section><form method="post" action="/github.com/settings/apps"><p>It will be called ${read.name ?? 'App'}.</p><input type="hidden" name="manifest" value="${manifest}" /><input type="hidden" name="state" value="${c.req.query('state') ?? ''}" /><div class="buttons"><button class="loud">Make it</button></div></form></section>`,
    );
  });
  routes.post('/github.com/settings/apps', async (c) => {
    const form = await readForm(host, c);
    if (!form) return refuseForm(c);
    const manifest = readManifest(form.one('manifest'));
    if (!manifest?.redirect_url) return refuse(c, 'The manifest doesn’t say where to return to.');
    const code = keepManifest(host, visitorOf(host, c), manifest);
    return c.redirect(withQuery(manifest.redirect_url, { code, state: form.one('state') }), 303);
  });
  return routes;
}

function clientOf({ store }: GitHost, id: string): { name: string; callbacks: string[] } | null {
  const app = store.records.apps.find(({ clientId }) => clientId === id);
  if (app) return { name: app.name, callbacks: app.callbackUrls };
  const oauth = store.records.oauthApps.find(({ clientId }) => clientId === id);
  return oauth ? { name: oauth.name, callbacks: [oauth.callbackUrl] } : null;
}

/** The person and their organisations. */
const accountsOf = ({ store }: GitHost, login: string): string[] => [
  login,
  ...store.records.accounts.filter(({ members }) => members.includes(login)).map((one) => one.login),
];

function withQuery(address: string, fields: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(fields)) if (value !== '') url.searchParams.set(name, value);
  return url.href;
}
