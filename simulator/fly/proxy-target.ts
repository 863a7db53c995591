import type { IncomingHttpHeaders } from 'node:http';
import { type Cloud, loadOf } from './cloud.ts';
import type { Service } from './config-schema.ts';
import { portInside } from './machine-environment.ts';
import type { MachineRecord } from './store.ts';

// Decides which machine gets a request; never one outside the app that the request names.

export type Target =
  | { kind: 'machine'; machine: MachineRecord; autostart: boolean; listensElsewhere: boolean }
  | { kind: 'none'; reason: string }
  /** No target: no app, no public address, no such name. */
  | { kind: 'unreachable' };

/** The API accepts longer names, but they are no host names. */
const LABEL_MAX = 63;

/** The service that handles requests to the app's address. */
export const publicService = ({ config }: MachineRecord): Service | undefined =>
  config.services?.find(({ ports = [], protocol }) => protocol === 'tcp' && ports.length > 0);

export function aim(cloud: Cloud, app: string, headers: IncomingHttpHeaders): Target {
  const { apps, addresses, machines } = cloud.store;
  const isPublic = addresses.some((address) => address.app === app && address.type !== 'private_v6');
  if (app.length > LABEL_MAX || !isPublic || !apps.some(({ name }) => name === app)) return { kind: 'unreachable' };
  const able = machines.filter((machine) => {
    const service = machine.app === app && !machine.isCordoned && machine.hostStatus === 'ok' && publicService(machine);
    if (!service || ['destroying', 'destroyed', 'failed'].includes(machine.state)) return false;
    return loadOf(cloud, machine.id) < (service.concurrency?.hard_limit ?? Number.POSITIVE_INFINITY);
  });
  const forced = headers['fly-force-instance-id'];
  const preferred = headers['fly-prefer-instance-id'];
  const [first] = able
    .filter(({ id }) => forced === undefined || id === forced)
    .sort((a, b) => rank(cloud, a, preferred) - rank(cloud, b, preferred));
  const service = first && publicService(first);
  if (!service) return { kind: 'none', reason: '[PR01] no known healthy instances found for route tcp/443' };
  const image = cloud.options.images[first.config.image];
  const inside = image ? portInside(first, image) : null;
  return {
    kind: 'machine',
    machine: first,
    autostart: service.autostart ?? true,
    listensElsewhere: inside !== null && inside !== service.internal_port,
  };
}

/** The requested machine first, then the running ones by load, then the starting ones, then the sleeping ones. */
function rank(cloud: Cloud, machine: MachineRecord, preferred: string | string[] | undefined): number {
  if (machine.id === preferred) return -1;
  const ready =
    machine.state === 'started' ? 0 : ['starting', 'restarting', 'updating'].includes(machine.state) ? 1 : 2;
  return ready * 1e6 + loadOf(cloud, machine.id);
}
