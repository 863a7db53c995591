import { expect, test } from 'vitest';
import { page } from './page.ts';
import { makePlan } from './plan.ts';
import { Recovery } from './recovery.ts';
import type { Finding, Verdict } from './verdict.ts';

// The page about runs, with made-up runs: findings are on it, sums are correct, and a sentence says when nothing was
// found.

const verdict = (findings: Finding[]): Verdict => ({
  findings,
  accepted: 20,
  answered: 20,
  notices: new Map([['waiting', 2]]),
  repeatedEffects: 0,
});
const played = (seed: number, findings: Finding[] = []) => ({
  seed,
  plan: makePlan({ messages: 20, seed }),
  outcome: {
    verdict: verdict(findings),
    states: new Map([['relay' as const, new Map([['running', 3]])]]),
    kills: new Map([
      ['relay' as const, 2],
      ['none' as const, 1],
    ]),
    inside: new Map([['decided, not on disk yet', 1]]),
    recovery: new Recovery(),
    weather: new Map(),
    seconds: 30,
    spent: new Map([['the rest at the end', 10]]),
    timeline: () => [],
  },
});
const about = { at: '2026-11-22', version: '0.1.0', command: 'npm run faults' };

test('two runs without a finding', () => {
  const said = page([played(1), played(2)], about);
  expect(said).toContain(
    'Roost 0.1.0, 2026-11-22. `npm run faults`: 40 texts in 2 runs; something was struck 4 times; 1 minute in all.',
  );
  expect(said).toContain('**Nothing was lost, doubled, out of order, on a wrong phone or untrue.**');
  expect(said).toContain('| running | 6 |');
  expect(said).toContain('| decided, not on disk yet | 2 |');
  expect(said).toContain('| waiting | 4 |');
  expect(said).toContain('| the rest at the end | 20 |');
});

test('a finding is on the page with its seed', () => {
  const lost: Finding = {
    fault: 'lost',
    id: 'm0007',
    phone: 'whatsapp:+15555550110',
    what: 'accepted and never answered',
  };
  const said = page([played(7, [lost])], about);
  expect(said).toContain('**1 finding.**');
  expect(said).toContain('- seed 7: lost, m0007: accepted and never answered');
  expect(said).toContain('| lost | 1 |');
});
