import { chooseModel } from '../conversation/policy/models.ts';
import type { Policy } from '../conversation/policy/policy.ts';
import { SILENCE_MS } from '../conversation/policy/turn.ts';
import { programsOf } from '../conversation/questions/approvals.ts';
import { assistantOf } from '../conversation/state/assistant.ts';
import { toAgentMessage } from '../conversation/state/attachments.ts';
import { findOpenAttempt, findOpenTurn, projectOf, type State } from '../conversation/state/state.ts';
import { timeLimitOf } from '../conversation/turn/watchdog.ts';
import type { StartAgent, StartAttempt } from '../protocol/index.ts';

// The requests that start the open attempt on its machine, or its agent ahead of it. They depend on the rows and the
// policy alone.

export function startBodyOf(
  state: State,
  modelToken: StartAttempt['model_token'],
  policy: Policy,
  now: number,
): StartAttempt {
  const active = state.messages.filter((m) => m.state === 'active');
  const turn = findOpenTurn(state);
  return {
    ...agentOf(state, policy, now),
    continues: (findOpenAttempt(state)?.n ?? 1) > 1 || active.some((m) => m.tried),
    messages: active.map((message) => toAgentMessage(message, state.files)),
    ...(turn?.trace == null ? {} : { trace: turn.trace }),
    model_token: modelToken,
    limits: { turn_ms: timeLimitOf({ deep: turn?.deep === true }, policy), silence_ms: SILENCE_MS },
  };
}

/** The agent of the open turn, or of the next one if it is in the current project. */
export function agentOf(state: State, policy: Policy, now: number): Omit<StartAgent, 'git'> {
  const turn = findOpenTurn(state);
  const project = projectOf(state, turn?.project ?? state.conversation.project);
  const model = chooseModel(project.model, policy.models);
  const { name, tone } = assistantOf(state, policy);
  const assistant = { ...(name === null ? {} : { name }), ...(tone === null ? {} : { tone }) };
  return {
    project: project.id,
    session_id: turn ? turn.sessionId : project.sessionId,
    ...(model === null ? {} : { model }),
    ...(Object.keys(assistant).length === 0 ? {} : { assistant }),
    ...((turn ? turn.deep : state.conversation.deep?.project === project.id) ? { deep: true } : {}),
    programs: programsOf(state, project.id, now),
  };
}
