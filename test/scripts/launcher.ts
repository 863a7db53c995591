import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Part, type PartEvents, SupervisedPart } from '../../scripts/local/supervisor.ts';
import { inheritEnvironment } from '../inherit-environment.ts';

// Shared by the launcher's tests: a folder and parts that are gone after the test, and lines to wait for.

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'roost-launcher-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Collects lines; `said` resolves when a line matches, including an earlier one. */
export function listener(): PartEvents & {
  lines: string[];
  said: (pattern: RegExp, times?: number) => Promise<string>;
} {
  const lines: string[] = [];
  let waiting: (() => void)[] = [];
  const take = (line: string): void => {
    lines.push(line);
    for (const check of waiting) check();
  };
  const said = (pattern: RegExp, times = 1): Promise<string> =>
    new Promise((resolve) => {
      const check = (): void => {
        const hits = lines.filter((line) => pattern.test(line));
        if (hits.length < times) return;
        waiting = waiting.filter((other) => other !== check);
        resolve(hits.at(-1) ?? '');
      };
      waiting.push(check);
      check();
    });
  return { say: take, giveUp: (line) => take(`GAVE UP: ${line}`), changed: () => undefined, lines, said };
}

export function fakePart(
  events: PartEvents,
  change: Partial<Part> = {},
  env: Record<string, string> = {},
): SupervisedPart {
  const script = join(import.meta.dirname, 'fake-part.cjs');
  const part: Part = {
    name: 'fake',
    port: null,
    elsewhere: 'change FAKE_URL',
    readyWithinMs: 10_000,
    launch: (port) => ({
      command: process.execPath,
      args: [script],
      env: { ...inheritEnvironment(), PORT: String(port), ...env },
      cwd: import.meta.dirname,
    }),
    ...change,
  };
  const one = new SupervisedPart(part, folder(), events);
  onTestFinished(() => one.stop());
  return one;
}

export const ask = async (port: number, path: string): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).text();
