import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { StepOutcome } from '../../../src/conversation/state/machine.ts';
import {
  FAULTS,
  type Fault,
  FlyStand,
  GOOD,
  NAME,
  newRow,
  play,
  providerOf,
  type Recorded,
  TOKEN,
  there,
} from './fly-stand.ts';

// Creating a machine for a conversation on Fly: whatever happens to a call, in the end there is exactly one of
// everything.

let stand: FlyStand;
let ledger: Recorded[];

function fresh(): void {
  stand = new FlyStand();
  ledger = [];
  vi.stubGlobal('fetch', stand.fetch);
}
beforeEach(fresh);

const make = (change: Parameters<typeof providerOf>[1] = {}) =>
  play(stand, providerOf(ledger, change), newRow(stand.now));

function expectOneOfEach(): void {
  const { apps, addresses, volumes, machines } = there(stand);
  expect({ apps, addresses, volumes: volumes.length, machines: machines.length }).toEqual({
    apps: 1,
    addresses: 2,
    volumes: 1,
    machines: 1,
  });
  expect(volumes[0]!.attached_machine_id).toBe(machines[0]!.id);
}

const CHANGES = [
  'POST /apps',
  'POST /apps/*/ip_assignments',
  'POST /apps/*/ip_assignments',
  'POST /apps/*/volumes',
  'POST /apps/*/machines',
];
const isChange = (call: string): boolean => !call.startsWith('GET ');

const lastOf = (outcomes: (StepOutcome | { kind: 'lost' })[]) => outcomes.at(-1);

test('a name that is taken, by whom Fly does not tell for the moment, may be ours: none is left behind for another', async () => {
  stand.plan = ['none', 'none', 'busy'];
  vi.stubGlobal('fetch', (input: unknown, init?: { method?: string }) => {
    // A call that was given up long ago arrives between our look-up and our call.
    if (init?.method === 'POST' && stand.calls.length === 1) {
      stand.apps.set(NAME, { network: NAME, ips: [], volumes: [], machines: [] });
    }
    return stand.fetch(input, init);
  });
  const { row } = await make();
  expect(row.name).toBe(NAME);
  expectOneOfEach();
});

test('a machine is made in recorded steps, each looking before it makes', async () => {
  const { row, outcomes } = await make();
  expect(outcomes.map((outcome) => ('next' in outcome ? outcome.next?.step : outcome.kind))).toEqual([
    'app',
    'addresses',
    'volume',
    'machine',
    'health',
    'record',
    'ready',
  ]);
  expectOneOfEach();
  const machine = there(stand).machines[0]!;
  expect(row).toMatchObject({ machine: machine.id, region: 'fra', image: GOOD, previous: null });
  expect(machine.config.metadata).toEqual({
    roost_deployment: 'relay.example.com',
    roost_version: '1.0.0',
    roost_settings: row.settings,
  });
  expect(machine.config.env).toMatchObject({ MACHINE_AUDIENCE: NAME, PORT: '8080', DATA_DIR: '/data' });
  expect(ledger).toEqual([{ name: NAME, image: GOOD, settings: row.settings, revertedFrom: null }]);
  expect(stand.calls.filter(isChange)).toEqual(CHANGES);
});

test('a machine that was released is gone and its volume stays; the next one has that volume', async () => {
  const { row } = await make();
  const volume = row.volume;
  let released = 0;
  const provider = providerOf(ledger, {
    ledger: { claim: async () => 'taken', release: async () => void released++, record: async () => undefined },
  });
  await provider.release(row);
  await provider.release(row);
  expect(released).toBe(2);
  expect(there(stand)).toMatchObject({ machines: [], volumes: [{ id: volume }] });
  const asleep = { ...row, awakeMs: 1000, usedAt: stand.now, step: 'claim', machine: null, image: null } as const;
  const again = await play(stand, provider, { ...asleep, settings: null });
  expect(again.row).toMatchObject({ step: 'ready', volume });
  expectOneOfEach();
});

test('a machine that cannot be removed keeps its slot', async () => {
  const { row } = await make();
  stand.plan = ['none', 'down'];
  let released = 0;
  const provider = providerOf(ledger, {
    ledger: { claim: async () => 'taken', release: async () => void released++, record: async () => undefined },
  });
  await expect(provider.release(row)).rejects.toThrow();
  expect(released).toBe(0);
});

