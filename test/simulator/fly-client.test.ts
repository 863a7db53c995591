import Client from 'fly-admin/dist/client.js';
import { ApiMachineRestartPolicyEnum, StateEnum } from 'fly-admin/dist/lib/types.js';
import { expect, test } from 'vitest';
import { config, IMAGE, ORG, OTHER_IMAGE, standUp, TOKEN } from './fly-stand.ts';

// The fake Machines API under a client that people use with the real one: it accepts the client's requests, and the
// client reads its answers.

test('apps, volumes and machines from creation to removal', async () => {
  const stand = await standUp();
  const client = new Client(TOKEN, { apiUrl: stand.fly.apiUrl });
  await client.App.createApp({ org_slug: ORG, app_name: 'one', network: 'one' });
  expect(await client.App.listApps(ORG)).toMatchObject({ total_apps: 1, apps: [{ name: 'one', network: 'one' }] });
  expect(await client.App.getApp('one')).toMatchObject({ name: 'one', status: 'pending', organization: { slug: ORG } });

  const volume = await client.Volume.createVolume({ app_name: 'one', name: 'data', region: 'fra', size_gb: 3 });
  expect(await client.Volume.listVolumes('one')).toMatchObject([{ id: volume.id, size_gb: 3 }]);
  const { volume: larger } = await client.Volume.extendVolume({ app_name: 'one', volume_id: volume.id, size_gb: 5 });
  expect(larger.size_gb).toBe(5);

  const wanted = {
    image: IMAGE,
    guest: config.guest,
    mounts: [{ volume: volume.id, path: '/data' }],
    restart: { policy: ApiMachineRestartPolicyEnum.OnFailure, max_retries: 3 },
    metadata: { kind: 'agent' },
  };
  const machine = await client.Machine.createMachine({ app_name: 'one', region: 'fra', config: wanted });
  const at = { app_name: 'one', machine_id: machine.id };
  expect(machine).toMatchObject({
    state: 'created',
    image_ref: { registry: 'registry.fly.io', repository: 'program' },
  });
  expect(await client.Machine.waitMachine({ ...at, timeout: '10' })).toMatchObject({ ok: true });
  expect(await client.Machine.listMachines('one')).toMatchObject([{ id: machine.id, state: 'started' }]);
  expect((await client.Machine.listEvents(at)).map(({ status }) => status)).toEqual(['started', 'starting', 'created']);

  const lease = await client.Machine.acquireLease({ ...at, ttl: 1 });
  expect((await client.Machine.getLease(at)).data.nonce).toBe(lease.data.nonce);
  await expect(client.Machine.cordonMachine(at)).rejects.toThrow(/409/);
  await expect.poll(() => client.Machine.cordonMachine(at).catch(() => null), { timeout: 5000 }).toEqual({ ok: true });
  expect(await client.Machine.uncordonMachine(at)).toEqual({ ok: true });

  const updated = await client.Machine.updateMachine({ ...at, config: { ...wanted, image: OTHER_IMAGE } });
  expect(updated.instance_id).not.toBe(machine.instance_id);
  await stand.until('one', 'started');
  expect(await client.Machine.listVersions(at)).toHaveLength(2);
  expect(await client.Machine.restartMachine(at)).toEqual({ ok: true });
  await stand.until('one', 'started');
  expect(await client.Machine.stopMachine(at)).toEqual({ ok: true });
  await client.Machine.waitMachine({
    ...at,
    instance_id: updated.instance_id,
    state: StateEnum.Stopped,
    timeout: '10',
  });
  await client.Machine.startMachine(at);
  await stand.until('one', 'started');
  await expect(client.Machine.deleteMachine(at)).rejects.toThrow(/412/);
  expect(await client.Machine.deleteMachine({ ...at, force: true })).toEqual({ ok: true });
  await stand.until('one', 'destroyed');
  await client.Volume.deleteVolume({ app_name: 'one', volume_id: volume.id });
  await client.App.deleteApp('one');
  await expect(client.App.getApp('one')).rejects.toThrow(/404.*Could not find App/);
});
