import type { ModelTrouble } from '../../money/spending.ts';
import type { State } from '../state/state.ts';

// What the model's API lately refused requests for. An answer ends it.

/** Older trouble says nothing about now. */
const TROUBLE_MS = 10 * 60_000;

export function troubleNow({ conversation }: Pick<State, 'conversation'>, now: number): ModelTrouble | null {
  const { trouble } = conversation.spending;
  return trouble !== null && now - trouble.at < TROUBLE_MS ? trouble.kind : null;
}

/** Trouble that only the operator can end: trying again changes nothing. */
export const needsOperator = (trouble: ModelTrouble | null): trouble is 'key' | 'billing' =>
  trouble === 'key' || trouble === 'billing';
