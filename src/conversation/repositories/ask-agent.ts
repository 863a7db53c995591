import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { findOpenTurn, findTimer, type State } from '../state/state.ts';
import { withOwnMessage } from '../state/synthetic-messages.ts';
import { startTurn } from '../turn/queue.ts';

/** A text to the agent in this project, whichever is active. It waits for the turn that runs. */
export function askAgent(state: State, project: string, text: string, ctx: Context): Decision {
  const asked = withOwnMessage(state, { text, project, action: null }, ctx);
  return findOpenTurn(asked) || findTimer(asked, 'gather') ? noEffects(asked) : startTurn(asked, ctx);
}
