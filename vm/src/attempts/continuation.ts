import type { AgentMessage } from '../../../src/protocol/index.ts';
import type { AgentProcess, MessageStanding } from '../agent/agent.ts';
import { type AttemptState, newAttemptState, type Step, settleFromTranscript, stalledMessagesOf } from './reducer.ts';

// Which of a cut turn's messages the agent is given again when it resumes. Pure; what counts is the transcript.

/**
 * `held`: the agent has them and will answer them. `again`: of those, the one that is pushed all the same, under `as`.
 * `left`: another turn came between; they are asked anew.
 */
export type Resumption = {
  held: readonly string[];
  again: string | undefined;
  as?: string | undefined;
  left: readonly string[];
};
export const NOTHING_HELD: Resumption = { held: [], again: undefined, left: [] };

/** What the session was cut in is one of these messages. Otherwise it is another turn's, and must not be gone on with. */
export const isOwnTurn = ({ held, left }: Resumption): boolean => held.length > 0 || left.length === 0;

/**
 * What is given to the agent as it comes up: first what it goes on with, and nothing it holds anyway. Where tools were cut it
 * is asked in words to go on with what it holds, `last` of all this message, because they are named then.
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

/** The turn as it is with an agent that has just come up. */
export function stateWith(
  process: Pick<AgentProcess, 'costSoFar' | 'background'>,
  { session, started }: Pick<AttemptState, 'session' | 'started'>,
  held: readonly string[],
  messages: readonly AgentMessage[],
): AttemptState {
  const { costSoFar: totalCostUsd, background: inherited } = process;
  const command = messages.find(({ action }) => action === 'command');
  const silentText = command ? `Done: ${command.text}` : '';
  return { ...newAttemptState(session), held, context: held, started, totalCostUsd, inherited, silentText };
}

/**
 * What the transcript holds is not pushed again, or the model would read it twice. Only the newest prompt is: the agent
 * recognises it, and is sure to answer. Its answer may list none of them; all of them are answered with it.
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
  // With nothing to push the agent might not answer: better read twice than not at all.
  return { held, left, ...(prompt ?? { again: isAnyNew ? undefined : held.at(-1) }) };
}

/** The answers the transcript holds, each as the step that settles the messages it is for. */
export function settleAnswers(standings: ReadonlyMap<string, MessageStanding>): ((state: AttemptState) => Step)[] {
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

/** Of messages that lie there although the agent rests: those to push again, and the last one it holds unfinished. */
export function stalledWorkOf(
  state: AttemptState,
  standings: ReadonlyMap<string, MessageStanding>,
): { again: readonly string[]; last: string | undefined } {
  const { swallowed, held } = state;
  const isOpen = (uuid: string): boolean => standings.get(uuid)?.state === 'open';
  const unfinished = held.filter(isOpen);
  const isLost = (uuid: string): boolean => swallowed.includes(uuid) || held.includes(uuid) || isOpen(uuid);
  const again = stalledMessagesOf(state).filter((uuid) => !unfinished.includes(uuid) && isLost(uuid));
  return { again, last: unfinished.at(-1) };
}
