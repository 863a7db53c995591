import type { Connection, Repository } from './connections.ts';
import type { State } from './state.ts';

// Which account and which repository belong to what.

export const findConnection = (state: Pick<State, 'connections'>, host: string): Connection | null =>
  state.connections.find((each) => each.host === host) ?? null;

type BoundRepository = Repository & { connection: Connection | null };

/** The repository of the project with this id, and the account for it. Null: the project has none. */
export function repositoryOf(state: Pick<State, 'projects' | 'connections'>, project: string): BoundRepository | null {
  const repository = state.projects.find(({ id }) => id === project)?.repository ?? null;
  return repository && { ...repository, connection: findConnection(state, repository.host) };
}
