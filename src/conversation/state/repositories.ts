import type { Connection, Repository } from './connections.ts';
import type { State } from './state.ts';

// Which account and which repository belong to what.

export const findConnection = (state: Pick<State, 'connections'>, host: string): Connection | null =>
  state.connections.find((each) => each.host === host) ?? null;

/** The host has said which branch is the default one: the gateway protects that. */
export function withDefaultBranch<S extends Pick<State, 'projects'>>(
  state: S,
  project: string,
  branch: string | null,
): S {
  const isNew = ({ id, repository }: S['projects'][number]): boolean =>
    id === project && repository !== null && branch !== null && repository.defaultBranch !== branch;
  if (!state.projects.some(isNew)) return state;
  const projects = state.projects.map((each) =>
    isNew(each) && each.repository !== null
      ? { ...each, repository: { ...each.repository, defaultBranch: branch } }
      : each,
  );
  return { ...state, projects };
}

type BoundRepository = Repository & { connection: Connection | null };

/** The repository of the project with this id, and the account for it. Null: the project has none. */
export function repositoryOf(state: Pick<State, 'projects' | 'connections'>, project: string): BoundRepository | null {
  const repository = state.projects.find(({ id }) => id === project)?.repository ?? null;
  return repository && { ...repository, connection: findConnection(state, repository.host) };
}
