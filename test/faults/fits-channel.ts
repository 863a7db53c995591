import type { FaultChannel } from './fault-channel.ts';
import type { Text } from './plan.ts';
import type { Variant } from './variants/variant.ts';

// Which plans a channel can play, by what it has. Pure.

const NEEDS_RECEIPTS: readonly Text['send'][] = ['undelivered', 'window closed', 'window closed late'];

type Playing = Pick<FaultChannel, 'name' | 'guarantees'>;

/** The variant played on that channel; null where its plan needs what the channel hasn't. */
export function onChannel(variant: Variant, { name, guarantees }: Playing): Variant | null {
  // A schedule is struck on WhatsApp alone.
  if (!('plan' in variant)) return name === 'whatsapp' ? variant : null;
  const { receipts, webhooks, copiesOfDoubtful, files, quotes, capabilities } = guarantees;
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
  const acts = casts.map(({ act }) => act);
  const needsFiles = acts.some((act) => act === 'photo' || act === 'voice');
  const isOutOfReach =
    (variant.repeats === true && copiesOfDoubtful === 1) ||
    (needsFiles && !files) ||
    (acts.includes('quote') && !quotes) ||
    (needsReceipts && !receipts) ||
    (needsLists && webhooks !== 'can be lost') ||
    (acts.includes('window') && capabilities.windowMs === null);
  return isOutOfReach ? null : { ...variant, channel: name };
}
