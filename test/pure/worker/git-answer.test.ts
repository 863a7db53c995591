import { expect, test } from 'vitest';
import { jsonPassage } from '../../../src/worker/connect-gateway/answer.ts';

// What of a git host's answer goes back to the machine.

const TOKEN = 'github_pat_theSecret';

/** What goes back of an answer that comes in these pieces. */
function passed(text: string, size: number): string {
  const passage = jsonPassage(`Bearer ${TOKEN}`);
  const bytes = new TextEncoder().encode(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    bytes.subarray(n * size, (n + 1) * size),
  );
  const passing = [...pieces.map(passage.pass), passage.end() ?? new Uint8Array()].flatMap((piece) => [...piece]);
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(Uint8Array.from(passing));
}

test('signs of several bytes stay whole wherever the answer is cut', () => {
  const text = JSON.stringify({ title: '🦜🦜x'.repeat(3000) });
  for (const size of [1_000, 1_001, 1_002, 1_003, 65_536]) expect(passed(text, size)).toBe(text);
});
