import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';

// `npm run check`: all checks that don't run the code, side by side: formatting, lint, types, unused code. Owns their list
// and how a failure is shown.

const root = resolve(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

type Check = { name: string; command: string; args: string[]; env?: Record<string, string> };

/**
 * tsc keeps its results, so that the next run checks only the files that changed. One thread each: more would repeat
 * one another's work, and other checks run beside it. It collects garbage less often than by default, because memory
 * is cheaper here than time.
 */
const types = (config: string): Check => {
  const known = join(root, 'node_modules/.cache/tsc', `${config.replaceAll('/', '-')}.tsbuildinfo`);
  return {
    name: `types (${config})`,
    command: 'tsc',
    args: ['-p', config, '--singleThreaded', '--incremental', '--tsBuildInfoFile', known],
    env: { GOGC: '400' },
  };
};

/** Longest first: the last one to begin is a short one. */
const CHECKS: Check[] = [
  types('tsconfig.node.json'),
  types('tsconfig.relay.json'),
  { name: 'format and lint', command: 'biome', args: ['check', '--diagnostic-level=warn', '--error-on-warnings', '.'] },
  { name: 'unused files, exports and dependencies', command: 'knip', args: ['--no-progress', '--no-config-hints'] },
  types('vm/tsconfig.json'),
  types('simulator/phone/client/tsconfig.json'),
];

/** Runs every check, prints the output of those that fail, and returns how many did. */
export async function runChecks(env: NodeJS.ProcessEnv): Promise<number> {
  const waiting = [...CHECKS];
  let failed = 0;
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check; check = waiting.shift()) if (!(await passes(check, env))) failed++;
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return failed;
}

function passes({ name, command, args, env: own }: Check, env: NodeJS.ProcessEnv): Promise<boolean> {
  const started = Date.now();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const child = spawn(bin(command), args, { cwd: root, env: { ...env, ...own }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  child.once('error', ({ message }) => (output += message));
  child.once('close', (code) => {
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(code === 0 ? `ok      ${name} (${seconds} s)` : `FAILED  ${name} (${seconds} s)\n${output}`);
    resolve(code === 0);
  });
  return promise;
}

if (import.meta.main) {
  const failed = await runChecks(process.env);
  if (failed > 0) console.log(`${failed} of the checks failed. See their output above.`);
  process.exitCode = failed > 0 ? 1 : 0;
}
