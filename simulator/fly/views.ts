import type { LeaseResponse, MachineResponse } from 'fly-admin/dist/lib/machine';
import type { App, ListAppsResponse, Machine, MachineEvent, Volume } from 'fly-admin/dist/lib/types';
import type { VolumeResponse } from 'fly-admin/dist/lib/volume';
import type { Cloud } from './cloud.ts';
import type { MachineConfig } from './config-schema.ts';
import type { AddressRecord, AppRecord, MachineRecord, VolumeRecord } from './store.ts';

// Records as the API shows them, checked against the types of a widely used client. Pure.

const iso = (at: number): string => new Date(at).toISOString();
/** Like the examples of the reference, to the second. */
const seconds = (at: number): string => `${iso(at).slice(0, 19)}Z`;

export const appView = (cloud: Cloud, app: AppRecord) => {
  const machines = cloud.store.machines.filter((machine) => machine.app === app.name && machine.state !== 'destroyed');
  return {
    id: app.id,
    name: app.name,
    status: machines.length > 0 ? 'deployed' : 'pending',
    machine_count: machines.length,
    volume_count: cloud.store.volumes.filter((volume) => volume.app === app.name).length,
    network: app.network,
    organization: { name: cloud.options.org, slug: cloud.options.org },
  } satisfies App & Record<string, unknown>;
};

export const appsView = (cloud: Cloud) =>
  ({
    total_apps: cloud.store.apps.length,
    apps: cloud.store.apps.map((app) => {
      const { id, name, machine_count, volume_count, network } = appView(cloud, app);
      return { id, name, machine_count, volume_count, network };
    }),
  }) satisfies ListAppsResponse;

export const addressView = ({ ip, region, type, createdAt }: AddressRecord) => ({
  ip,
  region,
  shared: type === 'shared_v4',
  created_at: seconds(createdAt),
});

export const volumeView = (volume: VolumeRecord) =>
  ({
    id: volume.id,
    name: volume.name,
    state: volume.state,
    size_gb: volume.sizeGb,
    region: volume.region,
    zone: volume.zone,
    encrypted: volume.encrypted,
    attached_machine_id: volume.machine,
    attached_alloc_id: null,
    created_at: iso(volume.createdAt),
    blocks: 0,
    block_size: 0,
    blocks_free: 0,
    blocks_avail: 0,
    fstype: volume.state === 'creating' ? '' : 'ext4',
    snapshot_retention: volume.snapshotRetention,
    auto_backup_enabled: volume.autoBackup,
    host_status: volume.hostStatus,
    host_dedication_key: '',
  }) satisfies VolumeResponse & Pick<Volume, 'snapshot_retention'> & Record<string, unknown>;

/** "The API continues to use booleans for off and stop in responses." */
const shownAutostop = (autostop: 'off' | 'stop' | 'suspend'): boolean | 'suspend' =>
  autostop === 'suspend' ? 'suspend' : autostop === 'stop';

const configView = (config: MachineConfig) => ({
  ...config,
  ...(config.services && {
    services: config.services.map(({ autostop, ...service }) =>
      autostop === undefined ? service : { ...service, autostop: shownAutostop(autostop) },
    ),
  }),
});

/** registry/repository:tag@digest */
function imageView(image: string) {
  const [, registry = 'registry-1', repository = image, tag = '', digest = ''] =
    /^(?:([^/]+\.[^/]+)\/)?([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(image) ?? [];
  return { registry, repository, tag, digest, labels: null } satisfies MachineResponse['image_ref'];
}

const eventsView = (machine: MachineRecord) => machine.events satisfies MachineEvent[];

/** A check knows only whether the program's port is open. */
function checksView(cloud: Cloud, machine: MachineRecord) {
  const isListening = cloud.running.get(machine.id)?.isListening() ?? false;
  const names = [
    ...Object.keys(machine.config.checks ?? {}),
    ...(machine.config.services ?? []).flatMap(({ checks = [], internal_port }) =>
      checks.map(({ type }, index) => `servicecheck-${String(index).padStart(2, '0')}-${type}-${internal_port}`),
    ),
  ];
  return names.map((name) => ({
    name,
    status: isListening ? ('passing' as const) : ('critical' as const),
    output: isListening ? 'Success' : 'connect: connection refused',
    updated_at: seconds(machine.updatedAt),
  })) satisfies MachineResponse['checks'];
}

export const machineSummary = (machine: MachineRecord) => ({
  id: machine.id,
  name: machine.name,
  state: machine.state,
  region: machine.region,
  instance_id: machine.version,
  private_ip: machine.privateIp,
  image_ref: imageView(machine.config.image),
  created_at: seconds(machine.createdAt),
  updated_at: seconds(machine.updatedAt),
});

export const machineView = (cloud: Cloud, machine: MachineRecord) =>
  ({
    ...machineSummary(machine),
    // For a machine on an unreachable host, the API knows only part of its config.
    ...(machine.hostStatus === 'ok'
      ? { config: configView(machine.config) }
      : { incomplete_config: { image: machine.config.image, metadata: machine.config.metadata ?? {} } }),
    host_status: machine.hostStatus,
    events: eventsView(machine),
    checks: checksView(cloud, machine),
  }) satisfies Omit<Machine, 'config' | 'image_ref' | 'events'> & Record<string, unknown>;

export const versionsView = (machine: MachineRecord) =>
  machine.versions.map(({ version, config }) => ({ version, user_config: configView(config) }));

/** The two sources differ: wrapped, as in the reference's examples. */
export const leaseView = ({ version, lease }: MachineRecord, owner: string) =>
  lease && {
    status: 'success' as const,
    data: {
      nonce: lease.nonce,
      // Seconds, as an integer.
      expires_at: Math.floor(lease.expiresAt / 1000),
      owner,
      description: lease.description,
      version,
    } satisfies LeaseResponse['data'] & { version: string },
  };
