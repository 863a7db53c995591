import { schemeOf } from '../../src/addresses.ts';
import { SMS } from '../../src/channels/sms/capabilities.ts';
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

export const CHANNELS = channelsOf(WHATSAPP, SMS, PIGEON);
