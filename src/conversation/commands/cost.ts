import { texts } from '../../texts/index.ts';
import { sendNotice } from '../outbox/replies.ts';
import { budgetZoneOf, spendingNow } from '../spending/limits.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { State } from '../state/state.ts';

// /cost: what was spent today and this month, on what, in which projects, and the dearest turns.

export function onCost(state: State, word: string, ctx: Context): Decision {
  const say = (text: string, next = state): Decision => noEffects(sendNotice(next, text, ctx));
  if (word === 'on' || word === 'off') {
    const showsCost = word === 'on';
    return say(texts.spending.shows(showsCost), { ...state, conversation: { ...state.conversation, showsCost } });
  }
  if (word !== '') return say(texts.spending.costUse);
  const labelOf = (id: string): string => state.projects.find((p) => p.id === id)?.label ?? id.replace(/-[^-]*$/, '');
  return say(texts.spending.report(spendingNow(state, ctx), labelOf, budgetZoneOf(state, ctx.policy)));
}
