import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findProcess } from '../../scripts/local/process-families.ts';
import { currentRun, takeLock } from '../../scripts/local/run-lock.ts';
import { folder, listener } from './launcher.ts';

test('the second to start learns where the first runs', async () => {
  const state = folder();
  const lock = await takeLock(state, 'http://127.0.0.1:4000/', () => undefined);
  expect(await takeLock(state, 'http://other/', () => undefined)).toMatchObject({
    pid: process.pid,
    url: 'http://127.0.0.1:4000/',
  });
  expect(currentRun(state)?.pid).toBe(process.pid);
  if ('release' in lock) lock.release();
  expect(currentRun(state)).toBeUndefined();
  expect(existsSync(join(state, 'run.json'))).toBe(false);
});

test('the record of a killed run is ignored, and what it left running is ended', async () => {
  const state = folder();
  const left = spawn(process.execPath, ['-e', "setInterval(() => {}, 1000); console.log('up')"], { detached: true });
  onTestFinished(() => void left.kill('SIGKILL'));
  await once(left.stdout, 'data');
  const ended = once(left, 'exit');
  const known = findProcess(left.pid ?? 0);
  // Our own pid with another start time: the pid was reused since.
  const stale = {
    pid: process.pid,
    started: '1',
    since: '',
    url: '',
    parts: [known, { pid: process.pid, started: '1' }],
  };
  writeFileSync(join(state, 'run.json'), JSON.stringify(stale));
  expect(currentRun(state)).toBeUndefined();
  const events = listener();
  const lock = await takeLock(state, '', events.say);
  expect('release' in lock).toBe(true);
  expect(await ended).toEqual([null, 'SIGTERM']);
  expect(events.lines).toEqual(['Stopping processes left over from an earlier run.']);
});

test.each(['{}', 'null', '{"pid":1', '{"pid":"1","started":"1","parts":[]}'])(
  'a record of %s is none',
  async (record) => {
    const state = folder();
    writeFileSync(join(state, 'run.json'), record);
    expect(currentRun(state)).toBeUndefined();
    expect('release' in (await takeLock(state, '', () => undefined))).toBe(true);
  },
);

test('started processes are recorded for a successor', async () => {
  const state = folder();
  const lock = await takeLock(state, '', () => undefined);
  if ('update' in lock) lock.update({ parts: [{ pid: 7, started: '9' }] });
  expect(JSON.parse(readFileSync(join(state, 'run.json'), 'utf8'))).toMatchObject({
    parts: [{ pid: 7, started: '9' }],
  });
});
