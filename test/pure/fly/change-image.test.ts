import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { START_MAX_MS } from '../../../src/conversation/policy/machine.ts';
import type { MachineRow } from '../../../src/conversation/state/machine.ts';
import { wantedOf } from '../../../src/machines/fly/provider.ts';
import {
  FAULTS,
  type Fault,
  FlyStand,
  GOOD,
  NAME,
  newRow,
  optionsWith,
  play,
  providerOf,
  type Recorded,
  there,
} from './fly-stand.ts';

// A new image for an existing machine: installed while it sleeps, launched to see whether it comes up, and reverted
// when it does not.

const NEXT = 'registry.example.com/agent@sha256:2';

let stand: FlyStand;
let ledger: Recorded[];
let ready: MachineRow;

async function begin(): Promise<void> {
  stand = new FlyStand();
  ledger = [];
  vi.stubGlobal('fetch', stand.fetch);
  ready = (await play(stand, providerOf(ledger), newRow(stand.now))).row;
  ledger.length = 0;
  stand.calls.length = 0;
}
beforeEach(begin);

const machine = () => there(stand).machines[0]!;
const wanted = (image: string) => wantedOf(optionsWith([], { image }));
const runs = () => ({ image: machine().config.image, settings: machine().config.metadata.roost_settings });

/** `first`: the machine on which a new image is tried. */
const upgrade = (first: boolean, image = NEXT, change: Parameters<typeof providerOf>[1] = {}) =>
  play(stand, providerOf(ledger, { image, ...change }), {
    ...ready,
    step: 'update',
    previous: first ? { image: ready.image, settings: ready.settings } : null,
  });

const count = (call: string) => stand.calls.filter((one) => one === call).length;

test('a sleeping machine is changed in its sleep, its whole config at once', async () => {
  stand.turn(machine(), 'stopped');
  const { row } = await upgrade(false);
  expect(machine().state).toBe('stopped');
  expect(runs()).toEqual(await wanted(NEXT));
  expect(machine().config).toMatchObject({
    mounts: [{ volume: ready.volume }],
    env: { MACHINE_AUDIENCE: NAME },
    metadata: { roost_deployment: 'relay.example.com' },
  });
  expect(row).toMatchObject({ step: 'ready', previous: null, ...(await wanted(NEXT)) });
  expect(ledger).toEqual([{ name: NAME, ...(await wanted(NEXT)), revertedFrom: null }]);
});

test('the first is launched, and is ready when it answers', async () => {
  stand.turn(machine(), 'stopped');
  const { row, outcomes } = await upgrade(true);
  expect(outcomes.map((outcome) => ('next' in outcome ? outcome.next?.step : outcome.kind))).toEqual([
    'update',
    'health',
    'record',
    'ready',
  ]);
  expect(machine().state).toBe('started');
  expect(row).toMatchObject({ step: 'ready', previous: null, image: NEXT });
});

test.each([true, false])('a machine that does not come up goes back (first: %s)', async (first) => {
  stand.broken.add(NEXT);
  const before = runs();
  const { row } = await upgrade(first);
  expect(row).toMatchObject({ step: 'ready', previous: null, ...before });
  expect(runs()).toEqual(before);
  expect(ledger).toEqual([{ name: NAME, ...before, revertedFrom: (await wanted(NEXT)).settings }]);
  const asked = { redirect: 'manual', signal: AbortSignal.timeout(1000) } as const;
  expect((await fetch(`https://${NAME}.fly.example/healthz`, asked)).status).toBe(200);
});

test('a machine that goes back is as before, whatever is wanted now, but works for the current relay', async () => {
  const { env, ...before } = structuredClone(machine().config);
  stand.broken.add(NEXT);
  const now = { RELAY_URL: 'https://new.example.com', RELAY_PUBLIC_KEYS: '[]', IDLE_TIMEOUT_MS: '1' };
  // The answer to the change is lost: the machine's previous config is known anyway.
  stand.plan = ['none', 'none', 'after'];
  await upgrade(true, NEXT, { memoryMb: 256, env: now });
  expect(machine().config).toEqual({
    ...before,
    env: { ...env, RELAY_URL: now.RELAY_URL, RELAY_PUBLIC_KEYS: now.RELAY_PUBLIC_KEYS },
  });
});

test('a config that is not as Fly documents it is not kept, and holds up no change', async () => {
  Object.assign(machine().config.env, { ODD: null });
  expect((await upgrade(true)).row).toMatchObject({ step: 'ready', image: NEXT });
});

