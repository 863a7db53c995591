import { parseCommand } from '../commands/parse.ts';
import { texts } from '../texts.ts';
import { type Chosen, chosenBy, withAsking } from './asking.ts';
import { onCommand } from './commands.ts';
import type { Context, Decision, Event } from './event.ts';
import type { Policy } from './policy.ts';
import { same } from './queue.ts';
import { enqueue } from './replies.ts';
import type { State } from './state.ts';

// What follows when the person answers what the product itself has asked. The message is used up already.

/** The decision when the message answers it, or taps what is settled; else null. */
export function answerAsked(
  state: State,
  event: Extract<Event, { type: 'message' }>,
  ctx: Context,
  config: Policy,
): Decision | null {
  const chosen = chosenBy(state, event, ctx.now);
  return chosen && onChosen(state, chosen, ctx, config);
}

function onChosen(state: State, chosen: Chosen, ctx: Context, config: Policy): Decision {
  if (chosen.ask === 'settled') return same(enqueue(state, 'notice', null, [texts.zones.settled], ctx));
  const known: State = { ...state, conversation: { ...state.conversation, zone: chosen.zone } };
  const settled = withAsking(known, null);
  const command = parseCommand(chosen.pending);
  return command ? onCommand(settled, command, ctx, config) : same(settled);
}