describe('one call goes wrong', () => {
  const calls = 13;

  test('the number of calls is what the cases below are made for', async () => {
    await make();
    expect(stand.calls).toHaveLength(calls);
  });

  test.each(FAULTS.flatMap((fault) => Array.from({ length: calls }, (_, at) => [fault, at] as const)))(
    '%s at call %i',
    async (fault, at) => {
      stand.plan = [...Array.from({ length: at }, (): Fault => 'none'), fault];
      const { row } = await make();
      expect(row.step).toBe('ready');
      stand.settle();
      expectOneOfEach();
      // The resource of a lost answer is found, and not created again.
      if (fault === 'after' || fault === 'late') expect(stand.calls.filter(isChange)).toEqual(CHANGES);
    },
  );
});

test('any sequence of faults ends in one of each', { timeout: 240_000 }, async () => {
  const plan = fc.array(fc.constantFrom<Fault[]>('none', 'none', ...FAULTS), { maxLength: 40 });
  const regions = fc.subarray(['fra', 'ams', 'iad'], { maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(plan, regions, regions, async (faults, noVolumes, noMachines) => {
      fresh();
      stand.plan = [...faults];
      for (const region of noVolumes) stand.full.volumes.add(region);
      for (const region of noMachines) stand.full.machines.add(region);
      const hasRoom = ['fra', 'ams', 'iad'].some(
        (region) => !noVolumes.includes(region) && !noMachines.includes(region),
      );
      fc.pre(hasRoom);
      const { row } = await make();
      expect(row.step).toBe('ready');
      stand.settle();
      expectOneOfEach();
      expect(row).toMatchObject({ volume: there(stand).volumes[0]!.id, machine: there(stand).machines[0]!.id });
    }),
    { seed: 20261121, numRuns: 100 },
  );
});

describe('no room', () => {
  test('for a volume: the next region', async () => {
    stand.full.volumes.add('fra').add('ams');
    const { row, outcomes } = await make();
    expect(row).toMatchObject({ step: 'ready', region: 'iad' });
    expect(outcomes.filter(({ kind }) => kind === 'retryable')).toHaveLength(2);
    expectOneOfEach();
  });

  test('for a machine: its unused volume is removed and the next region taken', async () => {
    stand.full.machines.add('fra');
    const { row } = await make();
    expect(row).toMatchObject({ step: 'ready', region: 'ams' });
    expectOneOfEach();
  });

  test('anywhere: waited for long, and made when there is', async () => {
    for (const region of ['fra', 'ams', 'iad']) stand.full.volumes.add(region);
    const first = await play(stand, providerOf(ledger), newRow(stand.now), 6);
    expect(lastOf(first.outcomes)).toMatchObject({ kind: 'retryable', waitMs: 60_000, next: { region: 'fra' } });
    stand.full.volumes.clear();
    expect((await play(stand, providerOf(ledger), first.row)).row.step).toBe('ready');
    expectOneOfEach();
  });

  test('beside a volume that was worked on: it is kept', async () => {
    const { row } = await make();
    const used = { ...row, awakeMs: 1000, usedAt: stand.now + 60_000 };
    stand.pass(120_000);
    there(stand).machines[0]!.state = 'destroyed';
    const volume = there(stand).volumes[0]!;
    volume.attached_machine_id = null;
    stand.full.machines.add('fra');
    const lost = { ...used, step: 'volume', volume: null, machine: null, image: null, settings: null } as const;
    const waiting = await play(stand, providerOf(ledger), lost, 4);
    expect(lastOf(waiting.outcomes)).toMatchObject({ kind: 'retryable', waitMs: 60_000 });
    expect(there(stand).volumes).toEqual([volume]);
    stand.full.machines.clear();
    expect((await play(stand, providerOf(ledger), waiting.row)).row).toMatchObject({
      step: 'ready',
      volume: volume.id,
    });
    expectOneOfEach();
  });
});

describe('refused for good', () => {
  test('there are as many machines as may be', async () => {
    const claim = async () => 'full' as const;
    const { outcomes } = await make({
      ledger: { claim, release: async () => undefined, record: async () => undefined },
    });
    expect(outcomes).toMatchObject([{ kind: 'permanent', refusal: 'limit' }]);
    expect(stand.calls).toEqual([]);
  });

  test.each([
    [
      'POST /apps/*/volumes',
      403,
      'organization "example" is using 9 MB of memory which is over the allowed quota',
      'quota',
    ],
    ['POST /apps/*/machines', 403, 'organization "example" is over the allowed quota', 'quota'],
    ['POST /apps', 403, 'not authorized', 'token'],
    ['POST /apps/*/machines', 422, 'failed to get manifest registry.example.com/agent', 'image'],
    ['POST /apps/*/machines', 400, 'invalid config', 'other'],
    ['POST /apps', 422, 'Validation failed: Name under 63 chars', 'other'],
  ])('%s answered %i %s', async (call, status, error, refusal) => {
    stand.refusals.set(call, { status, body: { error } });
    const { outcomes } = await make();
    expect(lastOf(outcomes)).toMatchObject({ kind: 'permanent', refusal });
  });

  test('the token is not valid, and is in no reason', async () => {
    const { outcomes } = await make({ token: 'other-token' });
    expect(lastOf(outcomes)).toMatchObject({ kind: 'permanent', refusal: 'token' });
    expect(JSON.stringify(outcomes)).not.toContain('other-token');
    stand.refusals.set('POST /apps', { status: 403, body: { error: `not for ${TOKEN}` } });
    expect(JSON.stringify((await make()).outcomes)).not.toContain(TOKEN);
  });
});

test('a duplicate that cannot be removed is waited for a minute, not forever', async () => {
  const begun = await play(stand, providerOf(ledger), newRow(stand.now), 6);
  const [volume] = there(stand).volumes;
  stand.apps.get(NAME)!.volumes.push({ ...volume!, id: 'vol_97', attached_machine_id: null });
  stand.refusals.set('DELETE /apps/*/volumes/*', { status: 500, body: null });
  const since = stand.now;
  expect((await play(stand, providerOf(ledger), begun.row)).row.step).toBe('ready');
  expect(Math.abs(stand.now - since - 60_000)).toBeLessThan(5000);
});

test('a machine that goes as soon as it has come up is made again', async () => {
  const begun = await play(stand, providerOf(ledger), newRow(stand.now), 6);
  expect(begun.row.step).toBe('record');
  there(stand).machines[0]!.state = 'destroyed';
  there(stand).volumes[0]!.attached_machine_id = null;
  expect((await play(stand, providerOf(ledger), begun.row)).row.step).toBe('ready');
  expectOneOfEach();
});

test('a volume that somebody removes before its machine is made is made again', async () => {
  const begun = await play(stand, providerOf(ledger), newRow(stand.now), 4);
  expect(begun.row.step).toBe('machine');
  there(stand).volumes[0]!.state = 'pending_destroy';
  expect((await play(stand, providerOf(ledger), begun.row)).row.step).toBe('ready');
  expectOneOfEach();
});

test('rights to an app that was just made may come a moment later, and are not waited for long', async () => {
  stand.refusals.set('GET /apps/*/ip_assignments', { status: 403, body: { error: 'not authorized' } });
  const waiting = await play(stand, providerOf(ledger), newRow(stand.now), 6);
  expect(lastOf(waiting.outcomes)).toMatchObject({ kind: 'retryable' });
  expect(lastOf((await play(stand, providerOf(ledger), waiting.row)).outcomes)).toMatchObject({ refusal: 'token' });
  stand.refusals.clear();
  expect((await play(stand, providerOf(ledger), waiting.row)).row.step).toBe('ready');
  expectOneOfEach();
});

test('a name that somebody else has is left to them', async () => {
  stand.refusals.set('POST /apps', { status: 422, body: null });
  const first = await play(stand, providerOf(ledger), newRow(stand.now), 2);
  expect(first.row.step).toBe('claim');
  expect(first.row.name).toMatch(/^roost-[a-z2-7]{20}$/);
  expect(first.row.name).not.toBe(NAME);
  stand.refusals.clear();
  expect((await play(stand, providerOf(ledger), first.row)).row.step).toBe('ready');
  expectOneOfEach();
});

test('an answer with 429 is asked again when it says', async () => {
  stand.plan = ['none', 'busy'];
  const { outcomes } = await make();
  expect(outcomes.find(({ kind }) => kind === 'retryable')).toMatchObject({ waitMs: 1000 });
});

test('a duplicate is removed before the machine is ready', async () => {
  const begun = await play(stand, providerOf(ledger), newRow(stand.now), 6);
  expect(begun.row.step).toBe('record');
  const app = stand.apps.get(NAME)!;
  const [volume] = app.volumes;
  const [machine] = app.machines;
  app.volumes.push({ ...volume!, id: 'vol_98', attached_machine_id: 'm99' }, { ...volume!, id: 'vol_97' });
  const config = { ...machine!.config, mounts: [{ volume: 'vol_98' }] };
  app.machines.push({ ...machine!, id: 'm99', config }, { ...machine!, id: 'm98', state: 'destroyed' });
  app.volumes[2]!.attached_machine_id = null;
  // At first one of them cannot be removed.
  stand.plan = ['none', 'none', 'none', 'busy'];
  expect((await play(stand, providerOf(ledger), begun.row)).row.step).toBe('ready');
  expectOneOfEach();
  expect(there(stand).volumes).toEqual([volume]);
});

describe('it does not come up', () => {
  test('never: the image is at fault', async () => {
    stand.broken.add(GOOD);
    const { row, outcomes } = await make();
    expect(lastOf(outcomes)).toMatchObject({ kind: 'permanent', refusal: 'image' });
    expect(row.step).toBe('health');
    expectOneOfEach();
  });

  test('until another image is configured: it is made again with that', async () => {
    stand.broken.add(GOOD);
    const { row } = await make();
    const image = 'registry.example.com/agent@sha256:2';
    const again = await play(stand, providerOf(ledger, { image }), { ...row, stepSince: null });
    expect(again.row).toMatchObject({ step: 'ready', image, volume: row.volume });
    expectOneOfEach();
  });
});

describe('it is made again', () => {
  const lose = (row: Awaited<ReturnType<typeof make>>['row']) =>
    ({ ...row, step: 'volume', volume: null, machine: null, image: null, settings: null, awakeMs: 1000 }) as const;

  test('on its own volume, when that is there', async () => {
    const { row } = await make();
    const [volume] = there(stand).volumes;
    there(stand).machines[0]!.state = 'destroyed';
    volume!.attached_machine_id = null;
    const again = await play(stand, providerOf(ledger), lose(row));
    expect(again.row).toMatchObject({ step: 'ready', volume: volume!.id });
    expectOneOfEach();
  });

  test.each([
    ['a machine has', 'started', null],
    ['is noted', 'destroyed', 'vol_1'],
  ])('on the volume that %s, should an older one be left over', async (_whose, state, volume) => {
    const { row } = await make();
    const [own] = there(stand).volumes;
    expect(own!.id).toBe('vol_1');
    stand.apps.get(NAME)!.volumes.unshift({ ...own!, id: 'vol_90', created_at: '', attached_machine_id: null });
    there(stand).machines[0]!.state = state;
    if (state === 'destroyed') own!.attached_machine_id = null;
    const again = await play(stand, providerOf(ledger), { ...lose(row), volume });
    expect(again.row).toMatchObject({ step: 'ready', volume: own!.id });
    expectOneOfEach();
  });

  test('on a new one, when its host is lost, and what cannot be removed is in nobody’s way', async () => {
    const { row } = await make();
    const { machines, volumes } = there(stand);
    machines[0]!.host_status = 'unreachable';
    volumes[0]!.host_status = 'unreachable';
    const again = await play(stand, providerOf(ledger), lose(row));
    expect(again.row.step).toBe('ready');
    expect(again.row.volume).not.toBe(row.volume);
    expect(stand.calls).toContain('DELETE /apps/*/machines/*');
    expect(there(stand).machines.filter(({ host_status }) => host_status === 'ok')).toHaveLength(1);
  });

  test('beside a machine that failed, which is removed first', async () => {
    const { row } = await make();
    there(stand).machines[0]!.state = 'failed';
    const again = await play(stand, providerOf(ledger), lose(row));
    expect(again.row).toMatchObject({ step: 'ready', volume: row.volume });
    expect(again.row.machine).not.toBe(row.machine);
    expectOneOfEach();
  });

  test('from the app on, when that was removed', async () => {
    const { row } = await make();
    stand.apps.clear();
    expect((await play(stand, providerOf(ledger), lose(row))).row.step).toBe('ready');
    expectOneOfEach();
  });
});
