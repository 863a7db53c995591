import { type KnownPull, PULLS_KEPT } from './pull-request-rows.ts';
import { requireRead } from './reads.ts';
import type { State } from './state.ts';

// Finds and replaces pull requests.

const READ = { rows: 'pull-requests' } as const;

export function findPull(state: State, project: string, number: number): KnownPull | undefined {
  requireRead(state, READ);
  return state.pulls.find((pull) => pull.project === project && pull.number === number);
}

/** When there are too many pull requests, those that changed longest ago go. */
export function withPull(state: State, pull: KnownPull): State {
  requireRead(state, READ);
  const others = state.pulls.filter(({ project, number }) => project !== pull.project || number !== pull.number);
  return { ...state, pulls: [pull, ...others].slice(0, PULLS_KEPT) };
}
