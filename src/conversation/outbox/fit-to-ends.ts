import { schemeOf } from '../../addresses.ts';
import { texts } from '../../texts/index.ts';
import { withOffer } from '../state/choices.ts';
import type { Context } from '../state/events.ts';
import type { Reply } from '../state/rows.ts';
import type { State } from '../state/state.ts';
import type { Ends } from './ends.ts';
import { linkInsteadOf, withFile } from './outgoing-files.ts';
import { isDoubted } from './replies.ts';

// Fits a reply to other ends than those it was written for.

/** The line stands above the words, with choices or without. */
export function withLineAbove(reply: Reply, line: string): Reply {
  const above = (words: string): string => (words === '' ? line : `${line}\n\n${words}`);
  return { ...reply, body: above(reply.body), choices: withOffer(reply, { text: above(reply.choices?.text ?? '') }) };
}

/** The reply as it leaves by these ends: its file may become a link, and its words may say that they are a repeat. */
export function fitTo(
  before: State,
  reply: Reply,
  ends: Pick<Ends, 'to'>,
  ctx: Pick<Context, 'now' | 'channelOf'>,
): { state: State; reply: Reply } {
  const linked = linkedFor(before, reply, ends);
  return { state: linked.state, reply: markedFor(linked.reply, ends, ctx) };
}

/**
 * Marks a reply of unknown outcome as a possible repeat. On a channel without a list, composeWords does that as it
 * leaves. On a channel with a list its words say it, unless the reply has just been looked up in the list of its own
 * channel. It isn't looked up on the other channel, whose list would not show it.
 */
function markedFor(reply: Reply, { to }: Pick<Ends, 'to'>, ctx: Pick<Context, 'now' | 'channelOf'>): Reply {
  const { channelOf } = ctx;
  if (reply.unknownAt === null || channelOf(to).reconcile === 'probe') return reply;
  const isLookedUp = channelOf(reply.to).reconcile === 'list' && !isDoubted(reply, ctx);
  return { ...(isLookedUp ? reply : withLineAbove(reply, texts.mayRepeat)), unknownAt: null };
}

/**
 * A file that leaves by another channel becomes a link in the words: that channel may not accept it, or may show no
 * words with it. A file that is gone stays as it is.
 */
function linkedFor(state: State, reply: Reply, { to }: Pick<Ends, 'to'>): { state: State; reply: Reply } {
  const media = schemeOf(to) === schemeOf(reply.to) ? null : reply.media;
  const linked = media === null ? null : linkInsteadOf(state, media, reply.body);
  if (linked === null) return { state, reply };
  const { body, file } = linked;
  return { state: withFile(state, file.id, { state: 'offered' }), reply: { ...reply, body, media: null } };
}
