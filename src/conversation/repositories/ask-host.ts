import { backoffOf } from '../../units.ts';
import { HOST_RETRY_MS, HOST_TRIES_MAX } from '../policy/repositories.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Effect } from '../state/events.ts';
import { type HostAsk, refOfAsk } from '../state/host-asks.ts';
import { type State, withoutTimer, withTimer } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';

// Asks the git host for what the person wants to see or do. The timer outlives a crash of the object: the call is made
// again, and nothing that it does happens twice.

export function askHost(state: State, wish: HostAsk, ctx: Context): Decision {
  return ask(state, { ref: refOfAsk(ctx.id(), wish), attempts: 0 }, ctx);
}

/** The timer is due: there was no answer. Null when it is given up. */
export function askHostAgain(state: State, { ref, attempts }: Timer, ctx: Context): Decision | null {
  const settled = withoutTimer(state, 'host', ref);
  return attempts < HOST_TRIES_MAX ? ask(settled, { ref, attempts }, ctx) : null;
}

function ask(state: State, { ref, attempts }: Pick<Timer, 'ref' | 'attempts'>, ctx: Context): Decision {
  const dueAt = ctx.now + backoffOf(HOST_RETRY_MS, attempts);
  const effects: Effect[] = [{ do: 'ask-host', ref }];
  return { ...noEffects(withTimer(state, { kind: 'host', ref, dueAt, attempts: attempts + 1 })), effects };
}

export const isAsked = (state: State, ref: string): boolean =>
  state.timers.some((timer) => timer.kind === 'host' && timer.ref === ref);

/** How often the host was asked for this. */
export const triesOf = (state: State, ref: string): number =>
  state.timers.find((timer) => timer.kind === 'host' && timer.ref === ref)?.attempts ?? 0;
