import { apiUrl, type GitHost, iso, isoOrNull, siteUrl } from '../host.ts';
import type { App, Installation } from '../records.ts';
import { accountOf, accountView } from './views.ts';

// Apps and their installations as the REST API shows them.

export const appView = (host: GitHost, app: App) => ({
  id: app.id,
  slug: app.slug,
  node_id: `A_${app.id}`,
  client_id: app.clientId,
  owner: accountView(host, app.owner),
  name: app.name,
  description: null,
  external_url: host.url,
  html_url: siteUrl(host, 'github.com', `/apps/${app.slug}`),
  created_at: iso(0),
  updated_at: iso(0),
  permissions: app.permissions,
  events: app.events,
});

export const installationView = (host: GitHost, app: App, installation: Installation) => ({
  id: installation.id,
  account: accountView(host, installation.account),
  repository_selection: installation.repositories === 'all' ? 'all' : 'selected',
  access_tokens_url: apiUrl(host, `/app/installations/${installation.id}/access_tokens`),
  repositories_url: apiUrl(host, '/installation/repositories'),
  html_url: siteUrl(host, 'github.com', `/settings/installations/${installation.id}`),
  app_id: app.id,
  app_slug: app.slug,
  target_id: accountOf(host, installation.account).id,
  target_type: accountOf(host, installation.account).type,
  permissions: installation.permissions,
  events: installation.events,
  created_at: iso(installation.createdAt),
  updated_at: iso(installation.createdAt),
  single_file_name: null,
  has_multiple_single_files: false,
  single_file_paths: [],
  suspended_by: null,
  suspended_at: isoOrNull(installation.suspendedAt),
});
