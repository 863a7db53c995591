import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { inheritEnvironment } from '../inherit-environment.ts';

// The process that ends a run's processes when the run itself is killed. A run that ends normally ends the guard too.

export type Guard = {
  watch: (child: ChildProcess) => void;
  /** Tells the guard that there is nothing left to do. */
  end: () => void;
};

export const NO_GUARD: Guard = { watch: () => {}, end: () => {} };

/** `folder`: removed with all its content when the run is killed. */
export function startGuard(folder: string): Guard {
  const guard = spawn(process.execPath, [join(import.meta.dirname, 'guard-main.ts'), folder], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
    env: inheritEnvironment(),
  });
  guard.unref();
  guard.stdin.on('error', () => {});
  return {
    watch: ({ pid }) => guard.stdin.write(`${pid}\n`),
    end: () => guard.stdin.end('end\n'),
  };
}
