import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';
import { findProcess, sameProcess } from '../../scripts/local/process-families.ts';
import { inheritEnvironment } from '../inherit-environment.ts';

// `npm run faults` as a command: impossible options, and a run that is itself killed.

const root = resolve(import.meta.dirname, '../..');
const start = (...args: string[]) =>
  spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    cwd: root,
    env: inheritEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });

test('impossible options get a sentence and the usage, and nothing is started', async () => {
  const run = start('--seed', 'tomorrow');
  let said = '';
  run.stderr.setEncoding('utf8').on('data', (words: string) => {
    said += words;
  });
  const [code] = await once(run, 'exit');
  expect(code).toBe(2);
  expect(said).toContain('A seed is a whole number from 0 to 4294967295, not “tomorrow”.\n\nnpm run faults -- ');
});

test('when a run is killed, its processes end and its folder is removed', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-faults-'));
  const guard = pathToFileURL(join(import.meta.dirname, 'guard.ts')).href;
  const run = `
    const { startGuard } = await import('${guard}');
    const { spawn } = await import('node:child_process');
    const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    startGuard(process.argv[1]).watch(child);
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
  const killed = spawn(process.execPath, ['--input-type=module', '-e', run, folder], {
    env: inheritEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(killed.stdout, 'data');
  const started = findProcess(Number(String(said)));
  expect(started).toBeDefined();
  killed.kill('SIGKILL');
  await vi.waitFor(() => expect([started && sameProcess(started), existsSync(folder)]).toEqual([false, false]), {
    timeout: 20_000,
    interval: 20,
  });
});
