import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutEmphasis } from '../../../src/channels/markup/plain.ts';
import { toWhatsApp } from '../../../src/channels/markup/text.ts';

// The text of a reply for a channel that shows WhatsApp's marks as they are.

const URL = 'https://relay.example.com/read/_aB_-c_*';

test.each([
  ['*Done.* It took _two_ tries, ~not three~.', 'Done. It took two tries, not three.'],
  ['*_both_* and (*p*)\n*next* line', 'both and (p)\nnext line'],
  ['snake_case_name 2*3*4 ~5 *', 'snake_case_name 2*3*4 ~5 *'],
  ['*a\nb*', '*a\nb*'],
  // Code is shown with its marks: what is between them is to be read, run or allowed exactly so.
  ['*run* `rm *_old_*` now', 'run `rm *_old_*` now'],
  ['*May I?*\n```\nrm *a* _b_\n```\n_1_ Yes', 'May I?\n```\nrm *a* _b_\n```\n1 Yes'],
  ['```\n*open*', '```\nopen'],
  // An address stays one that opens.
  ['https://relay.example.com/read/_aB_-c', 'https://relay.example.com/read/_aB_-c'],
  ['*All of it: https://example.com/_x_/*', 'All of it: https://example.com/_x_/'],
  [`_${URL}`, `_${URL}`],
])('%j', (text, plain) => {
  expect(withoutEmphasis(text)).toBe(plain);
});

test('removes marks alone, and is done at once', () => {
  const words = fc.array(fc.constantFrom('**', '*', '_', '~~', '`', '```', '\n', ' ', 'word', 'https://x.example/_a_'));
  fc.assert(
    fc.property(words, (parts) => {
      const text = toWhatsApp(parts.join(''));
      const plain = withoutEmphasis(text);
      expect(plain.replace(/[*_~]/g, '')).toBe(text.replace(/[*_~]/g, ''));
    }),
  );
  for (const each of ['*', '_a_ ', '```', 'https://', 'https://*', '*a'])
    expect(withoutEmphasis(each.repeat(100_000)).length).toBeLessThanOrEqual(each.length * 100_000);
});
