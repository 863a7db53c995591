import type { Context } from './events.ts';
import type { Message } from './rows.ts';
import type { State } from './state.ts';

// Messages that the product itself puts into the queue, beside those the carrier brings. They are rows like any other,
// written in the transaction of the decision that makes them, so that a restart neither loses nor repeats them.

export type OwnMessage = Pick<Message, 'text' | 'action'> & {
  project: string;
  /** The task of a schedule's run. */
  run?: string;
  checkCommand?: string | null;
};

/** The state with a message of the product's own at the end of the queue. */
export function withOwnMessage(state: State, { text, project, action, ...of }: OwnMessage, ctx: Context): State {
  // One that this very decision made is not in the rows yet.
  const seq = Math.max(ctx.messageSeq(), ...state.messages.map((m) => m.seq + 1));
  const { address, sender } = state.conversation;
  const message: Message = {
    seq,
    providerId: `own/${ctx.id()}`,
    uuid: ctx.uuid(),
    from: address,
    to: sender,
    text,
    attachments: 0,
    receivedAt: ctx.now,
    tried: false,
    stoppedAt: null,
    steered: false,
    state: 'waiting',
    turn: null,
    project,
    action,
    session: null,
    run: of.run ?? null,
    checkCommand: of.checkCommand ?? null,
  };
  return { ...state, messages: [...state.messages, message] };
}
