import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { findProcess, type Process, sameProcess } from '../../scripts/local/process-families.ts';
import { killMarked } from '../../vm/src/process/process-tree.ts';

// Runs beside a run and hears of every process it starts. When the run ends in any way, the guard ends the remaining
// processes and removes the run's folder. After `end` on its input, it exits without doing anything.

const folder = process.argv[2];
const started: Process[] = [];

// Ctrl+C stops the run; the guard stays to clean up.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

createInterface(process.stdin)
  .on('line', (line) => {
    if (line === 'end') process.exit(0);
    const found = findProcess(Number(line));
    if (found) started.push(found);
  })
  .on('close', () => {
    for (const one of started.filter(sameProcess)) process.kill(one.pid, 'SIGKILL');
    // The run started the fake Fly's machines; their files are in its folder, too.
    if (folder) killMarked(`DATA_DIR=${folder}/`);
    if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    process.exit(0);
  });
