import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { MACHINE_POINTS, markOf } from './kill-points.ts';
import type { Patch } from './patches.ts';

// Loaded before the agent server of a run: puts the points, and what a variant changes, into its sources as they are read,
// and arms the point that is named on a line of the standard input.

declare global {
  var standStill: ((point: string) => void) | undefined;
}

const root = resolve(import.meta.dirname, '../..');
const ALL: readonly Patch[] = [...MACHINE_POINTS, ...(JSON.parse(process.env.FAULTS_PATCHES ?? '[]') as Patch[])];
let armed = '';

globalThis.standStill = (point) => {
  if (!armed.startsWith(`${point}#`)) return;
  writeSync(1, `${markOf(armed)}\n`);
  for (;;);
};

createInterface(process.stdin).on('line', (line) => {
  armed = line;
});

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    const patches = ALL.filter(({ file }) => pathToFileURL(join(root, file)).href === url);
    if (patches.length === 0) return loaded;
    let source = String(loaded.source);
    for (const { file, find, replace } of patches) {
      if (source.split(find).length !== 2) throw new Error(`A change does not fit ${file}:\n${find}`);
      source = source.replace(find, () => replace);
    }
    return { ...loaded, source };
  },
});
