import { join } from 'node:path';

/** The folder of this package, seen from the sources as from the bundle in `dist`. */
export const PACKAGE_FOLDER = join(import.meta.dirname, '..');
