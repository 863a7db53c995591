import { realpathSync } from 'node:fs';
import { isAbsolute, sep } from 'node:path';

// The folders of PATH that are safe to run programs from: an unconfined process must not run a program that an agent
// could have written. Keeps nothing.

export type Environment = Record<string, string | undefined>;

/** Without relative folders, which would be inside the project. */
export const systemFoldersOf = (own: Environment): string[] => (own.PATH ?? '').split(':').filter(isAbsolute);

/** PATH without the folders below `folder`, which agents can write to. */
export function pathWithout(folder: string, own: Environment): string {
  const inside = [folder, realOf(folder)].map((path) => `${path}${sep}`);
  const isOutside = (path: string): boolean =>
    [path, realOf(path)].every((one) => !inside.some((top) => `${one}${sep}`.startsWith(top)));
  return systemFoldersOf(own).filter(isOutside).join(':');
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
