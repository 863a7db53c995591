import { isPossible, readsOfAct } from '../conversation/commands/operate.ts';
import { isHandingOver } from '../conversation/state/merging.ts';
import type { OperatorAct } from '../conversation/state/operating.ts';
import { reasonOf } from '../log.ts';
import type { LaneContext } from './lanes/lane-context.ts';
import { type OperationOutcome, outcomeOfOperation, recordOperation } from './stores/operation-store.ts';

// Carries out an operator's wishes for this conversation. A repeated wish does nothing, and of two operators who press
// the same button the second finds nothing to do.

export type OperatorWish = OperatorAct | { do: 'resend'; reply: string };
/** The wishes that buttons of the operator's page stand for. */
export type PressedWish = Exclude<OperatorWish, { do: 'move-sender' }>;
/**
 * gone: the person was forgotten, or is at another home · merging: the home's rows go over to another one · unreachable:
 * the machine's provider doesn't answer. None of these has changed anything.
 */
export type Operated = OperationOutcome | 'gone' | 'merging' | 'unreachable';

type Home = { sql: SqlStorage; calls: LaneContext; resend: (reply: string) => boolean };

/** Restarts under way, each by its home. Meanwhile another one has nothing to do. */
const restarts = new WeakMap<LaneContext, { op: string; restarted: Promise<Operated> }>();

/** `op`: a ULID that names the wish. */
export async function carryOut(wish: OperatorWish, op: string, home: Home): Promise<Operated> {
  const known = outcomeOfOperation(home.sql, op);
  if (known !== null) return known;
  if (isHandingOver(home.calls.load())) return 'merging';
  if (wish.do !== 'restart-machine') return carryOutNew(wish, op, home);
  const underWay = restarts.get(home.calls);
  if (underWay !== undefined) return underWay.op === op ? underWay.restarted : 'nothing-to-do';
  const restarted = carryOutNew(wish, op, home);
  restarts.set(home.calls, { op, restarted });
  try {
    return await restarted;
  } finally {
    restarts.delete(home.calls);
  }
}

async function carryOutNew(wish: OperatorWish, op: string, home: Home): Promise<Operated> {
  const outcome = wish.do === 'resend' ? resend(wish.reply, home) : await act(wish, home.calls);
  // Nothing else runs between the change and this row.
  if (outcome === 'done' || outcome === 'nothing-to-do') recordOperation(home.sql, op, home.calls.now(), outcome);
  return outcome;
}

const resend = (reply: string, home: Home): Operated => (home.resend(reply) ? 'done' : 'nothing-to-do');

async function act(wish: OperatorAct, calls: LaneContext): Promise<Operated> {
  const { policy, provider } = calls.services();
  const can = (): boolean => isPossible(calls.load(readsOfAct(wish)), wish, policy);
  if (!can()) return 'nothing-to-do';
  const { machine } = calls.load();
  if (wish.do === 'restart-machine' && machine !== null) {
    try {
      await provider.stop(machine);
    } catch (error) {
      calls.report({ level: 'warn', event: 'machine-not-stopped', reason: reasonOf(error) });
      return 'unreachable';
    }
    if (!calls.isHome() || calls.load().conversation.forgetting !== null) return 'gone';
  }
  calls.apply({ type: 'operated', act: wish });
  return 'done';
}
