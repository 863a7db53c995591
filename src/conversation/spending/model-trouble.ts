import type { ModelTrouble } from '../../money/spending.ts';
import type { State } from '../state/state.ts';

// What the model's API lately refused requests for. An answer ends it.

/** Older trouble says nothing about now. */
const TROUBLE_MS = 10 * 60_000;

export function troubleNow({ conversation }: Pick<State, 'conversation'>, now: number): ModelTrouble | null {
  const { trouble } = conversation.spending;
  return trouble !== null && now - trouble.at < TROUBLE_MS ? trouble.kind : null;
}

/** When trouble that passes by itself is over, if no request is refused meanwhile. Null: there is none. */
export function endOfTrouble({ conversation }: Pick<State, 'conversation'>, now: number): number | null {
  const { trouble } = conversation.spending;
  const kind = troubleNow({ conversation }, now);
  return trouble === null || kind === null || needsOperator(kind) ? null : trouble.at + TROUBLE_MS;
}

/** Trouble that only the operator can end: trying again changes nothing. */
export const needsOperator = (trouble: ModelTrouble | null): trouble is 'key' | 'billing' =>
  trouble === 'key' || trouble === 'billing';
