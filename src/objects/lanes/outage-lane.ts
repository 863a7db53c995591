import { findDueNews, outageOf } from '../../conversation/outbox/carrier-outage.ts';
import type { Event } from '../../conversation/state/events.ts';
import type { State } from '../../conversation/state/state.ts';
import type { OutageReport } from '../outage-rounds.ts';

// The lane that reports an outage of the carrier to the directory, and its end. A report stays in the rows until the
// directory has it, so it may be sent twice.

export type OutageDeps = {
  now: () => number;
  load: () => State;
  apply: (event: Event) => State;
  /** Durable when it resolves. */
  tell: (report: Omit<OutageReport, 'conversation'>) => Promise<void>;
};

/** Runs until nothing is due. */
export async function runOutageLane(deps: OutageDeps): Promise<void> {
  for (;;) {
    const state = deps.load();
    const news = findDueNews(state, deps.now());
    const outage = outageOf(state);
    if (news === null || outage === null) return;
    const { sender, since, failure, code, notBefore } = outage;
    const now = deps.now();
    // Conversation time may be ahead of the directory's clock.
    const times = { lastedMs: now - since, waitMs: Math.max(0, notBefore - now) };
    try {
      if (sender !== null) await deps.tell({ sender, news, failure, code, ...times });
      deps.apply({ type: 'outage-told', news });
    } catch {
      deps.apply({ type: 'outage-not-told' });
    }
  }
}
