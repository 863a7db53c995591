import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Watchdogs } from '../../vm/src/attempts/watchdogs.ts';
import { DiskReserve } from '../../vm/src/process/disk-reserve.ts';

// The reserved space that lets an agent start after it has filled the disk, so that it can empty it.

const BYTES = 3_000_000;
let dir: string;
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A disk with this much space besides the reserve. */
function disk(room: number): { reserve: DiskReserve; free: () => number; path: string; set: (room: number) => void } {
  dir = mkdtempSync(join(tmpdir(), 'reserve-'));
  const path = join(dir, 'reserve');
  let left = room;
  const free = (): number => left - (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  return { reserve: new DiskReserve(dir, BYTES, free), free, path, set: (now) => (left = now) };
}

test('is kept where there is plenty, written whole after a cut, and never brings the disk near its bound', async () => {
  const { reserve, path, set } = disk(3 * BYTES - 1);
  await reserve.keep();
  expect(existsSync(path)).toBe(false);
  set(3 * BYTES);
  writeFileSync(path, 'cut', { mode: 0o600 });
  set(4 * BYTES);
  await Promise.all([reserve.keep(), reserve.keep()]);
  expect(statSync(path)).toMatchObject({ size: BYTES });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const { mtimeMs } = statSync(path);
  await reserve.keep();
  expect(statSync(path).mtimeMs).toBe(mtimeMs);
});

test('a disk filled to the last byte has room for the attempt that makes room; afterwards it is kept again', async () => {
  const { reserve, free, path, set } = disk(10 * BYTES);
  await reserve.keep();
  set(BYTES);
  expect(free()).toBe(0);
  const setup = { dataDir: dir, memoryMax: 1, diskMin: 2 * BYTES, outputMax: 1, resultDueMs: 1, reserve, free };
  const begun = new Watchdogs(
    setup,
    () => {},
    () => {},
  );
  expect(begun.begin()).toMatchObject({ refusal: null, note: { text: expect.stringContaining('almost full') } });
  expect(existsSync(path)).toBe(false);
  set(10 * BYTES);
  begun.end();
  await reserve.keep();
  expect(existsSync(path)).toBe(true);
});
