import { findDueAlerts } from '../../src/conversation/lanes.ts';
import { SEND_TIMEOUT_MS } from '../../src/conversation/policy/outbox.ts';
import type { OperatorAct } from '../../src/conversation/state/operating.ts';
import { findOpenTurn } from '../../src/conversation/state/state.ts';
import type { World } from './world.ts';

// The operator of the closed world: gets alerts unless away, presses buttons, and has replies sent again.

export class Operator {
  isAway = false;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** The alert lane's next request. */
  work(): boolean {
    const { rows, now, network } = this.#world;
    const due = findDueAlerts(rows.load(), now)[0];
    if (!due) return false;
    const lost = () => void this.#world.apply({ type: 'alert-failed', cause: due.ref });
    const arrive = () => () => {
      if (this.isAway) lost();
      else this.#world.apply({ type: 'alert-raised', cause: due.ref });
    };
    network.call({ name: 'alert', lane: 'alert', to: 'operator', arrive, lost, timeoutMs: SEND_TIMEOUT_MS });
    return true;
  }

  press(act: OperatorAct['do']): void {
    const state = this.#world.rows.all;
    const last = state.messages.filter((m) => m.state === 'failed').at(-1);
    const session = state.projects.find((p) => p.id === state.conversation.project)?.sessionId ?? '';
    const about = {
      turn: findOpenTurn(state)?.id ?? null,
      failed: last?.turn ?? last?.uuid ?? '',
      session,
      schedule: 1,
    };
    this.#world.apply({ type: 'operated', act: { ...about, do: act } as OperatorAct });
  }

  /** The operator asks to send a held, parked or failed reply. */
  resend(index: number): void {
    const troubled = this.#world.rows.all.replies.filter((r) => ['parked', 'held', 'failed'].includes(r.state));
    const reply = troubled[index % Math.max(1, troubled.length)];
    if (reply) this.#world.apply({ type: 'resend', reply: reply.id });
  }
}
