import { readFileSync, statfsSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';

// How full the machine is: memory and disk, in bytes. Reads what the system says now; keeps nothing. Where the system
// does not tell (macOS has no /proc), the nearest that Node knows.

const CGROUP = '/sys/fs/cgroup';

/** Memory there is at all: the machine's, or the limit of the container this runs in. */
export const readTotalMemory = (): number => Math.min(totalmem(), cgroup('memory.max') ?? Number.POSITIVE_INFINITY);

/** Memory that can still be had; what only caches files counts as free. */
export function readFreeMemory(): number {
  const available = field('/proc/meminfo', /^MemAvailable:\s+(\d+) kB/m);
  const machine = available === null ? freemem() : available * 1024;
  const limit = cgroup('memory.max');
  const used = cgroup('memory.current');
  if (limit === null || used === null) return machine;
  const caches = field(`${CGROUP}/memory.stat`, /^inactive_file (\d+)/m) ?? 0;
  return Math.max(0, Math.min(machine, limit - (used - caches)));
}

/** Bytes free for us on the disk that holds `path`; null when that cannot be told. */
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
