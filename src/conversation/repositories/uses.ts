import type { Decision } from '../state/events.ts';
import { findOpenTurn, type State } from '../state/state.ts';

/** A turn with a repository has ended: the directory's audit hears how it used the git host. */
export function tellUses(before: State, decision: Decision): Decision {
  const turn = findOpenTurn(before);
  if (turn === null || findOpenTurn(decision.state)?.id === turn.id) return decision;
  const project = before.projects.find(({ id }) => id === turn.project);
  if (!project?.repository) return decision;
  return { ...decision, effects: [...decision.effects, { do: 'tell-git-uses' }] };
}
