import { requireRead } from './reads.ts';
import type { Grant } from './rows.ts';
import type { State } from './state.ts';
// What the person said that stands beyond the turn.

export function grantsOf(state: State): readonly Grant[] {
  requireRead(state, { rows: 'grants' });
  return state.grants;
}

/** The newest word on a rule in a project is the only one. */
export const withGrant = (state: State, grant: Grant): State => ({
  ...state,
  grants: [...state.grants.filter((g) => g.project !== grant.project || g.rule !== grant.rule), grant],
});
