import { describe, expect, test } from 'vitest';
import { findChannel, madeChannels } from './channels.ts';
import { playShort, relayKilled } from './short-run.ts';
import { acting, onePlan } from './variants/variant.ts';

// A short run on each channel that is made outside the product: besides the relay's kills a question is asked.

const ask = acting('ask', 1, [{ work: 'ask' }], 'asked', { answers: 'later' });
const plan = onePlan('relay', ...relayKilled(), ask);

test('there are channels outside the product', () => {
  expect(madeChannels()).not.toEqual([]);
});

describe.each(madeChannels())('%s', (name) => {
  test('each text is answered once, in order, and a reply that came twice is marked', async () => {
    const { verdict, findings, marked } = await playShort(plan, await findChannel(name));
    expect(findings).toEqual([]);
    expect([verdict.accepted, verdict.answered]).toEqual([8, 8]);
    expect(marked).toBeGreaterThanOrEqual(2);
  });
});
