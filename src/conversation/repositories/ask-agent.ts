import type { Action } from '../../protocol/index.ts';
import { WAITING_NOTICE_MS } from '../policy/turn.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { findOpenTurn, findTimer, type State } from '../state/state.ts';
import { withOwnMessage } from '../state/synthetic-messages.ts';
import { startTurn, withFirstTimer } from '../turn/queue.ts';

/**
 * A text to the agent in this project, whichever is active, or to the machine. It waits for the turn that runs, which
 * the person hears after a moment, if it is a text.
 */
export function askAgent(
  state: State,
  project: string,
  text: string,
  ctx: Context,
  action: Action | null = null,
): Decision {
  const asked = withOwnMessage(state, { text, project, action }, ctx);
  const turn = findOpenTurn(asked);
  if (turn && action === null && !turn.toldWaiting)
    return noEffects(withFirstTimer(asked, 'waiting', turn.id, ctx.now + WAITING_NOTICE_MS));
  return turn || findTimer(asked, 'gather') ? noEffects(asked) : startTurn(asked, ctx);
}
