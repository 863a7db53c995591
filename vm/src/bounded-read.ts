import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

// Reads a file that others can write: whatever stands there, nobody waits for it. Keeps nothing.

/** Its content; its size and time as words where that is more than `max`; null where there is no file. */
export function fileAt(path: string, max: number): Buffer | string | null {
  let descriptor: number;
  try {
    // A pipe would be waited for.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const { size, mtimeMs } = fstatSync(descriptor);
    if (!fstatSync(descriptor).isFile()) return null;
    return size > max ? `${size} bytes of ${mtimeMs}` : readFileSync(descriptor);
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}
