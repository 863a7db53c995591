import { type ChannelName, GUARANTEES } from './guarantees.ts';
import type { Text } from './plan.ts';
import type { Variant } from './variants/variant.ts';

// Which plans a channel can play, by what it has. Pure.

const NEEDS_RECEIPTS: readonly Text['send'][] = ['undelivered', 'window closed', 'window closed late'];

/** The variant played on that channel; null where its plan needs what the channel hasn't. */
export function onChannel(variant: Variant, channel: ChannelName): Variant | null {
  if (!('plan' in variant)) return channel === 'whatsapp' ? variant : null;
  if (variant.channel !== undefined) return variant.channel === channel ? variant : null;
  const { receipts, webhooks, capabilities } = GUARANTEES[channel];
  const { episodes } = variant.plan;
  const casts = episodes.flatMap((episode) => episode.casts);
  const texts = casts.flatMap((cast) => cast.texts);
  const needsReceipts =
    episodes.some(({ callbacks, inside }) => callbacks !== 'as usual' || inside === 'a callback came, not applied') ||
    texts.some(({ send }) => NEEDS_RECEIPTS.includes(send));
  const needsLists =
    (variant.reconciles ?? false) ||
    texts.some(({ webhook }) => webhook === 'lost') ||
    episodes.some(({ weather }) => weather === 'lists are slow');
  const needsWindow = casts.some(({ act }) => act === 'window');
  const isOutOfReach =
    (needsReceipts && !receipts) ||
    (needsLists && webhooks !== 'can be lost') ||
    (needsWindow && capabilities.windowMs === null);
  return isOutOfReach ? null : { ...variant, channel };
}
