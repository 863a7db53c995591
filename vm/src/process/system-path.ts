import { realpathSync } from 'node:fs';
import { isAbsolute, sep } from 'node:path';

// The path that programs are looked for in. Agents write to some folders on it, so parts of the path are left out where
// nothing confines a program. Keeps nothing.

export type Environment = Record<string, string | undefined>;

/** Without relative folders: those would be looked for in the project. */
export const systemFoldersOf = (own: Environment): string[] => (own.PATH ?? '').split(':').filter(isAbsolute);

/** The path without folders below `folder`, which is what agents write to: nothing that is not confined is to run from there. */
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
