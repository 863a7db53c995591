import type { Context } from '../state/events.ts';
import type { Reply } from '../state/rows.ts';
import type { State } from '../state/state.ts';
import { withFile } from './file-rows.ts';
import { asLink } from './outgoing-files.ts';
import { enqueue, withReply } from './replies.ts';
import type { Refusal } from './send-failures.ts';

// The carrier refused a reply that has a file with it, for what it is or for reasons it does not tell: the same words leave
// once more with a link. That reply has no file any more, so it happens once.

export function withLinkInstead(state: State, reply: Reply, { failure, isLate }: Refusal, ctx: Context): State | null {
  if (reply.media === null || (failure !== 'content' && failure !== 'other')) return null;
  const linked = asLink(state, reply.media, reply.body);
  if (!linked) return null;
  const { body, file } = linked;
  if (!isLate) {
    const again = withReply(state, reply.id, { state: 'ready', body, media: null });
    return withFile(again, file.id, { state: 'offered' });
  }
  const id = ctx.id();
  const old = withReply(state, reply.id, { state: 'replaced' });
  const { kind, turn, part, copies } = reply;
  const told = enqueue(old, kind, turn, [body], ctx, { id, part, copies: copies + 1 });
  return withFile(told, file.id, { state: 'offered', reply: id });
}
