import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseDevVars, type Vars } from '../scripts/local/dev-vars.ts';
import { endFamily } from '../scripts/local/process-families.ts';
import { answer, ownPorts, text } from '../test/journeys/local-run.ts';
import type { Part } from './figures.ts';

// `npm start` as a person waits for it: the phone page of an installed copy, and a fresh clone with an empty npm cache up
// to the first answer, with the bytes that npm has fetched. npm asks the registry it is configured for.

const PAGE = 'npm start → phone page, installed';
const CLONE = 'fresh clone → first answer';
const DOWNLOAD = 'fresh clone, download';
const WITHIN_MS = 600_000;
const ADA = '+15555550123';

const root = resolve(import.meta.dirname, '..');

export const parts: readonly Part[] = [
  {
    name: 'start',
    rows: [{ row: PAGE, unit: 's', target: 2.2 }],
    runs: 6,
    measure: () => inFolder(async (folder) => ({ [PAGE]: await secondsToPage(root, folder) })),
  },
  {
    name: 'fresh clone',
    rows: [
      { row: CLONE, unit: 's', target: 42 },
      { row: DOWNLOAD, unit: 'MB', target: 400 },
    ],
    runs: 1,
    measure: () => inFolder(measureClone),
  },
];

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await ownPorts();
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function measureClone(folder: string): Promise<Record<string, number>> {
  const began = performance.now();
  const clone = join(folder, 'roost');
  execFileSync('git', ['clone', '--quiet', root, clone]);
  let took = 0;
  await secondsToPage(clone, folder, async (vars) => {
    if ((await text(vars, ADA, 'hello')) !== 200) throw new Error('The relay refused the first text.');
    await answer(vars, ADA, /demo model/i, WITHIN_MS);
    took = (performance.now() - began) / 1000;
  });
  return { [CLONE]: took, [DOWNLOAD]: bytesIn(join(folder, 'npm', '_cacache', 'content-v2')) / 1e6 };
}

/** Starts the copy in `place`, with its state in `folder`; `then` happens while it runs. */
async function secondsToPage(place: string, folder: string, then?: (vars: Vars) => Promise<void>): Promise<number> {
  const devVars = join(folder, '.dev.vars');
  // The new copy gets neither this copy's folder nor its compile cache.
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_(?:package|lifecycle)|INIT_CWD|NODE_)/.test(name),
  );
  const env = {
    ...Object.fromEntries(own),
    ...{ ROOST_STATE: join(folder, 'state'), ROOST_DEV_VARS: devVars, npm_config_cache: join(folder, 'npm') },
  };
  const began = performance.now();
  const child = spawn('npm', ['start'], { cwd: place, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  try {
    await new Promise<void>((done, failed) => {
      const late = setTimeout(() => failed(new Error(`No phone page: ${said.slice(-500)}`)), WITHIN_MS);
      const hear = (chunk: Buffer): void => {
        said += chunk;
        if (said.includes('Phone page: ')) done(clearTimeout(late));
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('exit', () => failed(new Error(`npm start ended: ${said.slice(-500)}`)));
    });
    const took = (performance.now() - began) / 1000;
    await then?.(parseDevVars(readFileSync(devVars, 'utf8')));
    return took;
  } finally {
    await endFamily(child.pid ?? -1, 10_000);
  }
}

function bytesIn(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
