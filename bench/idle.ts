import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { alarms } from '../test/journeys/rows.ts';
import type { Part } from './figures.ts';
import type { Moment } from './instant.ts';
import { personOf, type Rig, startRig } from './rig.ts';

// Measures what a conversation costs in which nothing happens: one turn, then a month of its clock. test/edge/idle.test.ts counts the same with a machine of its own and backups.

const MONTH_MS = 30 * 24 * 3_600_000;
const QUIET_WITHIN_MS = 20_000;
const MOMENTS: readonly Moment[] = ['typing', 'started', 'resulted', 'created', 'called', 'over'];

const ALARMS = 'idle conversation for a month: alarms';
const CALLS = 'idle conversation for a month: calls to machine and carrier';

export const parts: readonly Part[] = [
  {
    name: 'idle',
    rows: [
      { row: ALARMS, unit: '', target: 0 },
      { row: CALLS, unit: '', target: 0 },
    ],
    runs: 1,
    async measure() {
      const rig = await startRig({ vars: { GATHER_MS: '0' } });
      try {
        const person = personOf(0);
        await rig.rest((await rig.text(person)).text);
        await becomesQuiet(rig);
        const before = calls(rig);
        // Moving the clock wakes the object once.
        const move = JSON.stringify({ address: person, by_ms: MONTH_MS });
        await rig.ask('/local/clock', move, { 'content-type': 'application/json' });
        await becomesQuiet(rig);
        return { [ALARMS]: alarms(objectsOf(rig)), [CALLS]: calls(rig) - before };
      } finally {
        await rig.stop();
      }
    },
  },
];

const objectsOf = (rig: Rig): string => join(rig.folder, 'objects');
const calls = (rig: Rig): number => MOMENTS.reduce((sum, moment) => sum + rig.count(moment), 0);

async function becomesQuiet(rig: Rig): Promise<void> {
  const deadline = performance.now() + QUIET_WITHIN_MS;
  while (alarms(objectsOf(rig)) > 0) {
    if (performance.now() > deadline) return;
    await pause(100);
  }
}
