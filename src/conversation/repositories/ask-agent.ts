import type { Action } from '../../protocol/index.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { findOpenTurn, findTimer, type State } from '../state/state.ts';
import { withOwnMessage } from '../state/synthetic-messages.ts';
import { startTurn } from '../turn/queue.ts';

/** A text to the agent in this project, whichever is active, or to the machine. It waits for the turn that runs. */
export function askAgent(
  state: State,
  project: string,
  text: string,
  ctx: Context,
  action: Action | null = null,
): Decision {
  const asked = withOwnMessage(state, { text, project, action }, ctx);
  return findOpenTurn(asked) || findTimer(asked, 'gather') ? noEffects(asked) : startTurn(asked, ctx);
}
