import type { Log } from '../../log.ts';
import { openRequest, settle } from '../../money/spending.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import type { State } from '../state/state.ts';
import { namesOfTurn } from '../state/trace.ts';
import { spendingNow, withSpending } from './limits.ts';
import { noteStop, withoutStop } from './stops.ts';

// The requests of a turn to the model: money is set aside when one goes on, and counted when its answer is over.

type ModelEvent = Extract<Event, { type: `model-${string}` }>;

export function onModelRequest(state: State, event: ModelEvent, ctx: Context): Decision {
  const spending = spendingNow(state, ctx);
  switch (event.type) {
    case 'model-asked':
      return noEffects(withSpending(state, withoutStop(openRequest(spending, event.request), event.request.turn)));
    case 'model-answered': {
      const settled = settle(spending, event.report);
      // A repeated report writes nothing.
      if (settled === spending) return noEffects(state);
      const { micros, isEstimate } = event.report;
      const turn = spending.open.find(({ id }) => id === event.report.id)?.turn;
      const log: Log[] =
        isEstimate && turn !== undefined
          ? [{ level: 'info', event: 'model-answer-cut', ...namesOfTurn(state, turn), micros }]
          : [];
      const kind = event.trouble ?? null;
      const trouble = kind !== null ? { kind, at: ctx.now } : event.report.output === null ? settled.trouble : null;
      return noEffects(withSpending(state, { ...settled, trouble }), ...log);
    }
    case 'model-leased': {
      const lease = event.until === null ? null : { until: event.until, at: ctx.now };
      return noEffects(withSpending(state, { ...spending, lease, refused: null }));
    }
    case 'model-stopped': {
      const { again } = event;
      const refused =
        again === undefined ? state : withSpending(state, { ...spending, refused: { at: ctx.now, again } });
      const stopped = noteStop(refused, event.turn, event.why, ctx);
      return stopped === state
        ? noEffects(state)
        : noEffects(stopped, {
            level: 'info',
            event: 'budget-used-up',
            ...namesOfTurn(state, event.turn),
            why: event.why,
          });
    }
  }
}
