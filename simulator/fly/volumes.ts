import { mkdirSync, rmSync } from 'node:fs';
import type * as z from 'zod';
import { type Cloud, newIds } from './cloud.ts';
import { refusals } from './refusals.ts';
import type { createVolume } from './request-schemas.ts';
import type { VolumeRecord } from './store.ts';

// Volumes: a folder each. A deleted volume stays listed for a day, as documented, and cannot be used.

function move(cloud: Cloud, volume: VolumeRecord, to: VolumeRecord['state']): void {
  const from = volume.state;
  volume.state = to;
  cloud.store.save();
  cloud.history.changed({ kind: 'volume', id: volume.id, app: volume.app, from, to });
}

/** Resolves when the volume can be mounted; it is listed from the beginning. */
export async function make(cloud: Cloud, app: string, body: z.output<typeof createVolume>): Promise<VolumeRecord> {
  const full = cloud.faults.refusal('volume', body.region, cloud.options.org, null);
  if (full) throw full;
  const volume: VolumeRecord = {
    id: newIds.volume(),
    app,
    name: body.name,
    region: body.region,
    zone: 'a1b2',
    sizeGb: body.size_gb,
    state: 'creating',
    encrypted: body.encrypted,
    snapshotRetention: body.snapshot_retention ?? 5,
    autoBackup: body.auto_backup_enabled ?? true,
    machine: null,
    hostStatus: 'ok',
    createdAt: Date.now(),
    deletedAt: null,
  };
  mkdirSync(cloud.store.volumeFolder(volume.id), { recursive: true });
  cloud.store.volumes.push(volume);
  cloud.store.save();
  cloud.history.changed({ kind: 'volume', id: volume.id, app, from: '', to: 'creating' });
  await cloud.background.sleep(cloud.pace.volumeMs);
  if (volume.state === 'creating') move(cloud, volume, 'created');
  return volume;
}

export function discard(cloud: Cloud, volume: VolumeRecord): void {
  if (volume.machine !== null) throw refusals.volumeBusy(volume.id, volume.machine);
  if (volume.state !== 'created' && volume.state !== 'creating') throw refusals.noVolume(volume.id);
  volume.deletedAt = Date.now();
  move(cloud, volume, 'scheduling_destroy');
  cloud.background.run(async () => {
    await cloud.background.sleep(cloud.pace.deleteMs);
    move(cloud, volume, 'pending_destroy');
  });
}

/** Deletes for good, files included. */
export function erase(cloud: Cloud, volume: VolumeRecord): void {
  cloud.store.volumes.splice(cloud.store.volumes.indexOf(volume), 1);
  rmSync(cloud.store.volumeFolder(volume.id), { recursive: true, force: true });
  cloud.store.save();
  cloud.history.changed({ kind: 'volume', id: volume.id, app: volume.app, from: volume.state, to: 'gone' });
}

/** Deleted volumes that can no longer be recovered. */
export function eraseOld(cloud: Cloud, now: number): void {
  for (const volume of [...cloud.store.volumes]) {
    if (volume.deletedAt !== null && now - volume.deletedAt > cloud.pace.volumeKeptMs) erase(cloud, volume);
  }
}
