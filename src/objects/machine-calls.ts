import { MACHINE_ANSWER_MS } from '../conversation/policy/machine.ts';
import type { Effect, Event } from '../conversation/state/events.ts';
import { attemptId } from '../conversation/state/state.ts';
import type { Log } from '../log.ts';
import { type Access, interruptAttempt, sendAnswer, startAgentAhead, steerAttempt } from '../machines/client.ts';
import { agentOf } from './attempt-request.ts';
import type { LaneContext } from './lanes/lane-context.ts';

// Short calls to the machine about its running attempt, or about the agent of the next one. The rows hold what each call
// about an attempt is for; without an answer, a timer repeats it.

export async function performStartAgent(access: Access, context: LaneContext): Promise<void> {
  const state = context.load([{ rows: 'grants' }]);
  const agent = agentOf(state, context.services().policy, context.now());
  await startAgentAhead(access, agent, state.conversation.journal, MACHINE_ANSWER_MS);
}

export async function performInterrupt(
  access: Access,
  { attempt }: Extract<Effect, { do: 'interrupt' }>,
  log: (line: Log) => void,
): Promise<void> {
  const reply = await interruptAttempt(access, attemptId(attempt), MACHINE_ANSWER_MS);
  // The event stream tells when the attempt is over.
  if (reply.kind !== 'stopped') log({ level: 'warn', event: 'interrupt-unanswered', ...attempt, reason: reply.reason });
}

export async function performSteer(
  access: Access,
  { attempt, do: _steer, ...message }: Extract<Effect, { do: 'steer' }>,
  apply: (event: Event) => unknown,
): Promise<void> {
  const { uuid } = message;
  const reply = await steerAttempt(access, attemptId(attempt), message, MACHINE_ANSWER_MS);
  if (reply.kind === 'taken') apply({ type: 'steered', attempt, uuid });
  else if (reply.kind === 'without-files') apply({ type: 'files-forgotten', attempt, reason: reply.reason });
  else if (reply.kind !== 'unreachable') apply({ type: 'steer-refused', attempt, uuid });
}

export async function performAnswer(
  access: Access,
  { attempt, question, request, answer }: Extract<Effect, { do: 'answer' }>,
  apply: (event: Event) => unknown,
): Promise<void> {
  const outcome = await sendAnswer(access, attemptId(attempt), request, answer, MACHINE_ANSWER_MS);
  if (outcome.kind === 'taken') apply({ type: 'answer-taken', question, request });
  else if (outcome.kind !== 'unreachable') apply({ type: 'answer-refused', question, request });
}
