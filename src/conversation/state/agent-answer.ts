import type { Answer } from '../../protocol/index.ts';
import { ANSWER_AGAIN_MS } from '../policy/questions.ts';
import type { Context, Decision } from './events.ts';
import { type State, withTimer } from './state.ts';

// Gives the machine the answer to a request of its agent. The answer is in the row `id` (a question or a file). The
// timer gives it again until the machine has taken it or no longer waits.

export function answerRequest(
  state: State,
  { id, turn, n, request }: { id: string; turn: string; n: number; request: string },
  answer: Answer,
  ctx: Context,
): Decision {
  const dueAt = ctx.now + ANSWER_AGAIN_MS;
  const timed = withTimer(state, { kind: 'answer', ref: id, dueAt, attempts: 0 });
  return { state: timed, effects: [{ do: 'answer', attempt: { turn, n }, question: id, request, answer }], log: [] };
}
