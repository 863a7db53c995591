import { type HostEvent, repositoryIdKey, repositoryKey } from '../../git/host-event.ts';
import { backoffOf } from '../../units.ts';
import { INDEX_RETRY_MS } from '../policy/repositories.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import type { Project } from '../state/rows.ts';
import { findTimer, type State, withoutTimer, withTimer } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';

// Which projects have a repository, and the directory's index of them: a webhook of the host finds the home by it. A
// timer stands until the directory has the newest list, so that no binding is lost.

/** Projects that aren't archived. Where the id is known it decides: another repository may have the name by now. */
export const boundTo = (state: State, { repository, id }: Pick<HostEvent, 'repository' | 'id'>): Project[] =>
  state.projects.filter((p) => {
    if (p.archivedAt !== null || p.repository === null) return false;
    const { host, path, id: known } = p.repository;
    return known === null ? repositoryKey(host, path) === repository : repositoryIdKey(host, known) === id;
  });

/** The keys of the repositories, each once, in order. */
export const boundRepositories = (state: Pick<State, 'projects'>): string[] =>
  [...new Set(state.projects.flatMap((p) => (p.archivedAt === null ? keysOf(p) : [])))].sort();

function keysOf({ repository }: Project): string[] {
  if (repository === null) return [];
  const { host, path, id } = repository;
  return [repositoryKey(host, path), ...(id === null ? [] : [repositoryIdKey(host, id)])];
}

/** Runs after every event: another list of repositories is told. */
export function keepIndex(before: State, event: Event, decision: Decision, ctx: Context): Decision {
  const { state } = decision;
  // Projects have come with another home's rows.
  if (event.type === 'merge-over' && boundRepositories(state).length > 0) return tell(decision, { attempts: 0 }, ctx);
  if (state.projects === before.projects) return decision;
  if (boundRepositories(state).join(' ') === boundRepositories(before).join(' ')) return decision;
  return tell(decision, { attempts: 0 }, ctx);
}

/** The timer is due: the directory hasn't answered. */
export const tellIndexAgain = (state: State, timer: Timer, ctx: Context): Decision =>
  tell({ state, effects: [], log: [] }, timer, ctx);

function tell({ state, effects, log }: Decision, { attempts }: Pick<Timer, 'attempts'>, ctx: Context): Decision {
  const dueAt = ctx.now + backoffOf(INDEX_RETRY_MS, attempts);
  const timed = withTimer(state, { kind: 'repositories', ref: '', dueAt, attempts: attempts + 1 });
  return { state: timed, effects: [...effects, { do: 'tell-repositories' }], log };
}

/** The directory has this list. */
export function onIndexTold(state: State, repositories: readonly string[]): State {
  const isNewest = boundRepositories(state).join(' ') === repositories.join(' ');
  return isNewest && findTimer(state, 'repositories') ? withoutTimer(state, 'repositories') : state;
}
