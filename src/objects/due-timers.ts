import { waitAfter } from '../conversation/alarm.ts';
import { TIMER_FAILED_MAX } from '../conversation/policy/alerts.ts';
import type { Event } from '../conversation/state/events.ts';
import { TIMER_KINDS, type Timer } from '../conversation/state/timers.ts';
import type { Log } from '../log.ts';
import { reasonOf } from '../log.ts';
import type { ConversationStore } from './stores/conversation-store.ts';

// Does what is due in a conversation when its alarm fires. No work stops other work.

export type DueTimersDeps = {
  store: ConversationStore;
  /** Conversation time. */
  now: () => number;
  /** Commits the event; throws when that fails, and then nothing has changed. */
  apply: (event: Event) => void;
  report: (line: Log) => void;
};

export class DueTimers {
  readonly #deps: DueTimersDeps;

  constructor(deps: DueTimersDeps) {
    this.#deps = deps;
  }

  run(): void {
    const { store, now } = this.#deps;
    for (const timer of store.dueTimers(now())) this.#onDue(timer);
    this.#attempt({ type: 'heartbeat' });
  }

  /**
   * One timer never stops another: a failing timer is postponed, ever longer, and after about a day the operator is
   * told. A person’s work is always kept; a timer of a kind that this release does not know is dropped.
   */
  #onDue(timer: Timer): void {
    const isKnown = TIMER_KINDS.includes(timer.kind);
    if (isKnown && this.#attempt({ type: 'timer', timer })) return;
    const isOver = timer.attempts >= TIMER_FAILED_MAX;
    this.#deps.store.putOff(timer, isOver && !isKnown ? null : this.#deps.now() + waitAfter(timer));
    if (timer.attempts === TIMER_FAILED_MAX) this.#attempt({ type: 'timer-failing', kind: timer.kind });
  }

  /** False when it failed: the failure is logged. */
  #attempt(event: Event): boolean {
    try {
      this.#deps.apply(event);
      return true;
    } catch (error) {
      const kind = event.type === 'timer' ? event.timer.kind : null;
      this.#deps.report({ level: 'error', event: 'timer-failed', type: event.type, kind, reason: reasonOf(error) });
      return false;
    }
  }
}
