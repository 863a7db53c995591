import { sumOf } from '../../money/spending.ts';
import type { Status } from '../../texts/status.ts';
import { MEMORY_LOW_BYTES } from '../policy/machine.ts';
import { formatNextForStatus } from '../schedules/format.ts';
import { spendingNow } from '../spending/limits.ts';
import { isSenderBlocked } from '../state/blocked-sender.ts';
import type { Context } from '../state/events.ts';
import { findWaiting } from '../state/messages.ts';
import { repositoryOf } from '../state/repositories.ts';
import { scheduleOfRun } from '../state/schedules.ts';
import { activeProjectOf, findOpenTurn, findTimer, projectOf, type State } from '../state/state.ts';
import { nameRepository } from './project-repository.ts';

// What /status says, from rows alone. `failed`: how many messages /retry would bring back.

export function statusOf(state: State, failed: number, ctx: Pick<Context, 'now' | 'policy' | 'channelOf'>): Status {
  const { now, policy } = ctx;
  const turn = findOpenTurn(state);
  const project = activeProjectOf(state);
  const repository = repositoryOf(state, project.id);
  const { conversation } = state;
  const session = state.sessions.find((s) => s.id === project.sessionId);
  const { memoryFree } = conversation;
  return {
    runningMs: turn ? now - turn.openedAt : null,
    runningSchedule: turn?.run == null ? null : (scheduleOfRun(state, turn.run)?.id ?? null),
    place: turn?.place ?? null,
    machine: machineOf(state),
    project: project.label,
    repository: repository && nameRepository(repository),
    runningIn: turn && turn.project !== project.id ? projectOf(state, turn.project).label : null,
    session: session
      ? { ageMs: now - session.startedAt, messages: project.messagesSince, contextPercent: project.contextPercent }
      : null,
    waiting: findWaiting(state).length,
    failed,
    ...heldOf(state, ctx),
    diskFree: conversation.diskFree,
    memoryFree: memoryFree !== null && memoryFree < MEMORY_LOW_BYTES ? memoryFree : null,
    nextSchedule: formatNextForStatus(state, now, policy),
    spentToday: sumOf(spendingNow(state, { now, policy }).today),
  };
}

function heldOf(state: State, { channelOf }: Pick<Context, 'channelOf'>): Pick<Status, 'held' | 'withheld'> {
  const held = state.replies.filter((r) => r.state === 'held');
  const withheld = held.filter((r) => isSenderBlocked(state, r.from));
  const channels = [...new Set(withheld.map((r) => channelOf(r.from).name))];
  return { held: held.length - withheld.length, withheld: { count: withheld.length, channels } };
}

/**
 * Roost knows the machine's state only while it calls the machine. After the last call the machine falls asleep by
 * itself.
 */
function machineOf(state: State): Status['machine'] {
  const turn = findOpenTurn(state);
  const { machine } = state;
  if (machine && machine.step !== 'ready') return turn ? 'starting' : 'unknown';
  if (!turn && machine?.awakeSince === null) return 'asleep';
  if (!turn) return findTimer(state, 'sleep') ? 'resting' : 'unknown';
  if (turn.toldUnreachable && turn.unreachableSince !== null) return 'away';
  const isFollowed =
    turn.unreachableSince === null &&
    state.attempts.some((a) => a.turn === turn.id && a.journal !== null && a.state !== 'ended');
  return isFollowed ? 'answers' : 'unknown';
}
