import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PartLog } from '../../scripts/local/part-log.ts';
import { folder } from './launcher.ts';

const modes = (path: string): string[] =>
  readdirSync(path).map((name) => `${name} ${(statSync(join(path, name)).mode & 0o777).toString(8)}`);

test('the logs of the last runs stay, a few of them, readable by their owner alone', () => {
  const logs = folder();
  for (let run = 1; run <= 6; run++) new PartLog(join(logs, 'relay.log')).write(`run ${run}\n`);
  const kept = readdirSync(logs).map((name) => [name, readFileSync(join(logs, name), 'utf8')]);
  expect(kept.sort()).toEqual([
    ['relay.1.log', 'run 5\n'],
    ['relay.2.log', 'run 4\n'],
    ['relay.3.log', 'run 3\n'],
    ['relay.log', 'run 6\n'],
  ]);
  expect(modes(logs).every((line) => line.endsWith(' 600'))).toBe(true);
});

test('a stranger who makes a part talk fills no disk, and does not push out the runs before', () => {
  const logs = folder();
  const path = join(logs, 'relay.log');
  new PartLog(path, 1_000).write('the run before\n');
  const log = new PartLog(path, 1_000);
  for (let line = 0; line < 1_000; line++) log.write(`${'x'.repeat(99)}\n`);
  log.write('the last line\n');
  const sizes = readdirSync(logs).map((name) => statSync(join(logs, name)).size);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(3_000);
  expect(readFileSync(join(logs, 'relay.1.log'), 'utf8')).toBe('the run before\n');
  expect(readFileSync(path, 'utf8')).toMatch(/the last line\n$/);
});

test('one endless line is cut, not kept', () => {
  const logs = folder();
  const path = join(logs, 'relay.log');
  new PartLog(path, 1_000).write('ü'.repeat(1_000_000));
  expect(statSync(path).size).toBeLessThanOrEqual(1_100);
});
