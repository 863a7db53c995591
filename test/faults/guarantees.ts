import { SMS } from '../../src/channels/sms/capabilities.ts';
import { TELEGRAM } from '../../src/channels/telegram/capabilities.ts';
import { WHATSAPP } from '../../src/channels/whatsapp/capabilities.ts';
import type { Capabilities } from '../../src/conversation/policy/channel.ts';

// The promises of the product in which channels differ: the plan leaves out things that a channel can't meet, the judge
// judges by them, and docs/channels.md prints them. Data only.

export type Guarantees = {
  capabilities: Capabilities;
  /** A webhook that fails can be lost, so that the relay finds its message in the list, or it comes again. */
  webhooks: 'can be lost' | 'come until they are taken';
  /** Reports about a message that was taken: that it was delivered, refused late, or read. */
  receipts: boolean;
  /** The ids of its messages are easily confused: they begin and end alike, and differ in case. */
  lookalikes: boolean;
  /** The buttons of an answered question can still be tapped. */
  buttonsStay: boolean;
  /** Copies of one reply that may arrive when the outcome of its send is unknown; all but the first are marked. */
  copiesOfDoubtful: 1 | 2;
  /** People can shut the address out for themselves, and let it in again. */
  blocks: boolean;
  /** The channel's updates are numbered, and the numbers may begin anew. */
  renumbers: boolean;
  /** Seconds in a refusal that mean our whole address once two people are refused; null: they mean no more than a shorter wait. */
  senderWaitS: number | null;
};

const CHANNELS = ['whatsapp', 'sms', 'telegram'] as const;
type ChannelName = (typeof CHANNELS)[number];

export const GUARANTEES: { readonly [name in ChannelName]: Guarantees } = {
  whatsapp: {
    capabilities: WHATSAPP,
    webhooks: 'can be lost',
    receipts: true,
    lookalikes: true,
    buttonsStay: true,
    copiesOfDoubtful: 1,
    blocks: false,
    renumbers: false,
    senderWaitS: null,
  },
  sms: {
    capabilities: SMS,
    webhooks: 'can be lost',
    receipts: true,
    lookalikes: true,
    buttonsStay: false,
    copiesOfDoubtful: 1,
    blocks: false,
    renumbers: false,
    senderWaitS: null,
  },
  telegram: {
    capabilities: TELEGRAM,
    webhooks: 'come until they are taken',
    receipts: false,
    lookalikes: false,
    buttonsStay: false,
    copiesOfDoubtful: 2,
    blocks: true,
    renumbers: true,
    senderWaitS: 65,
  },
};

/** The table of docs/channels.md. */
export function guaranteesTable(): string {
  const each = CHANNELS.map((name) => GUARANTEES[name]);
  const row = (what: string, said: (one: Guarantees) => string): string =>
    `| ${[what, ...each.map(said)].join(' | ')} |`;
  return [
    row('guarantee', ({ capabilities }) => capabilities.name),
    `|${'---|'.repeat(each.length + 1)}`,
    row('a text whose webhook fails', ({ webhooks }) =>
      webhooks === 'can be lost' ? 'is found in the carrier’s list' : 'comes again until it is taken, for a day',
    ),
    row('texts that overtake each other on their way', ({ capabilities }) =>
      capabilities.readId
        ? 'are read in the order in which they were written where one turn begins with them, else as they come'
        : 'are read in the order in which they come',
    ),
    row('a text whose words are changed', ({ capabilities }) =>
      capabilities.edits
        ? 'gets its newest words while it waits, in whatever order they come; later the new words are a new text; unchanged words are ignored'
        : 'is read as it was sent',
    ),
    row('a text in a topic of the chat', ({ capabilities }) =>
      capabilities.threads ? 'goes to the topic’s project, and is answered in the topic' : 'there are none',
    ),
    row('a reply of unknown outcome arrives', ({ copiesOfDoubtful }) =>
      copiesOfDoubtful === 1 ? 'once' : 'once, or twice with a line that it may be a repeat',
    ),
    row('when that is unknown, too', ({ copiesOfDoubtful }) =>
      copiesOfDoubtful === 1
        ? 'it is looked up again'
        : 'it waits until the person writes, and leaves marked again; later answers may overtake it',
    ),
    row('reports that it was delivered', ({ receipts }) => (receipts ? 'yes' : 'none')),
    row('a person who shuts us out', ({ blocks, capabilities }) =>
      blocks
        ? 'gets what was held when they write again'
        : capabilities.optOutWords
          ? 'gets nothing after STOP, and the answers that were kept after START'
          : 'the operator hears of it',
    ),
    row('in any case', () => 'each text answered once, in order, on its own phone'),
  ].join('\n');
}
