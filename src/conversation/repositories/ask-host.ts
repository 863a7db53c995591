import { backoffOf } from '../../units.ts';
import { quietEndOf } from '../outbox/deferral.ts';
import { HOST_RETRY_MS, HOST_TRIES_MAX, NEWS_RETRY_MS, NEWS_TRIES_MAX } from '../policy/repositories.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Effect } from '../state/events.ts';
import { type HostAsk, readAsk, refOfAsk } from '../state/host-asks.ts';
import type { KnownPull } from '../state/pull-request-rows.ts';
import { findOpenTurn, type State, withoutTimer, withTimer } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';

// Asks the git host for what the person wants to see or do. The timer outlives a crash of the object: the call is made
// again, and nothing that it does happens twice.

export function askHost(state: State, wish: HostAsk, ctx: Context): Decision {
  return ask(state, { ref: refOfAsk(ctx.id(), wish), attempts: 0 }, ctx);
}

type PullPlace = Pick<KnownPull, 'project' | 'number'>;

/** The agent has opened a pull request. One that a schedule opens in quiet hours is told when they end. */
export function askAboutOpened(state: State, pull: PullPlace, ctx: Context): Decision {
  const isOfSchedule = findOpenTurn(state)?.run != null;
  return isOfSchedule ? askOnce(state, 'open', pull, ctx) : askHost(state, { verb: 'open', ...pull, head: null }, ctx);
}

/**
 * Asks about a pull request that nobody waits for: the person hears what their own account may read, when quiet hours
 * are over. What waits for a host that was away is asked at once: there is news, so the host is back.
 */
export function askOnce(state: State, verb: QuietVerb, { project, number }: PullPlace, ctx: Context): Decision {
  const isWanted = ({ kind, ref }: Timer): boolean => {
    const ask = kind === 'host' ? readAsk(ref) : null;
    return ask !== null && ask.verb === verb && ask.project === project && ask.number === number;
  };
  const asked = state.timers.find(isWanted);
  if (asked !== undefined && asked.dueAt - ctx.now <= SOON_MS) return noEffects(state);
  const ref = asked?.ref ?? refOfAsk(ctx.id(), { verb, project, number, head: null });
  return askWhenAwake(state, { ref, attempts: 0 }, ctx);
}

/** The timer is due: there was no answer, or quiet hours are over. Null when it is given up. */
export function askHostAgain(state: State, { ref, attempts }: Timer, ctx: Context): Decision | null {
  const settled = withoutTimer(state, 'host', ref);
  if (attempts >= triesMaxOf(ref)) return null;
  const isQuiet = isNews(ref) || attempts === 0;
  return isQuiet ? askWhenAwake(settled, { ref, attempts }, ctx) : ask(settled, { ref, attempts }, ctx);
}

/** open: the agent opened it · new, news: a webhook told of it. Nobody waits for the answer. */
type QuietVerb = Extract<HostAsk['verb'], 'open' | 'new' | 'news'>;

function isNews(ref: string): boolean {
  const verb = readAsk(ref)?.verb;
  return verb === 'new' || verb === 'news';
}

const triesMaxOf = (ref: string): number => (isNews(ref) ? NEWS_TRIES_MAX : HOST_TRIES_MAX);
const retryOf = (ref: string): readonly number[] => (isNews(ref) ? NEWS_RETRY_MS : HOST_RETRY_MS);
/** A call that is due sooner may still be under way. */
const SOON_MS = HOST_RETRY_MS[0] ?? 0;

function askWhenAwake(state: State, { ref, attempts }: Pick<Timer, 'ref' | 'attempts'>, ctx: Context): Decision {
  const quietUntil = quietEndOf(state, ctx.now, ctx.policy);
  if (quietUntil === null) return ask(state, { ref, attempts }, ctx);
  return noEffects(withTimer(state, { kind: 'host', ref, dueAt: quietUntil, attempts }));
}

function ask(state: State, { ref, attempts }: Pick<Timer, 'ref' | 'attempts'>, ctx: Context): Decision {
  const dueAt = ctx.now + backoffOf(retryOf(ref), attempts);
  const effects: Effect[] = [{ do: 'ask-host', ref }];
  return { ...noEffects(withTimer(state, { kind: 'host', ref, dueAt, attempts: attempts + 1 })), effects };
}

export const isAsked = (state: State, ref: string): boolean =>
  state.timers.some((timer) => timer.kind === 'host' && timer.ref === ref);

/** The timer asks again. */
export const isAskedAgain = (state: State, ref: string): boolean =>
  state.timers.some((timer) => timer.kind === 'host' && timer.ref === ref && timer.attempts < triesMaxOf(ref));
