import type * as z from 'zod';
import { type Cloud, newIds } from './cloud.ts';
import { pullPlug, takeOver } from './lifecycle.ts';
import { refusals } from './refusals.ts';
import type { assignAddress, createApp } from './request-schemas.ts';
import type { AddressRecord, AppRecord } from './store.ts';
import { erase } from './volumes.ts';

// Apps and their addresses. Deleting an app removes everything in it at once; its name stays taken a moment longer.

export function make(cloud: Cloud, body: z.output<typeof createApp>): AppRecord {
  const name = body.name ?? body.app_name ?? '';
  if (body.org_slug !== cloud.options.org) throw refusals.noOrganisation(body.org_slug);
  if (cloud.store.apps.some((app) => app.name === name) || cloud.leaving.has(name)) throw refusals.nameTaken();
  const app: AppRecord = { id: newIds.app(), name, network: body.network ?? 'default', createdAt: Date.now() };
  cloud.store.apps.push(app);
  cloud.store.save();
  cloud.history.changed({ kind: 'app', id: app.id, app: name, from: '', to: 'there' });
  return app;
}

export async function remove(cloud: Cloud, app: AppRecord): Promise<void> {
  const { store, running, history } = cloud;
  cloud.leaving.add(app.name);
  store.apps.splice(store.apps.indexOf(app), 1);
  const machines = store.machines.filter((machine) => machine.app === app.name);
  store.machines = store.machines.filter((machine) => machine.app !== app.name);
  store.addresses = store.addresses.filter((address) => address.app !== app.name);
  store.save();
  history.changed({ kind: 'app', id: app.id, app: app.name, from: 'there', to: 'gone' });
  for (const machine of machines) {
    takeOver(cloud, machine);
    const from = machine.state;
    machine.state = 'destroyed';
    const program = running.get(machine.id);
    if (program) await pullPlug(program);
    if (from !== 'destroyed')
      history.changed({ kind: 'machine', id: machine.id, app: app.name, from, to: 'destroyed' });
  }
  for (const volume of store.volumes.filter((known) => known.app === app.name)) erase(cloud, volume);
  await cloud.background.sleep(cloud.pace.deleteMs);
  cloud.leaving.delete(app.name);
}

/** From ranges reserved for documentation. */
const shaped = { v4: '203.0.113.', shared_v4: '198.51.100.', v6: '2001:db8:1::', private_v6: 'fdaa:0:1::' };

export function assign(cloud: Cloud, app: string, body: z.output<typeof assignAddress>): AddressRecord {
  const own = cloud.store.addresses.filter((address) => address.app === app);
  if (body.type === 'shared_v4' && own.some(({ type }) => type === 'shared_v4')) throw refusals.sharedTaken();
  const number = cloud.store.addresses.length + 1;
  const isShort = body.type === 'v4' || body.type === 'shared_v4';
  const address: AddressRecord = {
    app,
    ip: `${shaped[body.type]}${isShort ? number % 250 : number.toString(16)}`,
    type: body.type,
    region: body.region ?? 'global',
    createdAt: Date.now(),
  };
  cloud.store.addresses.push(address);
  cloud.store.save();
  cloud.history.changed({ kind: 'address', id: address.ip, app, from: '', to: body.type });
  return address;
}

export function release(cloud: Cloud, app: string, ip: string): void {
  const at = cloud.store.addresses.findIndex((address) => address.app === app && address.ip === ip);
  if (at < 0) throw refusals.noAddress(ip);
  cloud.store.addresses.splice(at, 1);
  cloud.store.save();
  cloud.history.changed({ kind: 'address', id: ip, app, from: 'there', to: 'gone' });
}
