import { expect, test } from 'vitest';
import { planAgreed, planMerge, refusalToMerge } from '../../../src/conversation/access/merge-plan.ts';
import type { MergeFacts } from '../../../src/conversation/state/merge-events.ts';
import { texts } from '../../../src/texts/index.ts';

// Which of two homes goes into the other, and whether that is a merge.

const home = (id: string, facts: Partial<MergeFacts> = {}): MergeFacts => ({
  id,
  name: null,
  role: 'member',
  standing: 'in',
  masked: `Telegram …${id}`,
  beganAt: 1,
  isMerging: false,
  losesFiles: false,
  isUnused: false,
  ...facts,
});
const ELDER = home('elder');
const YOUNGER = home('younger', { beganAt: 2 });
const UNUSED = { isUnused: true };
const { isUnused: _, ...BEFORE } = YOUNGER;

test.each([
  ['both are used', ELDER, YOUNGER, 'merge', 'younger'],
  ['both are used, the other way round', YOUNGER, ELDER, 'merge', 'younger'],
  ['the younger one is unused, and texts', ELDER, { ...YOUNGER, ...UNUSED }, 'joins', 'younger'],
  ['the elder one is unused, and texts', YOUNGER, { ...ELDER, ...UNUSED }, 'joins', 'elder'],
  ['the elder one is unused, and made the code', { ...ELDER, ...UNUSED }, YOUNGER, 'takes', 'elder'],
  ['both are unused', { ...ELDER, ...UNUSED }, { ...YOUNGER, ...UNUSED }, 'joins', 'younger'],
  [
    'both are unused, and the younger one has more rights',
    { ...ELDER, ...UNUSED },
    { ...YOUNGER, ...UNUSED, role: 'admin' },
    'takes',
    'elder',
  ],
  ['the unused elder one has more rights', { ...ELDER, ...UNUSED, role: 'owner' }, YOUNGER, 'merge', 'younger'],
  ['the release before says nothing of use', ELDER, BEFORE, 'merge', 'younger'],
] as const)('%s: %s', (_, maker, texter, how, goes) => {
  const plan = planMerge(maker as MergeFacts, texter as MergeFacts);
  expect([plan.how, plan.goes.id]).toEqual([how, goes]);
  expect([plan.goes, plan.stays].map(({ id }) => id).sort()).toEqual(['elder', 'younger']);
  // A repeat of the yes goes the same way, whatever has come into the homes since.
  const later = planAgreed(
    { ...maker, isUnused: false } as MergeFacts,
    { ...texter, isUnused: false } as MergeFacts,
    how,
  );
  expect([later.how, later.goes.id]).toEqual([how, goes]);
});

test('a home never goes into one with fewer rights', () => {
  const plan = planMerge(ELDER, { ...YOUNGER, ...UNUSED, role: 'admin' });
  expect([plan.how, refusalToMerge(plan)]).toEqual(['merge', texts.merging.needsRole]);
});

test.each([true, false])('nor one whose addresses have more rights on the lists (unused: %s)', (isUnused) => {
  const demoted = home('demoted', { beganAt: 2, role: 'guest', brings: 'admin', isUnused });
  const plan = planMerge(ELDER, demoted);
  expect([plan.how, refusalToMerge(plan)]).toEqual(['merge', texts.merging.needsRole]);
  expect(refusalToMerge(planMerge(home('elder', { role: 'admin' }), demoted))).toBe(null);
});
