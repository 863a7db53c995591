import { fitSteps, type MachineEvent } from '../../protocol/index.ts';
import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { SESSION_USED_STEP_MS } from '../policy/projects.ts';
import { HINT_CONTEXT_PERCENT, HINT_MESSAGES } from '../policy/turn.ts';
import type { Context } from '../state/events.ts';
import { noteHappening } from '../state/happenings.ts';
import { setMessages } from '../state/messages.ts';
import { type Read, requireRead } from '../state/reads.ts';
import type { Attempt, Message, Turn } from '../state/rows.ts';
import { attemptId, type State, withAttempt, withProject, withTurn } from '../state/state.ts';
import { projectInStepOf } from './sessions.ts';

// Applies the agent's status events: context use, queue position, compaction.

type News<Type extends MachineEvent['event']['type']> = Extract<MachineEvent['event'], { type: Type }>;

/** For an answer: what was given up before may be answered in passing. */
export const readsOfAnswer = (uuids: readonly string[]): Read[] => [{ rows: 'failed-messages-by-uuid', uuids }];

/**
 * Consumes the messages that an answer is for: they are done, belong to the turn's session, and count. `inPassing`:
 * also messages that were given up before, if the answer lists them.
 */
export function consume(
  state: State,
  turn: Turn,
  uuids: readonly string[],
  ctx: Context,
  { inPassing }: { inPassing: boolean },
): State {
  if (inPassing) requireRead(state, { rows: 'failed-messages-by-uuid', uuids });
  // A run that waits hasn't been given to an agent yet, so no answer is for it.
  const isUngiven = (m: Message): boolean => m.run !== null && m.state === 'waiting';
  const isListed = (m: Message): boolean =>
    uuids.includes(m.uuid) && m.state !== 'consumed' && !isUngiven(m) && (inPassing || m.state !== 'failed');
  const inSession = state.messages.filter(
    (m) => isListed(m) && (m.action === null || m.action === 'command') && m.run === null,
  );
  const done = setMessages(state, isListed, { state: 'consumed', turn: turn.id });
  const held = setMessages(done, (m) => inSession.some(({ seq }) => seq === m.seq), { session: turn.sessionId });
  // In a conversation that goes on, each answer would write the row and its index again.
  const isStale = (usedAt: number): boolean => ctx.now - usedAt >= SESSION_USED_STEP_MS;
  const sessions = held.sessions.map((s) =>
    s.id === turn.sessionId && isStale(s.usedAt) ? { ...s, usedAt: ctx.now } : s,
  );
  const project = projectInStepOf(held, turn);
  if (!project || inSession.length === 0) return held;
  const messagesSince = project.messagesSince + inSession.length;
  return withProject({ ...held, sessions }, { ...project, messagesSince, usedAt: ctx.now });
}

/** Keeps what the attempt did. The machine is not relied upon to keep to the size. */
export function noteSteps(state: State, attempt: Attempt, { steps, left_out }: News<'steps'>, ctx: Context): State {
  const { steps: kept, leftOut } = fitSteps(steps);
  const row = { attempt: attemptId(attempt), at: ctx.now, steps: kept, leftOut: left_out + leftOut };
  return kept.length === 0 ? state : { ...state, steps: [row] };
}

export function noteUsage(state: State, turn: Turn, usage: News<'usage'>, ctx: Context): State {
  const diskFree = usage.disk_free ?? state.conversation.diskFree;
  const conversation = { ...state.conversation, diskFree, memoryFree: usage.memory_free };
  const noted = { ...state, conversation };
  const project = projectInStepOf(noted, turn);
  const contextPercent = usage.context_percent;
  return hintAtLength(
    project && contextPercent !== null ? withProject(noted, { ...project, contextPercent }) : noted,
    turn,
    ctx,
  );
}

/** Tells the person, once per session, that it gets long. */
export function hintAtLength(state: State, turn: Turn, ctx: Context): State {
  const project = projectInStepOf(state, turn);
  if (!project || project.hinted) return state;
  const percent = project.contextPercent ?? 0;
  const isFull = percent >= HINT_CONTEXT_PERCENT;
  if (!isFull && project.messagesSince < HINT_MESSAGES) return state;
  const text = isFull ? texts.status.longByContext(percent) : texts.status.longByMessages(project.messagesSince);
  return enqueue(withProject(state, { ...project, hinted: true }), 'notice', [text], ctx, { turn: turn.id });
}

/** The machine has no free slot. The person hears of it once per turn. */
export function notePlace(state: State, turn: Turn, place: number, ctx: Context): State {
  const isNews = !turn.toldPlace && turn.stopping === null && turn.run === null;
  const noted = withTurn(state, { ...turn, place, toldPlace: turn.toldPlace || isNews });
  return isNews ? enqueue(noted, 'progress', [texts.status.place(place)], ctx, { turn: turn.id }) : noted;
}

/** The agent has the messages. The attempt's time starts here, and so does the turn's if it had to wait in line. */
export function onStarted(state: State, turn: Turn, attempt: Attempt, ctx: Context): State {
  const timed = withAttempt(state, { ...attempt, openedAt: ctx.now });
  return turn.place === null ? timed : withTurn(timed, { ...turn, place: null, openedAt: ctx.now });
}

export function onCompacted(state: State, turn: Turn, news: News<'compacted'>, ctx: Context): State {
  const project = projectInStepOf(state, turn);
  const emptied = project ? withProject(state, { ...project, contextPercent: null }) : state;
  const noted = noteHappening(emptied, 'compacted', ctx.now);
  return enqueue(noted, 'notice', [texts.status.compacted(news.archived ?? null)], ctx, { turn: turn.id });
}
