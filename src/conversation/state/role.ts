import { numberOf } from '../../addresses.ts';
import type { Role } from '../../input/roles.ts';
import type { Context } from './events.ts';
import type { State } from './state.ts';

type Lists = Pick<Context, 'isAdmin' | 'isOwner'>;

/** The person's role. The owner of the configuration stays owner, so that nobody can lock everybody out. */
export function roleOf({ conversation }: Pick<State, 'conversation'>, { isAdmin, isOwner }: Lists): Role {
  const number = numberOf(conversation.address);
  if (isOwner(number)) return 'owner';
  return conversation.access?.role ?? (isAdmin(number) ? 'admin' : 'member');
}
