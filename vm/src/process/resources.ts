import { readFileSync, statfsSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';

// Free memory and disk of the machine, in bytes. Keeps nothing. Where the system doesn't tell (macOS has no /proc),
// uses Node's nearest value.

const CGROUP = '/sys/fs/cgroup';

/** The machine's memory, or the limit of the container this runs in. */
export const readTotalMemory = (): number => Math.min(totalmem(), cgroup('memory.max') ?? Number.POSITIVE_INFINITY);

/** Available memory; file caches count as free. */
export function readFreeMemory(): number {
  const available = field('/proc/meminfo', /^MemAvailable:\s+(\d+) kB/m);
  const machine = available === null ? freemem() : available * 1024;
  const limit = cgroup('memory.max');
  const used = cgroup('memory.current');
  if (limit === null || used === null) return machine;
  const caches = field(`${CGROUP}/memory.stat`, /^inactive_file (\d+)/m) ?? 0;
  return Math.max(0, Math.min(machine, limit - (used - caches)));
}

/** Free bytes for this user on the disk of `path`; null if unknown. */
export function readFreeDisk(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return null;
  }
}

function cgroup(name: string): number | null {
  return field(`${CGROUP}/${name}`, /^(\d+)/);
}

function field(path: string, pattern: RegExp): number | null {
  try {
    const value = pattern.exec(readFileSync(path, 'utf8'))?.[1];
    return value === undefined ? null : Number(value);
  } catch {
    return null;
  }
}
