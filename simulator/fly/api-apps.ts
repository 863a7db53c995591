import * as apps from './apps.ts';
import { findApp, findVolume } from './cloud.ts';
import { refusals } from './refusals.ts';
import { assignAddress, bodyAs, createApp, createVolume, extendVolume, updateVolume } from './request-schemas.ts';
import { EMPTY, ok, type Route } from './route.ts';
import { addressView, appsView, appView, volumeView } from './views.ts';
import * as volumes from './volumes.ts';

// Apps, addresses and volumes of the Machines API.

export const appRoutes: Route[] = [
  {
    method: 'GET',
    path: '/apps',
    action: 'app.list',
    query: ['org_slug'],
    handle(cloud, { query }) {
      const org = query.get('org_slug');
      if (!org) throw refusals.badRequest('org_slug is missing');
      if (org !== cloud.options.org) throw refusals.noOrganisation(org);
      return ok(appsView(cloud));
    },
  },
  {
    method: 'POST',
    path: '/apps',
    action: 'app.create',
    async handle(cloud, { body }) {
      const app = apps.make(cloud, bodyAs(createApp, body));
      await cloud.background.sleep(cloud.pace.createMs);
      return { status: 201, body: { id: app.id, created_at: app.createdAt } };
    },
  },
  {
    method: 'GET',
    path: '/apps/:app',
    action: 'app.get',
    handle: (cloud, { app }) => ok(appView(cloud, findApp(cloud, app))),
  },
  {
    method: 'DELETE',
    path: '/apps/:app',
    action: 'app.delete',
    query: ['force'],
    handle(cloud, { app }) {
      const record = findApp(cloud, app);
      cloud.background.run(() => apps.remove(cloud, record));
      return { status: 202 };
    },
  },
  {
    method: 'GET',
    path: '/apps/:app/ip_assignments',
    action: 'ip.list',
    handle(cloud, { app }) {
      findApp(cloud, app);
      return ok({ ips: cloud.store.addresses.filter((address) => address.app === app).map(addressView) });
    },
  },
  {
    method: 'POST',
    path: '/apps/:app/ip_assignments',
    action: 'ip.create',
    handle(cloud, { app, body }) {
      findApp(cloud, app);
      return ok(addressView(apps.assign(cloud, app, bodyAs(assignAddress, body))));
    },
  },
  {
    method: 'DELETE',
    path: '/apps/:app/ip_assignments/:id',
    action: 'ip.delete',
    handle(cloud, { app, id }) {
      findApp(cloud, app);
      apps.release(cloud, app, id);
      return EMPTY;
    },
  },
];

export const volumeRoutes: Route[] = [
  {
    method: 'GET',
    path: '/apps/:app/volumes',
    action: 'volume.list',
    query: ['summary'],
    handle(cloud, { app }) {
      findApp(cloud, app);
      volumes.eraseOld(cloud, Date.now());
      return ok(cloud.store.volumes.filter((volume) => volume.app === app).map(volumeView));
    },
  },
  {
    method: 'POST',
    path: '/apps/:app/volumes',
    action: 'volume.create',
    async handle(cloud, { app, body }) {
      findApp(cloud, app);
      return ok(volumeView(await volumes.make(cloud, app, bodyAs(createVolume, body))));
    },
  },
  {
    method: 'GET',
    path: '/apps/:app/volumes/:id',
    action: 'volume.get',
    handle: (cloud, { app, id }) => ok(volumeView(findVolume(cloud, app, id))),
  },
  {
    method: 'PUT',
    path: '/apps/:app/volumes/:id',
    action: 'volume.update',
    handle(cloud, { app, id, body }) {
      const volume = findVolume(cloud, app, id);
      const wanted = bodyAs(updateVolume, body);
      volume.snapshotRetention = wanted.snapshot_retention ?? volume.snapshotRetention;
      volume.autoBackup = wanted.auto_backup_enabled ?? volume.autoBackup;
      cloud.store.save();
      return ok(volumeView(volume));
    },
  },
  {
    method: 'DELETE',
    path: '/apps/:app/volumes/:id',
    action: 'volume.delete',
    handle(cloud, { app, id }) {
      const volume = findVolume(cloud, app, id);
      volumes.discard(cloud, volume);
      return ok(volumeView(volume));
    },
  },
  {
    method: 'PUT',
    path: '/apps/:app/volumes/:id/extend',
    action: 'volume.extend',
    handle(cloud, { app, id, body }) {
      const volume = findVolume(cloud, app, id);
      const { size_gb } = bodyAs(extendVolume, body);
      if (size_gb < volume.sizeGb) throw refusals.badRequest('a volume cannot be made smaller');
      volume.sizeGb = size_gb;
      cloud.store.save();
      return ok({ volume: volumeView(volume), needs_restart: volume.machine !== null });
    },
  },
  {
    method: 'GET',
    path: '/apps/:app/volumes/:id/snapshots',
    action: 'volume.snapshots',
    handle(cloud, { app, id }) {
      findVolume(cloud, app, id);
      return ok([]);
    },
  },
];
