import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { findProcess, type Process, sameProcess } from '../../scripts/local/process-families.ts';
import { killMarked } from '../../vm/src/process/process-tree.ts';

// Stands beside a run and hears of every process it starts. When the run goes, however it goes, what is left of them is
// ended, and what it kept in its folder removed. Told `end`, it goes without doing anything.

const folder = process.argv[2];
const started: Process[] = [];

// The run is stopped with Ctrl+C; this stays for what is left.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

createInterface(process.stdin)
  .on('line', (line) => {
    if (line === 'end') process.exit(0);
    const found = findProcess(Number(line));
    if (found) started.push(found);
  })
  .on('close', () => {
    for (const one of started.filter(sameProcess)) process.kill(one.pid, 'SIGKILL');
    // Machines of the fake Fly are started by it; what they keep is in the folder, too.
    if (folder) killMarked(`DATA_DIR=${folder}/`);
    if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    process.exit(0);
  });
