import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// A temporary folder of this run's own, for it and whatever it starts: files with secrets may stand in it for a moment, and
// it goes however the run ends, also by Ctrl-C in the middle of an upload.

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** `lastWords` are said when a signal ends it. */
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
