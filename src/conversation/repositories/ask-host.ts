import { backoffOf } from '../../units.ts';
import { HOST_RETRY_MS, HOST_TRIES_MAX } from '../policy/repositories.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Effect } from '../state/events.ts';
import { type HostAsk, readAsk, refOfAsk } from '../state/host-asks.ts';
import type { KnownPull } from '../state/pull-request-rows.ts';
import { type State, withoutTimer, withTimer } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';

// Asks the git host for what the person wants to see or do. The timer outlives a crash of the object: the call is made
// again, and nothing that it does happens twice.

export function askHost(state: State, wish: HostAsk, ctx: Context): Decision {
  return ask(state, { ref: refOfAsk(ctx.id(), wish), attempts: 0 }, ctx);
}

/** Asks about a pull request of which a webhook told: the person hears what their own account may read. */
export function askOnce(state: State, verb: 'new' | 'news', { project, number }: KnownPull, ctx: Context): Decision {
  const isWanted = ({ kind, ref }: Timer): boolean => {
    const ask = kind === 'host' ? readAsk(ref) : null;
    return ask !== null && ask.verb === verb && ask.project === project && ask.number === number;
  };
  return state.timers.some(isWanted) ? noEffects(state) : askHost(state, { verb, project, number, head: null }, ctx);
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
