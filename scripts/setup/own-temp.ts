import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// A temporary folder for this run and the programs it starts. It may hold files with secrets for a moment, and is
// deleted however the run ends, even by Ctrl-C in the middle of an upload.

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** `lastWords` are printed when a signal ends the run. */
export function useOwnTemp(lastWords: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'roost-run-'));
  process.env.TMPDIR = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.once(signal, () => {
      console.log(`\n${lastWords}`);
      process.exit(code);
    });
  }
}
