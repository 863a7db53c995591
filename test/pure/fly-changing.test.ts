import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { wantedOf } from '../../src/machines/fly/provider.ts';
import type { MachineRow } from '../../src/turns/machine-row.ts';
import { START_MAX_MS } from '../../src/turns/policy.ts';
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

// A new image for a machine that is there: in its sleep, launched to see whether it comes up, and back when it does not.

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

/** `first`: the one on which a new image is tried. */
const upgrade = (first: boolean, image = NEXT) =>
  play(stand, providerOf(ledger, { image }), {
    ...ready,
    step: 'update',
    previous: first ? JSON.stringify({ image: ready.image, settings: ready.settings }) : null,
  });

const count = (call: string) => stand.calls.filter((one) => one === call).length;

test('one that sleeps is changed in its sleep, all of its config at once', async () => {
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
    'health',
    'record',
    'ready',
  ]);
  expect(machine().state).toBe('started');
  expect(row).toMatchObject({ step: 'ready', previous: null, image: NEXT });
});

test.each([true, false])('what does not come up goes back (first: %s)', async (first) => {
  stand.broken.add(NEXT);
  const before = runs();
  const { row } = await upgrade(first);
  expect(row).toMatchObject({ step: 'ready', previous: null, ...before });
  expect(runs()).toEqual(before);
  expect(ledger).toEqual([{ name: NAME, ...before, revertedFrom: (await wanted(NEXT)).settings }]);
  expect((await fetch(`https://${NAME}.fly.example/healthz`)).status).toBe(200);
});

test('what is started again and again goes back as soon as a start may have taken', async () => {
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

test('without room for the change the machine stays as it is', async () => {
  stand.refusals.set('POST /apps/*/machines/*', {
    status: 409,
    body: { error: 'aborted: could not reserve resource' },
  });
  const before = runs();
  const { row } = await upgrade(true);
  expect(row).toMatchObject({ step: 'ready', previous: null, ...before });
  expect(ledger).toEqual([]);
});

test('a change that was made is not made again', async () => {
  stand.plan = ['none', 'after'];
  await upgrade(true);
  expect(count('POST /apps/*/machines/*')).toBe(1);
});

test('a machine that is gone is made again, with what is wanted now', async () => {
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
        const { row } = await upgrade(first, image);
        stand.settle();
        expect(row).toMatchObject({ step: 'ready', previous: null });
        expect(there(stand).machines).toHaveLength(1);
        expect(there(stand).volumes).toHaveLength(1);
        expect(runs()).toEqual({ image: row.image, settings: row.settings });
        // Nobody has tried it when it was put under a machine that slept: that is what the first is for.
        const isTried = first || !asleep;
        expect(row.image).toBe(image === NEXT || !isTried ? image : GOOD);
      }),
      { seed: 20261121, numRuns: 200 },
    );
  });
});
