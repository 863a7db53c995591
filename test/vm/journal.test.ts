import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Journal } from '../../vm/src/journal.ts';

// What the journal forgets, and when.

const DAY = 24 * 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'roost-journal-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('attempts go a week after they were acknowledged, unclaimed ones after a month, running ones never', () => {
  const journal = new Journal(folder, 0);
  const request = {
    project: 'main',
    session_id: null,
    continues: false,
    messages: [{ uuid: '7d9c1f0e-5a59-5d0e-9a0c-0c9b3c3e5b10', text: 'hello' }],
    limits: { turn_ms: 1000, silence_ms: 1000 },
  };
  const ids = ['acknowledged', 'unclaimed', 'running'].map((_, n) => `01KAJ5T8Q0Z6M3V9W2X4Y6A8B${n}.1`);
  for (const [n, id] of ids.entries()) {
    journal.begin(`c${n}`, id, request, 0);
    if (n < 2) journal.append(`c${n}`, id, [{ type: 'ended', outcome: 'done', reason: '' }], 0);
  }
  journal.acknowledge('c0', ids[0] as string, 0);
  const known = (): boolean[] => ids.map((id, n) => journal.find(`c${n}`, id) !== null);
  journal.forgetOld(6 * DAY);
  expect(known()).toEqual([true, true, true]);
  journal.forgetOld(8 * DAY);
  expect(known()).toEqual([false, true, true]);
  journal.forgetOld(31 * DAY);
  expect(known()).toEqual([false, false, true]);
  journal.close();
});
