import { execFile } from 'node:child_process';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

// Syncs names and content to the disk before the relay is told, so that they survive a loss of power. SQLite syncs the
// database itself.

/** Syncs the names in a folder and in its parents up to `top`. The content was synced when it was written. */
export function syncNames(folder: string, top: string): void {
  for (let path = folder; path.length >= top.length; path = dirname(path)) {
    const fd = openSync(path, 'r');
    fsyncSync(fd);
    closeSync(fd);
  }
}

/** Syncs the whole disk of a folder: for many files, where a sync for each would take minutes. */
export async function syncDisk(folder: string): Promise<void> {
  // On macOS, `sync` takes no folder.
  const args = process.platform === 'linux' ? ['-f', folder] : [];
  await promisify(execFile)('sync', args);
}
