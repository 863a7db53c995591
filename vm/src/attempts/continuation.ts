import type { AgentMessage } from '../../../src/protocol/index.ts';
import type { AgentProcess, MessageStanding } from '../agent/agent.ts';
import { newRunningState, type RunningState, type Step, settleFromTranscript, stalledMessagesOf } from './reducer.ts';

// Plans which messages of a cut turn the agent gets again when it resumes. Pure; the transcript decides.

/**
 * `held`: messages that the agent has and will answer. `again`: the one of them to push anyway, under the uuid `as`.
 * `left`: messages to ask anew, because another turn came between.
 */
export type Resumption = {
  held: readonly string[];
  again: string | undefined;
  as?: string | undefined;
  left: readonly string[];
};
export const NOTHING_HELD: Resumption = { held: [], again: undefined, left: [] };

/** Whether the session was cut in this turn. If it was another turn, the agent must not go on with it. */
export const isOwnTurn = ({ held, left }: Resumption): boolean => held.length > 0 || left.length === 0;

/**
 * The messages to push to an agent that has started: the one it goes on with first, and none that it holds anyway. If
 * tools were cut, a prompt asks the agent to go on, because that prompt names the tools; `last`: the newest message it
 * holds then.
 */
export function chooseMessages<Message extends { uuid: string }>(
  messages: readonly Message[],
  { held, again }: Resumption,
  cutTools: readonly string[],
): { last: string | undefined; messages: Message[] } {
  const last = cutTools.length > 0 ? held.at(-1) : undefined;
  const rest = messages.filter(({ uuid }) => uuid !== again && !held.includes(uuid));
  const first = messages.filter(({ uuid }) => uuid === again && last === undefined);
  return { last, messages: [...first, ...rest] };
}

/** The attempt's state with an agent that has just started. */
export function buildState(
  process: Pick<AgentProcess, 'costSoFar' | 'background'>,
  { session, started }: Pick<RunningState, 'session' | 'started'>,
  held: readonly string[],
  messages: readonly AgentMessage[],
): RunningState {
  const { costSoFar: totalCostUsd, background: inherited } = process;
  const command = messages.find(({ action }) => action === 'command');
  const silentText = command ? `Done: ${command.text}` : '';
  return { ...newRunningState(session), held, context: held, started, totalCostUsd, inherited, silentText };
}

/**
 * Messages in the transcript are not pushed again, or the model would read them twice. The exception is the newest
 * prompt: the agent recognises it and is sure to answer. That answer settles all held messages, even if it lists none.
 */
export function planResumption(standings: ReadonlyMap<string, MessageStanding>): Resumption {
  const held: string[] = [];
  const left: string[] = [];
  let prompt: { again: string; as?: string | undefined } | undefined;
  let isAnyNew = false;
  for (const [uuid, standing] of standings) {
    if (standing.state === 'left') left.push(uuid);
    if (standing.state === 'unknown' || standing.state === 'left') isAnyNew = true;
    if (standing.state !== 'open') continue;
    held.push(uuid);
    if (standing.isKnown) prompt = { again: uuid, ...(standing.as === undefined ? {} : { as: standing.as }) };
  }
  // Without a push the agent might not answer: better read a message twice than not at all.
  return { held, left, ...(prompt ?? { again: isAnyNew ? undefined : held.at(-1) }) };
}

/** For each answer in the transcript, the step that settles its messages. */
export function settleAnswers(standings: ReadonlyMap<string, MessageStanding>): ((state: RunningState) => Step)[] {
  const byText = new Map<string, string[]>();
  for (const [uuid, standing] of standings) {
    if (standing.state === 'answered') byText.set(standing.text, [...(byText.get(standing.text) ?? []), uuid]);
  }
  return [...byText].map(
    ([text, uuids]) =>
      (state) =>
        settleFromTranscript(state, uuids, text),
  );
}

/**
 * For messages that wait although the agent is idle: those to push again, and the newest one that the agent holds
 * unfinished.
 */
export function stalledWorkOf(
  state: RunningState,
  standings: ReadonlyMap<string, MessageStanding>,
): { again: readonly string[]; last: string | undefined } {
  const { swallowed, held } = state;
  const isOpen = (uuid: string): boolean => standings.get(uuid)?.state === 'open';
  const unfinished = held.filter(isOpen);
  const isLost = (uuid: string): boolean => swallowed.includes(uuid) || held.includes(uuid) || isOpen(uuid);
  const again = stalledMessagesOf(state).filter((uuid) => !unfinished.includes(uuid) && isLost(uuid));
  return { again, last: unfinished.at(-1) };
}
