import { createPrivateKey, randomBytes } from 'node:crypto';
import * as z from 'zod/mini';
import type { Vars } from '../local/dev-vars.ts';
import { githubAppWords as words } from './words.ts';

// The manifest from which GitHub makes the operator's App, the page that sends it there, and the settings that come of
// it. Pure.

/** The App's permissions. It may not write workflows: they run with the repository's secrets. */
const PERMISSIONS = {
  contents: 'write',
  pull_requests: 'write',
  checks: 'read',
  statuses: 'read',
  metadata: 'read',
} as const;
const EVENTS = [
  'push',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'issue_comment',
  'check_suite',
  'check_run',
  'status',
] as const;

/** `back`: the address on this computer where GitHub sends the browser with a code. Names of Apps are unique at GitHub. */
export const manifestOf = (publicUrl: string, back: string, name = `Roost ${randomBytes(3).toString('hex')}`) => ({
  name,
  url: publicUrl,
  description: words.description,
  public: false,
  redirect_url: back,
  callback_urls: [`${publicUrl}/account/callback`],
  request_oauth_on_install: true,
  hook_attributes: { url: `${publicUrl}/webhooks/git`, active: true },
  default_permissions: PERMISSIONS,
  default_events: EVENTS,
});

/** `organization`: whose App it is to be; null: the account's own. `web`: GitHub's address. */
export function pageOf(manifest: object, state: string, organization: string | null, web: string): string {
  const path = organization === null ? '/settings/apps/new' : `/organizations/${organization}/settings/apps/new`;
  const value = escapeHtml(JSON.stringify(manifest));
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>${words.title}</title></head>
<body style="font:17px/1.5 system-ui;max-width:30rem;margin:10vh auto;padding:0 1rem">
<h1>${words.title}</h1><p>${words.explain}</p>
<form method="post" action="${escapeHtml(`${web}${path}?state=${state}`)}"><input type="hidden" name="manifest" value="${value}">
<button style="font:inherit;padding:.7rem 1.4rem">${words.goOn}</button></form></body></html>`;
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const Made = z.object({
  id: z.int(),
  slug: z.string(),
  pem: z.string(),
  client_id: z.string(),
  client_secret: z.string(),
  webhook_secret: z.nullish(z.string()),
  html_url: z.optional(z.string()),
});

/** The settings of the App that GitHub made; null if the answer is something else. */
export function settingsOf(answer: unknown): { vars: Vars; slug: string } | null {
  const made = Made.safeParse(answer);
  if (!made.success) return null;
  const { id, slug, pem, client_id, client_secret, webhook_secret } = made.data;
  const vars = {
    GITHUB_APP_ID: String(id),
    GITHUB_APP_SLUG: slug,
    GITHUB_APP_PRIVATE_KEY: toPkcs8(pem),
    GITHUB_CLIENT_ID: client_id,
    GITHUB_CLIENT_SECRET: client_secret,
    ...(webhook_secret ? { GITHUB_WEBHOOK_SECRET: webhook_secret } : {}),
  };
  return { vars, slug };
}

/** GitHub writes PKCS#1, the relay's platform reads PKCS#8 alone. In base64, because a setting has one line. */
export function toPkcs8(pem: string): string {
  const key = createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' });
  return Buffer.from(key).toString('base64');
}
