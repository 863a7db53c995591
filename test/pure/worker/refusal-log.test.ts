import { expect, test } from 'vitest';
import { COUNTED_FOR_MS, Refusals } from '../../../src/worker/refusal-log.ts';

// Strangers' requests are logged by count: a flood is one line a minute, and nothing in it stays uncounted.

const line = { level: 'warn', event: 'signature-refused', path: '/webhooks/twilio' } as const;

test('the first is told at once, then once a minute how many more', () => {
  const refusals = new Refusals();
  expect(refusals.add(line, 0)).toEqual(line);
  for (let n = 1; n <= 5000; n++) expect(refusals.add({ ...line, path: '/other' }, n)).toBeNull();
  expect(refusals.due(COUNTED_FOR_MS - 1)).toEqual([]);
  expect(refusals.due(COUNTED_FOR_MS)).toEqual([{ ...line, more: 5000, seconds: 60 }]);
  expect(refusals.add(line, COUNTED_FOR_MS + 1)).toBeNull();
  expect(refusals.due(3 * COUNTED_FOR_MS)).toEqual([{ ...line, more: 1, seconds: 120 }]);
});

test('of another kind it is told beside them, and after a quiet minute at once again', () => {
  const refusals = new Refusals();
  refusals.add(line, 0);
  expect(refusals.add({ ...line, event: 'sender-refused' }, 1)).toMatchObject({ event: 'sender-refused' });
  expect(refusals.due(2 * COUNTED_FOR_MS)).toEqual([]);
  expect(refusals.add(line, 2 * COUNTED_FOR_MS)).toEqual(line);
});
