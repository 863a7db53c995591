import { expect, test } from 'vitest';
import { withAccess } from '../../../src/conversation/state/access.ts';
import type { Address } from '../../../src/conversation/state/address.ts';
import { newAddress } from '../../../src/conversation/state/person.ts';
import { broughtRoleOf, roleOf, standingOf } from '../../../src/conversation/state/standing.ts';
import { emptyState } from '../conversation.ts';

// What the configuration's lists give a person of several addresses.

const LINKED = 'telegram:4815162342';
const lists = {
  isAllowed: (name: string): boolean => name === LINKED,
  isAdmin: (name: string): boolean => name === LINKED,
  isOwner: (): boolean => false,
};
const homeWith = (change: Partial<Address> | null) => ({
  ...emptyState(),
  addresses: change === null ? [] : [{ ...newAddress(LINKED, 'code', 0), ...change }],
});

test('a linked address brings its rights to the whole person, while it is theirs', () => {
  expect([standingOf(homeWith(null), lists), roleOf(homeWith(null), lists)]).toEqual(['out', 'member']);
  expect([standingOf(homeWith({}), lists), roleOf(homeWith({}), lists)]).toEqual(['in', 'admin']);
  expect(roleOf(homeWith({ state: 'claimed' }), lists)).toBe('member');
});

test('a role that an admin gave goes before those of the lists, and stays behind when the addresses go elsewhere', () => {
  const demoted = withAccess(homeWith({}), { role: 'guest' });
  expect([roleOf(demoted, lists), broughtRoleOf(demoted, lists)]).toEqual(['guest', 'admin']);
  const raised = withAccess(homeWith(null), { role: 'owner' });
  expect([roleOf(raised, lists), broughtRoleOf(raised, lists)]).toEqual(['owner', 'owner']);
});
