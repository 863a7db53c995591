// Serves the page's own files. The client modules are TypeScript; Node strips their types on request, so there is no
// build and the browser shows the same lines as the editor.

import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'client');

// The list of names comes from the folder, never from the request, so nothing else can be read.
const modules = new Set(readdirSync(folder).filter((name) => name.endsWith('.ts')));

/** The JavaScript of one client module; null for an unknown name. */
export function clientModule(name: string): string | null {
  return modules.has(name) ? quietly(() => stripTypeScriptTypes(readFileSync(join(folder, name), 'utf8'))) : null;
}

const SHEETS = ['style.css', 'channels.css'];
export const styleSheet = (): string =>
  SHEETS.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('\n');

/**
 * Node warns that stripping types is experimental; the versions are pinned, and the warning would stand in every log.
 */
function quietly<T>(work: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
