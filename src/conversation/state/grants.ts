import { requireRead } from './reads.ts';
import type { Grant } from './rows.ts';
import type { State } from './state.ts';
// Decisions of the person that outlive the turn.

export function grantsOf(state: State): readonly Grant[] {
  requireRead(state, { rows: 'grants' });
  return state.grants;
}

/** The newest decision about a rule replaces earlier ones in that project. */
export const withGrant = (state: State, grant: Grant): State => ({
  ...state,
  grants: [...state.grants.filter((g) => g.project !== grant.project || g.rule !== grant.rule), grant],
});
