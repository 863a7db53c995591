import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { inheritEnvironment } from '../inherit-environment.ts';

// The process that ends what a run has started when the run itself is killed. A run that ends by itself ends it too.

export type Guard = {
  watch: (child: ChildProcess) => void;
  /** Nothing is left to do for it. */
  end: () => void;
};

export const NO_GUARD: Guard = { watch: () => {}, end: () => {} };

/** `folder`: removed with everything in it when the run is killed. */
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
