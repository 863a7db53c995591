import type { Context } from './events.ts';
import { NEW_MESSAGE } from './messages.ts';
import type { Message } from './rows.ts';
import type { State } from './state.ts';

// Synthetic messages: messages that Roost itself queues for the agent. Their rows are written in the transaction of the
// decision, so a restart neither loses nor repeats them.

export type OwnMessage = Pick<Message, 'text' | 'action'> & {
  project: string;
  /** The run whose task this is. */
  run?: string;
  checkCommand?: string | null;
};

/** Adds a synthetic message at the end of the queue. */
export function withOwnMessage(state: State, { text, project, action, ...of }: OwnMessage, ctx: Context): State {
  // A message that this same decision added isn't in the database yet.
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
    ...NEW_MESSAGE,
    project,
    action,
    run: of.run ?? null,
    checkCommand: of.checkCommand ?? null,
  };
  return { ...state, messages: [...state.messages, message] };
}
