import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

// One part's output: a file that starts afresh with every run and never grows past twice its bound, and the last lines.

const BOUND = 5 * 2 ** 20;

export class PartLog {
  readonly path: string;
  #size = 0;
  #last = '';

  constructor(path: string) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '', { mode: 0o600 });
  }

  write(output: string): void {
    // The launcher's own probes are not worth a line every three seconds.
    const chunk = output.replace(/^.*GET \/healthz 200 .*\n/gm, '');
    if (chunk === '') return;
    this.#last = (this.#last + chunk).slice(-8_000);
    this.#size += chunk.length;
    try {
      if (this.#size > BOUND) {
        renameSync(this.path, `${this.path}.old`);
        this.#size = chunk.length;
      }
      appendFileSync(this.path, chunk, { mode: 0o600 });
    } catch {
      // A full disk must not end the parts.
    }
  }

  /** The line that most likely says what went wrong: the last one that speaks of an error, else the last one. */
  complaint(): string {
    const lines = stripVTControlCharacters(this.#last)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => /[a-z]/i.test(line) && !/^at /.test(line) && !/^Node\.js v/.test(line));
    return (
      lines.findLast((line) => /error|cannot|missing|invalid|must|refus/i.test(line)) ??
      lines.at(-1) ??
      ''
    ).slice(0, 300);
  }
}
