import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

// The checks that need no running: formatting, lint, types, unused code. Owns their list and how a failure is shown.

const root = resolve(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

type Check = { name: string; command: string; args: string[] };

const types = (config: string): Check => ({ name: `types (${config})`, command: 'tsc', args: ['-p', config] });

const CHECKS: Check[] = [
  { name: 'format and lint', command: 'biome', args: ['check', '--diagnostic-level=warn', '--error-on-warnings', '.'] },
  ...['tsconfig.relay.json', 'tsconfig.node.json', 'vm/tsconfig.json', 'simulator/phone/client/tsconfig.json']
    .filter((config) => existsSync(join(root, config)))
    .map(types),
  { name: 'unused files, exports and dependencies', command: 'knip', args: ['--no-progress', '--no-config-hints'] },
];

/** Runs every check, prints the output of those that fail, and returns how many did. */
export function runChecks(env: NodeJS.ProcessEnv): number {
  let failed = 0;
  for (const { name, command, args } of CHECKS) {
    const started = Date.now();
    const result: SpawnSyncReturns<string> = spawnSync(bin(command), args, { cwd: root, encoding: 'utf8', env });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    if (result.status === 0) {
      console.log(`ok      ${name} (${seconds} s)`);
      continue;
    }
    failed++;
    console.log(
      `FAILED  ${name} (${seconds} s)\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`,
    );
  }
  return failed;
}
