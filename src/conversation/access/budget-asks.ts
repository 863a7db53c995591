import { texts } from '../../texts/index.ts';
import { sendNotice } from '../outbox/replies.ts';
import { ASKS_A_DAY } from '../policy/access.ts';
import { accessOf, dayOf, withAccess } from '../state/access.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { State } from '../state/state.ts';
import { askDirectory, commandOfWish } from './wishes.ts';

// A person asks the admins for a larger budget: once for each wish that waits for an answer, and a few times a day.

const ASK = 'ask ';

/** `words`: the amount and the period, as /budget reads them. */
export function askForBudget(state: State, words: string, ctx: Context): Decision {
  const { count, wish } = asksToday(state, ctx.now);
  const underWay = state.timers.flatMap(({ kind, ref }) => (kind === 'wish' ? [wordsOfAsk(ref)] : [])).filter(isWords);
  const say = (text: string): Decision => noEffects(sendNotice(state, text, ctx));
  if (wish === words || underWay.includes(words)) return say(texts.spending.alreadyAsked);
  if (count + underWay.length >= ASKS_A_DAY) return say(texts.spending.askedEnough(ASKS_A_DAY));
  return askDirectory(state, 'budget', ASK + words, ctx);
}

/** The admins have been asked. `ref`: of the wish; a second answer to it changes nothing. */
export function withAsk(state: State, ref: string, now: number): State {
  if (!state.timers.some((timer) => timer.kind === 'wish' && timer.ref === ref)) return state;
  const { count } = asksToday(state, now);
  return withAccess(state, { asks: { day: dayOf(now), count: count + 1, wish: wordsOfAsk(ref) } });
}

/** An admin has answered: the same wish may be asked again. */
export function withoutAsk(state: State): State {
  const { asks } = accessOf(state);
  return asks === null ? state : withAccess(state, { asks: { ...asks, wish: null } });
}

function asksToday(state: State, now: number): { count: number; wish: string | null } {
  const { asks } = accessOf(state);
  return asks?.day === dayOf(now) ? asks : { count: 0, wish: null };
}

const isWords = (words: string | null): words is string => words !== null;

function wordsOfAsk(ref: string): string | null {
  const command = commandOfWish(ref);
  const isAsk = command?.name === 'budget' && command.rest.startsWith(ASK);
  return isAsk ? command.rest.slice(ASK.length) : null;
}