test('a change reverted on a machine lost meanwhile has the new machine’s disk', async () => {
  stand.broken.add(NEXT);
  const launch = stand.launch.bind(stand);
  stand.launch = (one) => {
    launch(one);
    if (one.config.image !== NEXT) return;
    one.state = 'destroyed';
    for (const volume of there(stand).volumes) volume.state = 'destroyed';
    stand.launch = launch;
  };
  const { row } = await upgrade(true);
  expect(row).toMatchObject({ step: 'ready', image: GOOD });
  expect(machine().config).toMatchObject({ image: GOOD, mounts: [{ volume: row.volume }] });
  expect(row.volume).not.toBe(ready.volume);
});

test('a machine that is restarted repeatedly goes back after the time of one start', async () => {
  stand.broken.add(NEXT);
  stand.crashing.add(NEXT);
  const before = runs();
  const began = stand.now;
  const { row } = await upgrade(true);
  expect(row).toMatchObject({ step: 'ready', ...before });
  expect(stand.now - began).toBeLessThan(START_MAX_MS + 5000);
});

test('an image that Fly refuses goes back at once', async () => {
  stand.refusals.set('POST /apps/*/machines/*', { status: 422, body: { error: 'failed to get manifest' } });
  const before = runs();
  const { row } = await upgrade(true);
  expect(row).toMatchObject({ step: 'ready', ...before });
  expect(ledger).toEqual([{ name: NAME, ...before, revertedFrom: (await wanted(NEXT)).settings }]);
});

test.each([
  [
    'there is no room',
    'POST /apps/*/machines/*',
    { status: 409, body: { error: 'aborted: could not reserve resource' } },
  ],
  ['Fly is away', 'GET /apps/*/machines/*', { status: 503, body: { error: 'unavailable' } }],
  ['Fly is asked too much', 'GET /apps/*/machines/*', { status: 429, body: { error: 'rate limit exceeded' } }],
] as const)(
  'when %s the machine stays as it is and can work, and nothing is held against the image',
  async (_, call, refusal) => {
    stand.refusals.set(call, refusal);
    const before = runs();
    const { row, outcomes } = await upgrade(true);
    expect(row).toMatchObject({ step: 'ready', previous: null, ...before });
    expect(outcomes.at(-1)).toMatchObject({ kind: 'retryable' });
    expect(ledger).toEqual([]);
    stand.refusals.clear();
    expect((await upgrade(true)).row).toMatchObject({ step: 'ready', image: NEXT });
  },
);

test('when Fly does not answer the first question the machine is left as it is; once it was changed, its state is waited for', async () => {
  stand.plan = ['before'];
  expect((await upgrade(true)).row).toMatchObject({ step: 'ready', image: GOOD });
  stand.plan = ['none', 'none', 'after', 'before', 'busy', 'down'];
  expect((await upgrade(true)).row).toMatchObject({ step: 'ready', image: NEXT });
  expect(count('POST /apps/*/machines/*')).toBe(1);
});

test('a change that was made is not made again', async () => {
  stand.plan = ['none', 'none', 'after'];
  await upgrade(true);
  expect(count('POST /apps/*/machines/*')).toBe(1);
});

test('a lost machine is created again, with the wanted version', async () => {
  machine().state = 'destroyed';
  there(stand).volumes[0]!.attached_machine_id = null;
  const { row } = await upgrade(true);
  expect(row).toMatchObject({ step: 'ready', image: NEXT, volume: ready.volume });
  expect(there(stand).machines).toHaveLength(1);
});

describe('any sequence of faults', () => {
  test.each([
    ['a good image', NEXT],
    ['a broken image', 'registry.example.com/agent@sha256:3'],
  ])('%s: one machine, which answers', { timeout: 240_000 }, async (_what, image) => {
    const plan = fc.array(fc.constantFrom<Fault[]>('none', ...FAULTS.filter((fault) => fault !== 'full')), {
      maxLength: 25,
    });
    await fc.assert(
      fc.asyncProperty(plan, fc.boolean(), fc.boolean(), async (faults, first, asleep) => {
        await begin();
        stand.broken.add('registry.example.com/agent@sha256:3');
        if (asleep) stand.turn(machine(), 'stopped');
        stand.plan = [...faults];
        let { row } = await upgrade(first, image);
        // Left unchanged: the next pass asks again.
        while (ledger.length === 0) row = (await upgrade(first, image)).row;
        stand.settle();
        expect(row).toMatchObject({ step: 'ready', previous: null });
        expect(there(stand).machines).toHaveLength(1);
        expect(there(stand).volumes).toHaveLength(1);
        expect(runs()).toEqual({ image: row.image, settings: row.settings });
        // The image was installed in a sleeping machine and never tried: trying is the first machine's part.
        const isTried = first || !asleep;
        expect(row.image).toBe(image === NEXT || !isTried ? image : GOOD);
      }),
      { seed: 20261121, numRuns: 60 },
    );
  });
});
