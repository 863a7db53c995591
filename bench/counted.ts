import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Figures, Part } from './figures.ts';

// The counts of tests: rows, requests and turns, the same on every computer. Runs these tests once; each reports its
// counts (test/counted.ts).

const root = resolve(import.meta.dirname, '..');
const TESTS = [
  'test/edge/billed.test.ts',
  'test/edge/cost.test.ts',
  'test/edge/overview-load.test.ts',
  'test/edge/growth.test.ts',
  'test/edge/revocation.test.ts',
  'test/pure/inbound/debounce.test.ts',
  'test/pure/turn/turns.test.ts',
];
const WITHIN_MS = 10 * 60_000;

const Report = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({ meta: z.object({ counted: z.optional(z.record(z.string(), z.number())) }) }),
      ),
    }),
  ),
});

export const parts: readonly Part[] = [
  {
    name: 'counted by tests',
    rows: [
      { row: 'rows written a turn', unit: 'rows', target: 35 },
      { row: 'rows written a turn, the fewest that would do', unit: 'rows' },
      { row: 'rows read a turn', unit: 'rows' },
      { row: 'requests to the object a turn', unit: 'requests' },
      { row: 'alarms of an attempt of ten minutes', unit: 'alarms', target: 44 },
      { row: 'rows that an alarm of a running attempt reads and writes', unit: 'rows', target: 0 },
      { row: 'grown conversation against a new one, rows of a turn', unit: '×', target: 1.05 },
      { row: 'billed messages a turn, over fifty tasks', unit: 'messages', target: 1.3 },
      ...['blocked', 'locked', 'off the list'].map((how) => ({
        row: `requests that pass after somebody is ${how}`,
        unit: 'requests',
        target: 0,
      })),
      { row: 'rows that a turn writes in the overview', unit: 'rows', target: 2 },
      { row: 'requests to the overview for a short turn', unit: 'requests', target: 2 },
      { row: 'rows read of 10,000 people, 200 at work: now', unit: 'rows' },
      { row: 'rows read of 10,000 people: the first look', unit: 'rows' },
      { row: 'rows read of 10,000 people: a page of fifty', unit: 'rows' },
      { row: 'bytes of 10,000 people, 200 at work: now', unit: 'bytes' },
      { row: 'bytes of 10,000 people: a page of fifty', unit: 'bytes' },
      ...['20', '10,000'].flatMap((people) => [
        { row: `requests to objects of a look at Now, ${people} people`, unit: 'requests' },
        { row: `bytes of the page Now, ${people} people`, unit: 'bytes' },
        { row: `bytes of the page People, ${people} people`, unit: 'bytes' },
      ]),
      ...[2, 8, 30].map((seconds) => ({
        row: `a hundred bursts, turns of ${seconds} s: turns against a fixed wait`,
        unit: '×',
        target: 1,
      })),
    ],
    runs: 1,
    measure: countByTests,
  },
];

async function countByTests(): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-bench-'));
  const output = join(folder, 'report.json');
  const args = ['scripts/bootstrap.mjs', 'scripts/test.ts', ...TESTS, '--reporter=json', `--outputFile=${output}`];
  try {
    await promisify(execFile)(process.execPath, args, { cwd: root, timeout: WITHIN_MS, maxBuffer: 2 ** 26 });
    const { testResults } = Report.parse(JSON.parse(readFileSync(output, 'utf8')));
    const counted = testResults.flatMap(({ assertionResults }) =>
      assertionResults.map(({ meta }) => meta.counted ?? {}),
    );
    return Object.assign({}, ...counted) as Figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
