import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { MACHINE_POINTS, markOf } from './kill-points.ts';

// Loaded before the agent server of a run: puts the points into its sources as they are read, and arms the one that is
// named on a line of the standard input.

declare global {
  var standStill: ((point: string) => void) | undefined;
}

const root = resolve(import.meta.dirname, '../..');
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
    const patches = MACHINE_POINTS.filter(({ file }) => pathToFileURL(join(root, file)).href === url);
    if (patches.length === 0) return loaded;
    let source = String(loaded.source);
    for (const { file, find, replace } of patches) {
      if (source.split(find).length !== 2) throw new Error(`A point does not fit ${file}:\n${find}`);
      source = source.replace(find, () => replace);
    }
    return { ...loaded, source };
  },
});
