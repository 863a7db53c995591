import { beforeEach, describe, expect, test, vi } from 'vitest';
import { IN_DOUBT_MS, START_MAX_MS } from '../../../src/conversation/policy/machine.ts';
import type { MachineRow } from '../../../src/conversation/state/machine.ts';
import { wantedOf } from '../../../src/machines/fly/provider.ts';
import { FlyStand, GOOD, newRow, optionsWith, play, providerOf, there } from './fly-stand.ts';

// A machine that comes up late or is lost during an upgrade, and the doubts that a cut call leaves. The usual upgrade
// is in change-image.test.ts.

let stand: FlyStand;
let ready: MachineRow;
const machine = () => there(stand).machines[0]!;

beforeEach(async () => {
  stand = new FlyStand();
  vi.stubGlobal('fetch', stand.fetch);
  ready = (await play(stand, providerOf([]), newRow(stand.now))).row;
  stand.calls.length = 0;
});

test('a machine lost with its host while it starts is created elsewhere, and no image is blamed', async () => {
  for (const thing of [machine(), there(stand).volumes[0]!]) thing.host_status = 'unreachable';
  const { row } = await play(stand, providerOf([]), { ...ready, step: 'health' }, 600);
  expect(row).toMatchObject({ step: 'ready', image: GOOD });
  expect(row.machine).not.toBe(ready.machine);
});

describe('it is made again', () => {
  const spare = (created_at: string) => {
    const { volumes } = stand.apps.get(ready.name)!;
    machine().state = 'destroyed';
    volumes[0]!.attached_machine_id = null;
    volumes.unshift({ ...volumes[0]!, id: 'vol_90', created_at });
  };

  test('on the older of two volumes that no machine has', async () => {
    spare(new Date(stand.now + 60_000).toISOString());
    const { row } = await play(stand, providerOf([]), { ...ready, step: 'volume', volume: null, machine: null });
    expect(row).toMatchObject({ step: 'ready', volume: ready.volume });
  });

  test('on its own volume, should there be no room beside it for long', async () => {
    spare('');
    stand.full.machines.add('fra');
    await play(stand, providerOf([]), { ...ready, step: 'machine', machine: null }, 4);
    expect(there(stand).volumes.map(({ id }) => id)).toContain(ready.volume);
  });
});

test('how often it ended before says nothing about this start', async () => {
  for (let n = 0; n < 3; n++) stand.turn(machine(), 'stopped');
  machine().state = 'starting';
  const stepSince = stand.now + 1;
  const now = stepSince + START_MAX_MS;
  const row = { ...ready, step: 'health', stepSince, previous: { image: null, settings: null } } as const;
  expect(await providerOf([]).ensure(row, now)).toMatchObject({ kind: 'retryable' });
});

test('other settings with the same image are a change too', async () => {
  const { row } = await play(stand, providerOf([], { memoryMb: 2048 }), { ...ready, step: 'update' });
  const wanted = await wantedOf(optionsWith([], { memoryMb: 2048 }));
  expect(row).toMatchObject({ step: 'ready', ...wanted });
  expect(machine().config.metadata.roost_settings).toBe(wanted.settings);
});

test('a change that arrives late is not asked for twice', async () => {
  stand.plan = ['none', 'late'];
  await play(stand, providerOf([], { image: 'registry.example.com/agent@sha256:2' }), { ...ready, step: 'update' });
  expect(stand.calls.filter((call) => call === 'POST /apps/*/machines/*')).toHaveLength(1);
});

test('that Fly is busy does not end the doubt about the call before', async () => {
  stand.plan = ['busy'];
  const row = { ...ready, step: 'volume', inDoubtSince: stand.now } as const;
  expect(await providerOf([]).ensure(row, stand.now)).toMatchObject({ kind: 'retryable', waitMs: IN_DOUBT_MS });
});

test('a machine that cannot be put to sleep is reported as awake', async () => {
  stand.refusals.set('POST /apps/*/machines/*/stop', { status: 500, body: null });
  await expect(providerOf([]).stop(ready)).rejects.toThrow('Fly answered 500');
});
