import { schemeOf } from '../../src/addresses.ts';
import { SMS } from '../../src/channels/sms/capabilities.ts';
import { TELEGRAM } from '../../src/channels/telegram/capabilities.ts';
import { WHATSAPP } from '../../src/channels/whatsapp/capabilities.ts';
import type { Capabilities, ChannelOf } from '../../src/conversation/policy/channel.ts';
import { PIGEON } from '../fixtures/pigeon/capabilities.ts';

// What channels can do, for tests of decisions: those of the product and an invented one.

/** The capabilities of these channels, by the scheme of an address. */
export const channelsOf =
  (...known: Capabilities[]): ChannelOf =>
  (address) => {
    const channel = known.find(({ scheme }) => scheme === schemeOf(address));
    if (!channel) throw new Error(`no channel for ${address}`);
    return channel;
  };

/** A column each in docs/channels.md. */
export const ALL: readonly Capabilities[] = [WHATSAPP, SMS, TELEGRAM, PIGEON];

export const CHANNELS = channelsOf(...ALL);

/** A person, our senders, and whether the channel says what became of a message. */
type Place = { address: string; senders: readonly [string, string]; hasReceipts: boolean };

export const PLACES = {
  whatsapp: {
    address: 'whatsapp:+15555550123',
    senders: ['whatsapp:+15555550100', 'whatsapp:+15555550101'],
    hasReceipts: true,
  },
  sms: { address: '+15555550123', senders: ['+15555550100', '+15555550101'], hasReceipts: true },
  telegram: { address: 'telegram:4815162342', senders: ['telegram:1001', 'telegram:1002'], hasReceipts: false },
  pigeon: { address: 'pigeon:ann', senders: ['pigeon:post', 'pigeon:loft'], hasReceipts: false },
} as const satisfies Record<string, Place>;

/** Random conversations are played on each. */
export const PLACE_NAMES = Object.keys(PLACES) as (keyof typeof PLACES)[];
