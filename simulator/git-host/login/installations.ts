import { covers } from '../access.ts';
import { installationView } from '../api/app-views.ts';
import { accountView } from '../api/views.ts';
import type { GitHost } from '../host.ts';
import type { App, Installation } from '../records.ts';
import { same } from '../store.ts';

// Installing an App on an account, or choosing other repositories for it.

export function installApp(host: GitHost, app: App, account: string, repositories: 'all' | number[]): Installation {
  const { store } = host;
  const known = store.records.installations.find((one) => one.app === app.id && same(one.account, account));
  if (known) {
    known.repositories = repositories;
    known.permissions = app.permissions;
    store.save();
    tell(host, app, known, 'installation_repositories', 'added');
    return known;
  }
  const made: Installation = {
    id: store.newId(),
    app: app.id,
    account,
    repositories,
    permissions: app.permissions,
    events: app.events,
    createdAt: host.now(),
    suspendedAt: null,
  };
  store.records.installations.push(made);
  store.save();
  tell(host, app, made, 'installation', 'created');
  return made;
}

function tell(host: GitHost, app: App, installation: Installation, event: string, action: string): void {
  const repositories = host.store.records.repositories
    .filter((one) => covers(installation, one))
    .map((one) => ({
      id: one.id,
      node_id: `R_${one.id}`,
      name: one.name,
      full_name: `${one.owner}/${one.name}`,
      private: one.private,
    }));
  host.webhooks.tellInstallation(installation, event, {
    action,
    repositories,
    installation: installationView(host, app, installation),
    sender: accountView(host, installation.account),
  });
}
