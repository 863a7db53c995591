import { capabilitiesOf } from '../channels/registry.ts';
import { chooseModel } from '../conversation/policy/models.ts';
import type { Policy } from '../conversation/policy/policy.ts';
import { SILENCE_MS } from '../conversation/policy/turn.ts';
import { programsOf } from '../conversation/questions/approvals.ts';
import { assistantOf } from '../conversation/state/assistant.ts';
import { toAgentMessage } from '../conversation/state/attachments.ts';
import { repositoryOf } from '../conversation/state/repositories.ts';
import { findOpenAttempt, findOpenTurn, projectOf, type State } from '../conversation/state/state.ts';
import { inWrittenOrder } from '../conversation/state/written-order.ts';
import { timeLimitOf } from '../conversation/turn/watchdog.ts';
import type { ModelToken, ProjectRepository, StartAgent, StartAttempt } from '../protocol/index.ts';

// The requests that start the open attempt on its machine, or its agent ahead of it. They depend on the rows and the
// policy alone.

/** `connect`: null if the project has no repository. */
export type AttemptTokens = { model: ModelToken; connect: ModelToken | null };

export function startBodyOf(
  state: State,
  { model, connect }: AttemptTokens,
  policy: Policy,
  now: number,
): StartAttempt {
  const active = state.messages.filter((m) => m.state === 'active');
  const turn = findOpenTurn(state);
  const { git, ...agent } = agentOf(state, policy, now);
  return {
    ...agent,
    ...(git && connect ? { git: { ...git, token: connect } } : {}),
    continues: (findOpenAttempt(state)?.n ?? 1) > 1 || active.some((m) => m.tried),
    messages: inWrittenOrder(active, capabilitiesOf).map((message) => toAgentMessage(message, state.files)),
    ...(turn?.trace == null ? {} : { trace: turn.trace }),
    model_token: model,
    limits: { turn_ms: timeLimitOf({ deep: turn?.deep === true }, policy), silence_ms: SILENCE_MS },
  };
}

/** The agent of the open turn, or of the next one if it is in the current project. */
export function agentOf(state: State, policy: Policy, now: number): StartAgent {
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
    ...gitOf(state, project.id),
  };
}

/** Also without an account: the connect gateway then tells the agent what the person can do. */
function gitOf(state: State, project: string): { git?: ProjectRepository } {
  const bound = repositoryOf(state, project);
  if (bound === null) return {};
  const { host, path, connection } = bound;
  const name = connection?.name ?? connection?.login;
  const email = connection?.email;
  return { git: { host, path, ...(name == null ? {} : { name }), ...(email == null ? {} : { email }) } };
}

/** Whether the open turn's project has a repository. */
export const hasRepository = (state: State): boolean =>
  repositoryOf(state, findOpenTurn(state)?.project ?? state.conversation.project) !== null;
