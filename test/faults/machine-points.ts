import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { killPointLine, MACHINE_POINTS } from './kill-points.ts';
import type { Patch } from './patches.ts';

// Loaded before the agent server of a run: adds the points and a variant's changes to its sources as they are read, and
// sets the point named on a line of standard input.

declare global {
  var standStill: ((point: string) => void) | undefined;
}

const root = resolve(import.meta.dirname, '../..');
const ALL: readonly Patch[] = [...MACHINE_POINTS, ...(JSON.parse(process.env.FAULTS_PATCHES ?? '[]') as Patch[])];
let armed = '';

globalThis.standStill = (point) => {
  if (!armed.startsWith(`${point}#`)) return;
  writeSync(1, `${killPointLine(armed)}\n`);
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
