import type { FaultChannel } from './fault-channel.ts';
import type { Guarantees } from './guarantees.ts';
import type { Text } from './plan.ts';
import type { Planned, Variant } from './variants/variant.ts';

// Which variants a channel can show, by what it has. Pure.

const NEEDS_RECEIPTS: readonly Text['send'][] = ['undelivered', 'window closed', 'window closed late'];

type Playing = Pick<FaultChannel, 'name' | 'guarantees' | 'folders'>;
type Need = { what: string; isIn: (variant: Planned) => boolean; has: (guarantees: Guarantees) => boolean };

const castsOf = ({ plan }: Planned) => plan.episodes.flatMap(({ casts }) => casts);
const actsOf = (variant: Planned) => castsOf(variant).map(({ act }) => act);
const textsOf = (variant: Planned): Text[] => castsOf(variant).flatMap(({ texts }) => texts);

const NEEDS: readonly Need[] = [
  {
    what: 'replies of unknown outcome that are sent once more',
    isIn: ({ repeats }) => repeats === true,
    has: ({ copiesOfDoubtful }) => copiesOfDoubtful > 1,
  },
  {
    what: 'a list of its messages',
    isIn: (variant) =>
      variant.reconciles === true ||
      textsOf(variant).some(({ webhook }) => webhook === 'lost') ||
      variant.plan.episodes.some(({ weather }) => weather === 'lists are slow'),
    has: ({ webhooks }) => webhooks === 'can be lost',
  },
  {
    what: 'reports about its messages',
    isIn: (variant) =>
      variant.plan.episodes.some(
        ({ callbacks, inside }) => callbacks !== 'as usual' || inside === 'a callback came, not applied',
      ) || textsOf(variant).some(({ send }) => NEEDS_RECEIPTS.includes(send)),
    has: ({ receipts }) => receipts,
  },
  {
    what: 'a time after which people have to write first',
    isIn: (variant) =>
      variant.window === true ||
      actsOf(variant).includes('window') ||
      textsOf(variant).some(({ send }) => send.startsWith('window closed')),
    has: ({ capabilities }) => capabilities.windowMs !== null,
  },
  {
    what: 'files of people',
    isIn: (variant) => actsOf(variant).some((act) => act === 'photo' || act === 'voice'),
    has: ({ capabilities }) => capabilities.limits.fileIn > 0,
  },
  {
    what: 'people who shut us out',
    isIn: (variant) => actsOf(variant).includes('block'),
    has: ({ blocks }) => blocks,
  },
  {
    what: 'quotes',
    isIn: (variant) => actsOf(variant).includes('quote'),
    has: ({ capabilities }) => capabilities.quotes,
  },
  { what: 'ids that look alike', isIn: (variant) => variant.lookalikes === true, has: ({ lookalikes }) => lookalikes },
  {
    what: 'buttons',
    isIn: ({ buttons }) => buttons === true,
    has: ({ capabilities }) => capabilities.limits.choices > 0,
  },
  {
    what: 'buttons that stay after an answer',
    isIn: (variant) => castsOf(variant).some(({ tapsAgain }) => tapsAgain === true),
    has: ({ buttonsStay }) => buttonsStay,
  },
  {
    what: 'texts that are changed',
    isIn: (variant) => actsOf(variant).includes('edit'),
    has: ({ capabilities }) => capabilities.edits,
  },
  {
    what: 'topics of chats',
    isIn: (variant) => textsOf(variant).some(({ inTopic }) => inTopic === true),
    has: ({ capabilities }) => capabilities.threads,
  },
  {
    what: 'numbers that begin anew',
    isIn: ({ plan }) => plan.episodes.some(({ isRenumbered }) => isRenumbered),
    has: ({ renumbers }) => renumbers,
  },
];

/** The variant with the plan that meets its fault on that channel. */
export const fitTo = (variant: Variant, { guarantees }: Playing): Variant =>
  'plan' in variant && variant.shutOut && guarantees.blocks ? { ...variant, plan: variant.shutOut } : variant;

/** Why the variant can't be played on that channel; null if it can. */
export function findLack(wanted: Variant, on: Playing): string | null {
  const { name, guarantees, folders } = on;
  const variant = fitTo(wanted, on);
  if (!('plan' in variant)) return name === 'whatsapp' ? null : 'a schedule is struck on WhatsApp alone';
  const isElsewhere = ({ file }: Variant['patches'][number]): boolean =>
    file.startsWith('src/channels/') && !folders.some((folder) => file.startsWith(`${folder}/`));
  if (variant.patches.some(isElsewhere)) return 'what it changes is part of another channel';
  const lack = NEEDS.find(({ isIn, has }) => isIn(variant) && !has(guarantees));
  return lack === undefined ? null : `it needs ${lack.what}`;
}
