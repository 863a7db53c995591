import { randomBytes } from 'node:crypto';
import { type Cloud, findMachine } from './cloud.ts';
import { refusals } from './refusals.ts';
import { bodyAs, createLease, setMetadata, setMetadataKey } from './request-schemas.ts';
import { changeable, EMPTY, heldBySomebody, ok, type Route } from './route.ts';
import type { MachineRecord } from './store.ts';
import { leaseView } from './views.ts';

// Leases and metadata of machines. While somebody holds a lease, nobody else can change the machine.

const LEASE = '/apps/:app/machines/:machine/lease';
const METADATA = '/apps/:app/machines/:machine/metadata';

const SECOND = 1000;

function lease(cloud: Cloud, machine: MachineRecord, ttl: number, description: string, nonce: string | null): void {
  machine.lease = { nonce: nonce ?? randomBytes(6).toString('hex'), expiresAt: Date.now() + ttl * SECOND, description };
  cloud.store.save();
}

/** The nonce in the answer when a machine was created or changed with a lease. */
export function leased(cloud: Cloud, machine: MachineRecord, ttl: number | undefined): { nonce?: string } {
  if (!ttl) return {};
  lease(cloud, machine, ttl, '', null);
  return machine.lease ? { nonce: machine.lease.nonce } : {};
}

export const leaseRoutes: Route[] = [
  {
    method: 'POST',
    path: LEASE,
    action: 'lease.create',
    handle(cloud, { app, machine: id, body, nonce }) {
      const machine = findMachine(cloud, app, id);
      const wanted = bodyAs(createLease, body);
      if (heldBySomebody(machine, nonce)) throw refusals.leaseHeld(cloud.options.org);
      const isHeld = machine.lease !== null && machine.lease.expiresAt > Date.now();
      lease(cloud, machine, wanted.ttl, wanted.description, isHeld ? nonce : null);
      return { status: 201, body: leaseView(machine, cloud.options.org) };
    },
  },
  {
    method: 'GET',
    path: LEASE,
    action: 'lease.get',
    handle(cloud, { app, machine: id }) {
      const machine = findMachine(cloud, app, id);
      if (!machine.lease || machine.lease.expiresAt <= Date.now()) throw refusals.noLease();
      return ok(leaseView(machine, cloud.options.org));
    },
  },
  {
    method: 'DELETE',
    path: LEASE,
    action: 'lease.delete',
    handle(cloud, { app, machine: id, nonce }) {
      const machine = findMachine(cloud, app, id);
      if (!machine.lease || machine.lease.nonce !== nonce)
        throw refusals.badRequest('the nonce does not match the lease');
      machine.lease = null;
      cloud.store.save();
      return ok({ status: 'success', data: { ok: true } });
    },
  },
];

/** Null and the empty string remove a key. */
function put(cloud: Cloud, machine: MachineRecord, changes: Record<string, string | null>): void {
  const metadata = { ...machine.config.metadata };
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === '') delete metadata[key];
    else metadata[key] = value;
  }
  machine.config = { ...machine.config, metadata };
  cloud.store.save();
}

export const metadataRoutes: Route[] = [
  {
    method: 'GET',
    path: METADATA,
    action: 'metadata.list',
    handle: (cloud, { app, machine }) => ok(findMachine(cloud, app, machine).config.metadata ?? {}),
  },
  ...(['PUT', 'PATCH'] as const).map(
    (method): Route => ({
      method,
      path: METADATA,
      action: 'metadata.update',
      handle(cloud, call) {
        const machine = changeable(cloud, call);
        const { machine_version, metadata } = bodyAs(setMetadata, call.body);
        if (machine_version !== undefined && machine_version !== machine.version) throw refusals.otherVersion();
        put(cloud, machine, metadata);
        return EMPTY;
      },
    }),
  ),
  {
    method: 'GET',
    path: `${METADATA}/:id`,
    action: 'metadata.get',
    handle(cloud, { app, machine, id }) {
      const value = findMachine(cloud, app, machine).config.metadata?.[id];
      if (value === undefined) throw refusals.noMetadata(id);
      return ok({ value });
    },
  },
  {
    method: 'POST',
    path: `${METADATA}/:id`,
    action: 'metadata.set',
    handle(cloud, call) {
      put(cloud, changeable(cloud, call), { [call.id]: bodyAs(setMetadataKey, call.body).value });
      return EMPTY;
    },
  },
  {
    method: 'DELETE',
    path: `${METADATA}/:id`,
    action: 'metadata.delete',
    handle(cloud, call) {
      put(cloud, changeable(cloud, call), { [call.id]: null });
      return EMPTY;
    },
  },
];
