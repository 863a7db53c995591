import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { carrierTable, costTable } from './costs.ts';
import {
  compareRows,
  type Figures,
  findRows,
  formatCompared,
  formatNumber,
  formatRows,
  type Part,
  type Row,
  rowOf,
  table,
} from './figures.ts';
import { type Options, readOptions, readRows, USAGE } from './options.ts';

// `npm run bench`: takes the measurements run after run and prints one table. Judges nothing: a person should look into
// a figure above its target, because it depends on the computer's other work. Exits with 1 when a part failed, with 2
// for impossible options.

/** In the order of the table. Each file is loaded by itself, so that one that doesn't fit an older tree leaves the rest. */
const PARTS: Record<string, () => Promise<{ parts: readonly Part[] }>> = {
  latency: () => import('./latency.ts'),
  gateway: () => import('./gateway.ts'),
  connect: () => import('./connect.ts'),
  crowd: () => import('./crowd.ts'),
  defaults: () => import('./defaults.ts'),
  many: () => import('./many.ts'),
  counted: () => import('./counted.ts'),
  growth: () => import('./growth.ts'),
  idle: () => import('./idle.ts'),
  'end to end': () => import('./end-to-end.ts'),
  asleep: () => import('./asleep.ts'),
  agent: () => import('./agent.ts'),
  reminders: () => import('./reminders.ts'),
  size: () => import('./size.ts'),
  start: () => import('./start.ts'),
  'worker start': () => import('./worker-start.ts'),
};

function refuse(problem: string): never {
  console.error(problem);
  process.exit(2);
}

const options = readOptions(process.argv.slice(2));
if ('problem' in options) refuse(`${options.problem}\n\n${USAGE}`);
const asked: Options = options;
const earlier = asked.compare === null ? null : readEarlier(asked.compare);

let failed = false;
const fail = (what: string, error: unknown): void => {
  failed = true;
  console.error(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
};

const parts = (await Promise.all(Object.entries(PARTS).map(([name, load]) => loadParts(name, load)))).flat();
const known = parts.flatMap(({ rows }) => rows);
const names = known.map(({ row }) => row);
for (const name of asked.rows) {
  if (findRows(names, name).length > 0) continue;
  refuse(`No row is called “${name}” or begins with it. npm run bench -- --list prints their names.`);
}
const wanted = new Set(asked.rows.length === 0 ? names : asked.rows.flatMap((name) => findRows(names, name)));
const isWanted = (row: string): boolean => wanted.has(row);
const wantedRows = known.filter(({ row }) => isWanted(row));

if (asked.list) {
  const lines = wantedRows.map(({ row, unit, target = null }) => [row, unit, formatNumber(target)]);
  console.log(table(['row', 'unit', 'target'], lines));
  process.exit(failed ? 1 : 0);
}

const began = new Date().toISOString();
const loadBefore = loadavg()[0] ?? 0;
const figures = await measure(parts.filter(({ rows }) => rows.some(({ row }) => isWanted(row))));
const rows: Row[] = wantedRows.flatMap((one) => {
  const values = figures.flatMap((run) => run[one.row] ?? []);
  return values.length === 0 ? [] : [rowOf(one, values)];
});
const load = [loadBefore, loadavg()[0] ?? 0];
const computer = { cores: availableParallelism(), node: process.versions.node, load };
const compared =
  earlier &&
  compareRows(
    earlier.filter(({ row }) => asked.rows.length === 0 || isWanted(row)),
    rows,
  );

if (asked.json) console.log(JSON.stringify({ began, ...computer, rows, ...(compared ? { compared } : {}) }, null, 1));
else {
  console.log(formatRows(rows));
  if (compared) console.log(`\n${formatCompared(compared)}`);
  const [before, after] = load.map((one) => one.toFixed(1));
  console.log(
    `\n${computer.cores} cores, Node ${computer.node}; load average ${before} before, ${after} after. ` +
      'Each value is the median of n runs, beside the least and the most.',
  );
  if (asked.rows.length === 0) console.log(`\n${costTable()}\n\n${carrierTable()}`);
}
// A part that was cut off may have left a connection open.
process.exit(failed ? 1 : 0);

async function loadParts(name: string, load: () => Promise<{ parts: readonly Part[] }>): Promise<readonly Part[]> {
  try {
    return (await load()).parts;
  } catch (error) {
    // Its rows may be none of those that are asked for.
    if (asked.rows.length === 0) failed = true;
    console.error(`${name} is left out: ${String(error).split('\n')[0]}`);
    return [];
  }
}

/** Each part once, then each part again: what the computer does meanwhile falls on all of them. */
async function measure(chosen: readonly Part[]): Promise<Figures[]> {
  const taken: Figures[] = [];
  const runsOf = (part: Part): number => asked.runs ?? part.runs;
  const most = Math.max(...chosen.map(runsOf));
  for (let run = 1; run <= most; run++) {
    for (const part of chosen.filter((one) => run <= runsOf(one))) {
      console.error(`${new Date().toTimeString().slice(0, 8)} ${part.name}, run ${run} of ${runsOf(part)}`);
      try {
        taken.push(await part.measure(isWanted));
      } catch (error) {
        fail(`${part.name}, run ${run}`, error);
      }
    }
  }
  return taken;
}

function readEarlier(path: string): Row[] {
  try {
    const earlierRows = readRows(readFileSync(path, 'utf8'));
    if (earlierRows) return earlierRows;
  } catch {
    refuse(`${path} can't be read.`);
  }
  refuse(`${path} isn't the output of npm run bench -- --json.`);
}
