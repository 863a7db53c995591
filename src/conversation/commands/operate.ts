import { texts } from '../../texts/index.ts';
import { moveSender } from '../access/sender-move.ts';
import { isMachineReady } from '../machine/readiness.ts';
import { enqueue } from '../outbox/replies.ts';
import type { Policy } from '../policy/policy.ts';
import { canMakeCopy, makeCopy } from '../privacy/export.ts';
import { disconnect } from '../repositories/connect.ts';
import { pauseSchedule, resumeSchedule } from '../schedules/change.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { OperatorAct } from '../state/operating.ts';
import type { Read } from '../state/reads.ts';
import { findConnection } from '../state/repositories.ts';
import type { Project } from '../state/rows.ts';
import { scheduleByNumber } from '../state/schedules.ts';
import { findOpenTurn, type State, withoutTimer } from '../state/state.ts';
import { findMessagesToRetry, readsOfRetry, retryFailed } from '../turn/retry.ts';
import { haltWork } from '../turn/stop.ts';
import { startOver } from './sessions.ts';

// The operator's actions on one conversation. The person reads a notice where they would notice the action.

const said = texts.operated;

export function readsOfAct(act: OperatorAct): Read[] {
  if (act.do === 'retry') return readsOfRetry();
  return 'schedule' in act ? [{ rows: 'schedules' }, { rows: 'schedule', id: act.schedule }] : [];
}

/** False: it is done already, or there is nothing to do it to. */
export function isPossible(state: State, act: OperatorAct, policy: Pick<Policy, 'makesMachines' | 'exports'>): boolean {
  const { makesMachines } = policy;
  const turn = findOpenTurn(state);
  switch (act.do) {
    case 'stop':
      if ((turn?.id ?? null) !== act.turn) return false;
      return turn === null ? state.messages.some((m) => m.state === 'waiting') : turn.stopping === null;
    case 'retry': {
      const last = findMessagesToRetry(state).at(-1);
      return turn?.stopping == null && last !== undefined && (last.turn ?? last.uuid) === act.failed;
    }
    case 'reset-session':
      return projectOfAct(state, act.session) !== undefined;
    case 'pause-schedule':
      return scheduleByNumber(state, act.schedule)?.state === 'active';
    case 'resume-schedule':
      return scheduleByNumber(state, act.schedule)?.state === 'paused';
    case 'disconnect':
      return findConnection(state, act.host) !== null;
    case 'move-sender':
      return true;
    case 'make-copy':
      return canMakeCopy(state, policy);
    case 'wake-machine':
      return !makesMachines || state.machine?.refusal != null || (state.machine !== null && isMachineReady(state));
    case 'restart-machine':
      return makesMachines === true && state.machine?.machine != null && isMachineReady(state);
  }
}

export function operate(state: State, act: OperatorAct, ctx: Context): Decision {
  if (!isPossible(state, act, ctx.policy)) return noEffects(state);
  switch (act.do) {
    case 'stop':
      return haltWork(tell(state, said.stopped, ctx), ctx);
    case 'retry':
      return retryFailed(state, ctx);
    case 'reset-session': {
      const project = projectOfAct(state, act.session);
      if (!project) return noEffects(state);
      return noEffects(tell(startOver(state, project, null), said.fresh(project.label), ctx));
    }
    case 'pause-schedule':
    case 'resume-schedule':
      return changeSchedule(state, act, ctx);
    case 'disconnect': {
      const connection = findConnection(state, act.host);
      if (connection === null) return noEffects(state);
      const off = disconnect(state, connection);
      return { ...off, state: tell(off.state, said.disconnected(texts.connections.nameHost(act.host)), ctx) };
    }
    case 'move-sender':
      return noEffects(moveSender(state, act, ctx));
    case 'make-copy':
      return noEffects(makeCopy(state, ctx));
    case 'wake-machine':
    case 'restart-machine':
      return wake(state, ctx);
  }
}

const tell = (state: State, text: string, ctx: Context): State => enqueue(state, 'notice', [text], ctx);

/** The active project, while the session is its. */
const projectOfAct = (state: State, session: string): Project | undefined =>
  state.projects.find((p) => p.id === state.conversation.project && p.archivedAt === null && p.sessionId === session);

function changeSchedule(state: State, act: Extract<OperatorAct, { schedule: number }>, ctx: Context): Decision {
  const schedule = scheduleByNumber(state, act.schedule);
  if (!schedule) return noEffects(state);
  const managed =
    act.do === 'pause-schedule' ? pauseSchedule(state, schedule, null, '', ctx) : resumeSchedule(state, schedule, ctx);
  if (managed === 'zone-needed' || !managed.isDone) return noEffects(state);
  return noEffects(tell(managed.state, said.schedule(managed.text), ctx));
}

/** Calls the machine, which wakes it. After a refusal its provider is asked again. */
function wake(state: State, ctx: Context): Decision {
  const { machine } = state;
  if (machine === null) return { ...noEffects(state), effects: [{ do: 'start-agent' }] };
  if (machine.refusal !== null)
    return noEffects({ ...withoutTimer(state, 'machine'), machine: { ...machine, refusal: null } });
  const awake = { ...machine, awakeSince: machine.awakeSince ?? ctx.now, usedAt: ctx.now };
  return { ...noEffects({ ...state, machine: awake }), effects: [{ do: 'start-agent' }] };
}
