import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

// The log of one part. Each run starts a new file; the logs of the last three runs are kept beside it, with
// `relay.1.log` the newest. A file that reaches its bound is moved to `.log.old`, so a part never takes more than twice
// that.

const BOUND = 5 * 2 ** 20;
const EARLIER_RUNS = 3;

export class PartLog {
  readonly path: string;
  readonly #bound: number;
  #size = 0;
  #last = '';

  constructor(path: string, bound = BOUND) {
    this.path = path;
    this.#bound = bound;
    mkdirSync(dirname(path), { recursive: true });
    keepEarlier(path);
    writeFileSync(path, '', { mode: 0o600 });
  }

  write(output: string): void {
    // Leaves out the launcher's own health checks, one every few seconds.
    const told = output.replace(/^.*GET \/healthz 200 .*\n/gm, '');
    if (told === '') return;
    const chunk = Buffer.from(told).subarray(-this.#bound);
    this.#last = (this.#last + told.slice(-8_000)).slice(-8_000);
    this.#size += chunk.length;
    try {
      if (this.#size > this.#bound) {
        renameSync(this.path, `${this.path}.old`);
        this.#size = chunk.length;
      }
      appendFileSync(this.path, chunk, { mode: 0o600 });
    } catch {
      // A full disk must not stop the parts.
    }
  }

  /** The line that most likely explains a failure: the last one that mentions an error, else the last one. */
  complaint(): string {
    const lines = stripVTControlCharacters(this.#last)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => /[a-z]/i.test(line) && !/^at /.test(line) && !/^Node\.js v/.test(line));
    return (
      lines.findLast((line) => /error|cannot|can['’]t|missing|invalid|must|refus/i.test(line)) ??
      lines.at(-1) ??
      ''
    ).slice(0, 300);
  }
}

function keepEarlier(path: string): void {
  const earlier = (run: number): string => (run === 0 ? path : path.replace(/\.log$/, `.${run}.log`));
  // The older half of the previous run's log is not kept.
  rmSync(`${path}.old`, { force: true });
  for (let run = EARLIER_RUNS; run > 0; run--) {
    if (existsSync(earlier(run - 1))) renameSync(earlier(run - 1), earlier(run));
  }
}
