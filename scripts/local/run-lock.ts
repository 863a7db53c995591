import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endFamily, findProcess, type Process, sameProcess } from './process-families.ts';

// .roost/run.json: records which process runs Roost in this folder, and the processes it started. If the recorded
// process is gone, the next run ends what it left behind.

type Known = Pick<Process, 'pid' | 'started'>;
export type Run = Known & { since: string; url: string; parts: Known[] };

export type Lock = { update: (change: Partial<Run>) => void; release: () => void };

const file = (state: string): string => join(state, 'run.json');

/** The current run, if there is one. */
export function currentRun(state: string): Run | undefined {
  const run = read(state);
  return run && sameProcess(run) ? run : undefined;
}

/** Takes the lock, or returns the run that has it. Ends what a killed predecessor left behind and says so. */
export async function takeLock(state: string, url: string, say: (line: string) => void): Promise<Lock | Run> {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const before = read(state);
  if (before && sameProcess(before)) return before;
  const left = before?.parts.filter(sameProcess) ?? [];
  if (left.length > 0) say('Stopping processes left over from an earlier run.');
  await Promise.all(left.map((part) => endFamily(part.pid, 3_000)));
  rmSync(file(state), { force: true });
  const started = findProcess(process.pid)?.started ?? '';
  let run: Run = { pid: process.pid, started, since: new Date().toISOString(), url, parts: [] };
  try {
    writeFileSync(file(state), JSON.stringify(run), { mode: 0o600, flag: 'wx' });
  } catch {
    const other = read(state);
    if (other) return other;
    throw new Error(`${file(state)} can't be written. Check the permissions and free disk space of ${state}.`);
  }
  return {
    update: (change) => {
      run = { ...run, ...change };
      const next = `${file(state)}.next`;
      writeFileSync(next, JSON.stringify(run), { mode: 0o600 });
      renameSync(next, file(state));
    },
    release: () => rmSync(file(state), { force: true }),
  };
}

function read(state: string): Run | undefined {
  try {
    const run = JSON.parse(readFileSync(file(state), 'utf8')) as Run;
    return Number.isInteger(run.pid) && typeof run.started === 'string' && Array.isArray(run.parts) ? run : undefined;
  } catch {
    return undefined;
  }
}
