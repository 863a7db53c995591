import { isAtLeast, type Role } from '../../input/roles.ts';
import { accessOf } from './access.ts';
import type { Standing } from './access-row.ts';
import type { Context } from './events.ts';
import { answerAddressOf, isLocked, listedNameOf, listedNamesOf, numberOfPerson } from './person.ts';
import type { State } from './state.ts';

// The person's role and standing, by the configuration's lists and by their home's rows.

type Home = Pick<State, 'conversation' | 'addresses'>;

type AdminLists = Pick<Context, 'isAdmin' | 'isOwner'>;

/** The person's role. The owner of the configuration stays owner, so that nobody can lock everybody out. */
export function roleOf(home: Home, lists: AdminLists): Role {
  const listed = listedRoleOf(listedNamesOf(home), lists);
  return listed === 'owner' ? listed : (accessOf(home).role ?? listed ?? 'member');
}

/**
 * The highest role that the person would bring another home. Their addresses keep the role that the lists give them; a
 * role from an admin stays here.
 */
export function broughtRoleOf(home: Home, lists: AdminLists): Role {
  const role = roleOf(home, lists);
  const listed = listedRoleOf(listedNamesOf(home), lists);
  return listed === null || isAtLeast(role, listed) ? role : listed;
}

/** The role that the lists alone give these names, or null. */
export function listedRoleOf(names: readonly string[], { isAdmin, isOwner }: AdminLists): 'owner' | 'admin' | null {
  return names.some(isOwner) ? 'owner' : names.some(isAdmin) ? 'admin' : null;
}

/** Whether the sender's address, or the id beside it, would bring a person with this role more rights by the lists. */
export function bringsRights(
  { from, externalId = null }: { from: string; externalId?: string | null },
  role: Role,
  lists: AdminLists,
): boolean {
  const listed = listedRoleOf([from, ...(externalId ? [externalId] : [])].map(listedNameOf), lists);
  return listed !== null && !isAtLeast(role, listed);
}

export function standingOf(home: Home, { isAllowed }: Pick<Context, 'isAllowed'>): Standing {
  const { state, admitted } = accessOf(home);
  if (state !== 'in') return state;
  return admitted || isListed(home, isAllowed) ? 'in' : 'out';
}

function isListed(home: Home, isAllowed: Context['isAllowed']): boolean {
  const names = listedNamesOf(home);
  return names.length === 0 ? isAllowed(numberOfPerson(home)) : names.some(isAllowed);
}

export const isIn = (home: Home, lists: Pick<Context, 'isAllowed'>): boolean => standingOf(home, lists) === 'in';

/** Whether work is done for the person now: they are in, and replies would reach them and nobody else. */
export const isServed = (home: Home, lists: Pick<Context, 'isAllowed'>): boolean =>
  isIn(home, lists) && !isLocked(home, answerAddressOf(home.conversation));
