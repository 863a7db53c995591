import { texts } from '../../texts/index.ts';
import { onCommand } from '../commands/commands.ts';
import { onMove, zoneChosen } from '../commands/timezone.ts';
import { enqueue } from '../outbox/replies.ts';
import { chosenBy } from '../questions/own-prompts.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import type { State } from '../state/state.ts';

// What follows when the person answers what the product itself has asked. The message is used up already.

/** The decision when the message answers it, or taps what is settled; else null. */
export function answerAsked(state: State, event: Extract<Event, { type: 'message' }>, ctx: Context): Decision | null {
  const chosen = chosenBy(state, event, ctx.now);
  switch (chosen?.ask) {
    case undefined:
      return null;
    case 'settled':
      return noEffects(enqueue(state, 'notice', null, [texts.zones.settled], ctx));
    case 'zone':
      return zoneChosen(state, chosen.zone, ctx, onCommand);
    case 'move':
      return onMove(state, chosen.from, chosen.to, chosen.moves, ctx);
  }
}
