import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import type { GitHost } from '../host.ts';
import { consentRoutes } from './consent.ts';
import { detailRoutes } from './details.ts';
import { homeRoutes } from './home.ts';
import { pullRoutes } from './pull.ts';
import { tokenRoutes } from './tokens.ts';
import { readForm, refuseForm } from './visit.ts';

// The pages where a person "is at GitHub" in a local run. Consent and tokens come before the names of repositories.

export function pageRoutes(host: GitHost): Hono {
  const routes = new Hono();
  const style = readFileSync(join(import.meta.dirname, 'style.css'), 'utf8');
  routes.get('/_style.css', (c) => c.body(style, 200, { 'content-type': 'text/css; charset=utf-8' }));
  routes.post('/_me', async (c) => {
    const form = await readForm(host, c);
    if (!form) return refuseForm(c);
    setCookie(c, 'person', form.one('person'), { httpOnly: true, sameSite: 'Lax', path: '/' });
    const path = form.one('path');
    return c.redirect(/^\/(?![/\\])/.test(path) ? path : '/github.com', 303);
  });
  routes.route('/', consentRoutes(host));
  routes.route('/', tokenRoutes(host));
  routes.route('/', homeRoutes(host));
  routes.route('/', pullRoutes(host));
  routes.route('/', detailRoutes(host));
  return routes;
}
