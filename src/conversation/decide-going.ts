import { decideWhileGoing, goingOf, hostEventsOf, withGoing } from './access/merge.ts';
import { onHostEvent } from './repositories/host-events.ts';
import { andThen } from './state/decision.ts';
import type { Context, Decision, Event } from './state/events.ts';
import type { State } from './state/state.ts';

export { isGoing } from './access/merge.ts';

/** Decides at a home that goes into another one. If the merge is given up, webhooks that waited are heard here. */
export function decideGoing(state: State, event: Event, ctx: Context): Decision {
  const decision = decideWhileGoing(state, event, ctx);
  const events = hostEventsOf(state);
  const going = goingOf(decision.state);
  if (events.length === 0 || (going !== null && going.step !== 'wait')) return decision;
  const freed = { ...decision, state: withGoing(decision.state, { hostEvents: [] }) };
  return events.reduce((so, { said }) => andThen(so, (next) => onHostEvent(next, said, ctx)), freed);
}
