import { execFile } from 'node:child_process';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

// What the relay is told of outlives a loss of power: content and names are on the disk before. The database sees to itself.

/** The names in a folder and in those above it, up to `top`. The content of its files was synced when it was written. */
export function syncNames(folder: string, top: string): void {
  for (let path = folder; path.length >= top.length; path = dirname(path)) {
    const fd = openSync(path, 'r');
    fsyncSync(fd);
    closeSync(fd);
  }
}

/** Everything on the disk of a folder: for many files at once, where one sync for each would take minutes. */
export async function syncDisk(folder: string): Promise<void> {
  // macOS knows no other way, and its `sync` takes no folder.
  const args = process.platform === 'linux' ? ['-f', folder] : [];
  await promisify(execFile)('sync', args);
}
