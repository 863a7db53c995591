import fc from 'fast-check';
import { expect, test } from 'vitest';
import { composePrimer } from '../../../src/conversation/questions/session-primer.ts';
import { afterReading, emptyState } from '../conversation.ts';

// What an agent that has lost its session hears about the conversation.

const seed = (recent: { at: number; isPerson: boolean; text: string }[]) =>
  composePrimer(afterReading({ ...emptyState(), recent }, { rows: 'recent-texts' }));

test('speaker, time and words, each on one line, the newest last', () => {
  const at = Date.UTC(2026, 10, 21, 9, 5);
  const said = [
    { at, isPerson: true, text: 'buy\n\nbread' },
    { at: at + 60_000, isPerson: false, text: 'Done.' },
  ];
  expect(seed(said)).toEqual({
    kind: 'done',
    ok: true,
    text: '[2026-11-21 09:05 UTC] Person: buy / bread\n[2026-11-21 09:06 UTC] Assistant: Done.',
  });
  expect(seed([])).toEqual({ kind: 'done', ok: false, text: '' });
});

test('bounded: the oldest messages are left out', () => {
  const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 50 }), fc.constant('ü'.repeat(9000)));
  const said = fc.record({ at: fc.nat(), isPerson: fc.boolean(), text });
  fc.assert(
    fc.property(fc.array(said, { maxLength: 20 }), (recent) => {
      const answer = seed(recent);
      if (answer.kind !== 'done') throw new Error('another kind of answer');
      expect(new TextEncoder().encode(answer.text).length).toBeLessThanOrEqual(20_000);
      const lines = answer.text === '' ? [] : answer.text.split('\n');
      expect(lines.length).toBeLessThanOrEqual(recent.length);
      if (recent.length > 0) expect(lines.length).toBeGreaterThan(0);
    }),
  );
});
