import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Effort } from './patience.ts';

// Finds and ends process families on this computer. A process is recognised by its pid and its start time, because the
// system may give an old pid to another process.

export type Process = { pid: number; parent: number; group: number; started: string };
type Seen = Process & Effort;

/** All processes except zombies. */
function running(): Seen[] {
  if (process.platform === 'linux') {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => fromProc(Number(name)) ?? []);
  }
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat=,time=,lstart='], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, group, state = '', time = '', ...started] = line.trim().split(/\s+/);
    if (!pid || state.startsWith('Z')) return [];
    // [[days-]hours:]minutes:seconds, on macOS with hundredths.
    const seconds = time.split(/[-:]/).reduce((sum, part) => sum * 60 + Number(part), 0);
    const seen = { pid: Number(pid), parent: Number(parent), group: Number(group), started: started.join(' ') };
    return [{ ...seen, cpuMs: seconds * 1000, wantsMore: /^[RUD]/.test(state) }];
  });
}

/** Linux reports a process's time in hundredths of a second, whatever the kernel's own tick is. */
const TICK_MS = 10;

function fromProc(pid: number): Seen | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in brackets, may contain spaces, so fields are counted from the closing bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    const seen = { pid, parent: Number(fields[1]), group: Number(fields[2]), started: String(fields[19]) };
    // R: runs or is waiting to run. D: waits for the disk.
    return { ...seen, cpuMs, wantsMore: /^[RD]/.test(fields[0] ?? '') };
  } catch {
    return undefined;
  }
}

export function findProcess(pid: number): Process | undefined {
  return process.platform === 'linux' ? fromProc(pid) : running().find((p) => p.pid === pid);
}

export const sameProcess = (known: Pick<Process, 'pid' | 'started'>): boolean =>
  findProcess(known.pid)?.started === known.started;

/** The process, its process group and all their descendants, including those that moved to another group. */
export function family(pid: number): Seen[] {
  const all = running();
  const found = new Map(all.filter((p) => p.pid === pid || p.group === pid).map((p) => [p.pid, p]));
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const p of all) if (found.has(p.parent)) found.set(p.pid, p);
  }
  return [...found.values()];
}

/** The family's processor time so far. It can shrink, because a process that ends no longer counts. */
export function effortOf(pid: number): Effort {
  const all = family(pid);
  return { cpuMs: all.reduce((sum, one) => sum + one.cpuMs, 0), wantsMore: all.some((one) => one.wantsMore) };
}

/**
 * Ends the family of `pid` and returns when it is gone. The first process is asked alone, so that it can end its own
 * children in good order; the rest is asked when it has gone or taken half of `patienceMs`, then all are killed.
 */
export async function endFamily(pid: number, patienceMs: number): Promise<void> {
  const known = new Map<number, Process>();
  const alive = (): Process[] => {
    for (const p of family(pid)) known.set(p.pid, p);
    return [...known.values()].filter(sameProcess);
  };
  const began = Date.now();
  const asked = new Set<number>([pid]);
  // List the family before the first signal: a child can't be found through a parent that is gone.
  let left = alive();
  if (left.length > 0) signal(pid, 'SIGTERM');
  for (; left.length > 0; left = alive()) {
    const elapsed = Date.now() - began;
    if (elapsed > patienceMs + 2_000) return;
    if (elapsed > patienceMs) for (const p of left) signal(p.pid, 'SIGKILL');
    else if (elapsed > patienceMs / 2 || !left.some((p) => p.pid === pid)) {
      for (const p of left.filter((other) => !asked.has(other.pid))) {
        asked.add(p.pid);
        signal(p.pid, 'SIGTERM');
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has already exited.
  }
}
