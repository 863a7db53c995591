import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runChecks } from './check.ts';
import { removeDeadSockets } from './local/dead-sockets.ts';
import { planTests, testEnvironment } from './local/test-environment.ts';

// `npm test`: the checks and all tests, or only the files and vitest options given. `npm run test:quick`: the checks and
// the rings without processes. `npm run test:watch`: the tests of what changes. A failed check counts as a failed test in
// the closing line. The HOME the tests see is temporary and removed at the end, as are sockets of processes that a test
// killed.

const root = resolve(import.meta.dirname, '..');
const { withChecks, vitestArgs, quick } = planTests(process.argv.slice(2));
const home = mkdtempSync(join(tmpdir(), 'roost-test-home-'));
process.on('exit', () => {
  rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  removeDeadSockets(tmpdir());
});

// The random conversations are the longest of the quick tests: as many as meet everything that can occur are enough
// before a push.
const caller = quick ? { ROOST_RUNS: '100', ...process.env } : process.env;
const env = testEnvironment(caller, home, process.stdout.isTTY);
const failedChecks = withChecks ? await runChecks(env) : 0;

// vitest exits well only when its own tests pass, so the failed checks are added to the exit code here.
const vitest = spawn(process.execPath, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), ...vitestArgs], {
  cwd: root,
  stdio: 'inherit',
  env: { ...env, ROOST_FAILED_CHECKS: String(failedChecks) },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => vitest.kill(signal));
vitest.on('exit', (code) => process.exit(failedChecks > 0 ? 1 : (code ?? 1)));
