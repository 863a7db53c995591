import { numberOf } from '../../addresses.ts';
import type { Role } from '../../input/roles.ts';
import { accessOf } from './access.ts';
import type { Context } from './events.ts';
import type { State } from './state.ts';

// Who the person is to this deployment, by the configuration's lists and by what their home knows.

type Home = Pick<State, 'conversation'>;

/** The person's role. The owner of the configuration stays owner, so that nobody can lock everybody out. */
export function roleOf(home: Home, { isAdmin, isOwner }: Pick<Context, 'isAdmin' | 'isOwner'>): Role {
  const number = numberOf(home.conversation.address);
  if (isOwner(number)) return 'owner';
  return accessOf(home).role ?? (isAdmin(number) ? 'admin' : 'member');
}

/**
 * in: may text and is worked for · locked: until a PIN or an admin's yes · blocked: by an admin · out: neither the
 * lists nor an admin let the person in, or no longer.
 */
export type Standing = 'in' | 'locked' | 'blocked' | 'out';

export function standingOf(home: Home, { isAllowed }: Pick<Context, 'isAllowed'>): Standing {
  const { state, admitted } = accessOf(home);
  if (state !== 'in') return state;
  return admitted || isAllowed(numberOf(home.conversation.address)) ? 'in' : 'out';
}

export const isIn = (home: Home, lists: Pick<Context, 'isAllowed'>): boolean => standingOf(home, lists) === 'in';
